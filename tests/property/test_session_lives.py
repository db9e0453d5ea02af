"""Random lives of a session against a plain model: joins, drops, resumes, kicks, bans, hosts, rounds, chat, the clock.

Some hundreds of lives by default; ``HYPOTHESIS_PROFILE=explore`` looks at thousands of new ones.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.property.session_model import Model, Person
from tests.server.core.stage import Stage, facts
from tests.server.core.test_bots import BotGame
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import Dropped, History, Joined, Left, Reply, Revised, Said, ServerFact, Welcome
from tickroom.protocol.session_tables import Presence, Status
from tickroom.server.core.chat import Chat
from tickroom.server.core.commands import Act, Command, Drop, Join, Leave, Read, Resume, Revise, Say, Type, Watch
from tickroom.server.core.effects import Close, Effect, Ended, Seated, Tell, TellAll, TellSome, Watching
from tickroom.server.core.people import Bans
from tickroom.server.core.seats import Seat
from tickroom.server.core.session import Session

SEATS, SPECTATORS, GRACE_S = 3, 2, 2
ADDRESSES = ("here", "there", "yonder")
pytestmark = pytest.mark.timeout(900)  # of the explore profile: two to three minutes on an idle machine
picks = st.integers(0, 7)


class SessionLives(RuleBasedStateMachine):
    """Each rule is one command; the model says what must become of it."""

    @initialize(late=st.sampled_from(["play", "wait", "watch"]), auto=st.booleans())
    def begin(self, late: str, auto: bool) -> None:
        self.open(late, auto)

    @precondition(lambda self: self.is_over)
    @rule(late=st.sampled_from(["play", "wait", "watch"]), auto=st.booleans())
    def begin_again(self, late: str, auto: bool) -> None:
        self.open(late, auto)

    def open(self, late: str, auto: bool) -> None:
        game = StandingGame()
        self.stage = Stage(
            game,
            seats=SEATS,
            spectators=SPECTATORS,
            grace_s=GRACE_S,
            late_join=late,
            auto_start=auto,
            rematch_after_s=1,
        )
        self.model = Model(SEATS, SPECTATORS, GRACE_S * self.stage.session.settings.tick_hz)
        self.late = late
        self.next_connection = 1
        self.next_token = 1
        self.newest_person = 0
        self.newest_line = 0
        self.next_request = 1
        self.is_over = False
        self.expired: list[Person] = []
        for address in ADDRESSES[:2]:  # of a session in which nobody is there is little to be seen
            self.somebody_comes(address, watch=False)

    # --- what happens in a tick --------------------------------------------------------------------------------------

    def do(self, *commands: Command) -> list[Effect]:
        """A tick with these commands, and what is true of every tick."""
        self.let_expire()
        effects = self.stage.tick(*commands)
        tick = self.stage.session.tick
        self.is_over = any(isinstance(effect, Ended) for effect in effects)
        for fact in facts(effects, Left):
            assert isinstance(fact, Left)
            if fact.cause == "expired":
                expired = self.model.people[fact.player]
                assert expired.connection is None
                assert expired.kept_until <= tick
                self.expired.append(expired)  # after the commands of the tick: the rule looks at its command first
        asked = [command for command in commands if isinstance(command, Act | Say | Revise)]
        replies = [fact for fact in facts(effects, Reply) if isinstance(fact, Reply)]
        assert [reply.id for reply in replies] == [command.id for command in asked], "every command is answered once"
        for reply in replies:
            assert reply.reason
        askers = {command.connection for command in asked}
        told = self.told_connections(effects) - askers  # whoever asks is answered, and be it that nobody sits there
        assert not told & self.model.gone_connections, "no message to someone who left"
        self.look_at_ids(effects)
        return effects

    def let_expire(self) -> None:
        for person in self.expired:
            self.model.forget(person)
        self.expired.clear()

    def look_at_ids(self, effects: list[Effect]) -> None:
        for fact in facts(effects, Said):
            assert isinstance(fact, Said)
            assert fact.message.id > self.newest_line, "ids of lines strictly increase"
            self.newest_line = fact.message.id

    def told_connections(self, effects: list[Effect]) -> set[int]:
        told: set[int] = set()
        for effect in effects:
            match effect:
                case Tell(connection) | Seated(connection) | Watching(connection):
                    told.add(connection)
                case TellSome(connections):
                    told |= set(connections)
        return told

    def code(self, effects: list[Effect]) -> ErrorCode:
        (reply,) = facts(effects, Reply)
        assert isinstance(reply, Reply)
        return ErrorCode(reply.code)

    def welcomed(self, effects: list[Effect]) -> Welcome | None:
        found = facts(effects, Welcome)
        assert len(found) <= 1
        return found[0] if found and isinstance(found[0], Welcome) else None

    def close_code(self, effects: list[Effect], connection: int) -> CloseCode | None:
        return next((one.code for one in effects if isinstance(one, Close) and one.connection == connection), None)

    def connection(self) -> int:
        self.next_connection += 1
        return self.next_connection - 1

    def token(self) -> str:
        self.next_token += 1
        return f"token-{self.next_token}"

    def pick(self, number: int, *, connected: bool = True) -> Person | None:
        candidates = [one for one in self.model.people.values() if one.connection is not None or not connected]
        return candidates[number % len(candidates)] if candidates else None

    def act(self, person: Person, action: str, *arguments: int, token: str = "") -> tuple[ErrorCode, list[Effect]]:
        assert person.connection is not None
        self.next_request += 1
        effects = self.do(Act(person.connection, self.next_request, action, arguments, token))
        return self.code(effects), effects

    def is_round(self) -> bool:
        return self.stage.session.status is Status.ACTIVE

    # --- who comes ---------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.is_over)
    @rule(address=st.sampled_from(ADDRESSES), watch=st.booleans())
    def come(self, address: str, watch: bool) -> None:
        self.somebody_comes(address, watch)

    def somebody_comes(self, address: str, watch: bool) -> None:
        connection, token, model = self.connection(), self.token(), self.model
        command: Command = Watch(connection, "Eve", address=address)
        if not watch:
            command = Join(connection, "Ann", token, address=address)
        # The round may end or begin within the tick, but commands come first.
        watches = watch or (self.is_round() and self.late == "watch")
        effects = self.do(command)
        closed, welcome = self.close_code(effects, connection), self.welcomed(effects)
        if address in model.banned or model.locked:
            assert closed is CloseCode.NOT_ALLOWED
        elif (watches and len(model.watchers) >= SPECTATORS) or (not watches and not model.has_place):
            assert closed is CloseCode.SESSION_FULL
        else:
            assert closed is None
            assert welcome is not None
            self.meet(welcome, connection, token, address, watches)
            return
        assert welcome is None
        assert not facts(effects, Joined)
        model.gone_connections.add(connection)

    def meet(self, welcome: Welcome, connection: int, token: str, address: str, watches: bool) -> None:
        assert welcome.player > self.newest_person, "ids of people strictly increase"
        self.newest_person = welcome.player
        assert (welcome.seat == -1) == watches
        if not watches:
            self.model.make_room()
        person = Person(welcome.player, connection, token, seated=not watches, address=address)
        self.model.people[person.number] = person
        self.model.settle()

    @precondition(lambda self: not self.is_over)
    @rule(number=picks, stale=st.booleans())
    def resume(self, number: int, stale: bool) -> None:
        players = self.model.players
        person = players[number % len(players)] if players and not stale else None
        shown = person.token if person is not None else "token-0"
        connection, token = self.connection(), self.token()
        before = person.connection if person is not None else None
        effects = self.do(Resume(connection, shown, token))
        if person is None:
            assert self.close_code(effects, connection) is CloseCode.NOT_AUTHENTICATED
            self.model.gone_connections.add(connection)
            return
        welcome = self.welcomed(effects)
        assert welcome is not None
        assert (welcome.player, welcome.token) == (person.number, token)
        if before is not None:
            assert self.close_code(effects, before) is CloseCode.SUPERSEDED
            self.model.gone_connections.add(before)
        person.connection, person.token = connection, token

    # --- who goes ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.is_over)
    @rule(number=picks, leaves=st.booleans())
    def go(self, number: int, leaves: bool) -> None:
        person = self.pick(number)
        if person is None or person.connection is None:
            return
        connection = person.connection
        effects = self.do(Leave(connection) if leaves else Drop(connection))
        assert (self.close_code(effects, connection) is CloseCode.LEFT) == leaves
        if leaves or not person.seated:
            self.model.forget(person)
            return
        (dropped,) = [fact for fact in facts(effects, Dropped) if isinstance(fact, Dropped)]
        person.connection, person.kept_until = None, dropped.until
        assert dropped.until == self.stage.session.tick + self.model.grace_ticks
        self.model.gone_connections.add(connection)

    @precondition(lambda self: not self.is_over)
    @rule(number=picks, leaves=st.booleans())
    def a_dead_connection_does_something(self, number: int, leaves: bool) -> None:
        gone = sorted(self.model.gone_connections)
        if gone:
            connection = gone[number % len(gone)]
            effects = self.do(Leave(connection) if leaves else Drop(connection))
            assert not facts(effects, Dropped)
            if self.is_over:
                return  # within that tick: nobody is answered any more
            assert self.code(self.do(Act(connection, 0, "ready", (1,)))) is ErrorCode.NOT_SEATED

    # --- what the host does ------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.is_over)
    @rule(who=picks, whom=picks, action=st.sampled_from(["kick", "ban", "hand_over", "silence", "remove_bot"]))
    def treat(self, who: int, whom: int, action: str) -> None:
        host = self.model.people.get(self.model.host)
        person = host if who > 2 and host is not None and host.connection is not None else self.pick(who)  # mostly
        other = self.pick(whom, connected=False)
        if person is None or other is None:
            return
        arguments = (other.number, 1) if action == "silence" else (other.number,)
        connection = other.connection
        code, effects = self.act(person, action, *arguments)
        if not person.seated:
            assert code is ErrorCode.NOT_SEATED
        elif person is other and action != "remove_bot":
            assert code is ErrorCode.BAD_ARGUMENTS
        elif person.number != self.model.host:
            assert code is ErrorCode.NOT_HOST
        else:
            self.treated(other, action, code)
            sent_away = code is ErrorCode.OK and action in ("kick", "ban") and connection is not None
            farewell = CloseCode.NOT_ALLOWED if action == "ban" else CloseCode.KICKED
            assert connection is None or (self.close_code(effects, connection) is farewell) == sent_away

    def treated(self, other: Person, action: str, code: ErrorCode) -> None:
        if action in ("kick", "hand_over") and not other.seated:
            assert code is ErrorCode.NO_SUCH_PLAYER
        elif action == "hand_over":
            assert code is (ErrorCode.NO_SUCH_PLAYER if other.driven else ErrorCode.OK)
            self.model.host = self.model.host if other.driven else other.number
        elif action == "ban" and other.driven:
            assert code is ErrorCode.NO_SUCH_PERSON
        elif action == "remove_bot" and not other.driven:
            assert code is ErrorCode.NO_SUCH_PLAYER
        else:
            assert code is ErrorCode.OK
            if action == "silence":
                self.model.silenced.add(other.number)
            else:
                self.model.banned |= {other.address} if action == "ban" else set()
                self.model.forget(other)

    @precondition(lambda self: not self.is_over)
    @rule(who=picks, locked=st.booleans())
    def lock(self, who: int, locked: bool) -> None:
        person = self.pick(who)
        if person is not None and person.seated:
            code, _ = self.act(person, "lock", int(locked))
            assert code is (ErrorCode.OK if person.number == self.model.host else ErrorCode.NOT_HOST)
            self.model.locked = locked if code is ErrorCode.OK else self.model.locked

    @precondition(lambda self: not self.is_over)
    @rule(who=picks)
    def add_bot(self, who: int) -> None:
        person = self.pick(who)
        if person is None or not person.seated:
            return
        has_room = len(self.model.seated) < SEATS
        code, effects = self.act(person, "add_bot")
        if person.number != self.model.host:
            assert code is ErrorCode.NOT_HOST
        elif not has_room:
            assert code is ErrorCode.BOTS_FULL
        else:
            assert code is ErrorCode.OK
            (joined,) = [fact for fact in facts(effects, Joined) if isinstance(fact, Joined)]
            assert joined.member.bot
            assert joined.member.player > self.newest_person
            self.newest_person = joined.member.player
            self.model.people[self.newest_person] = Person(self.newest_person, None, driven=True)

    # --- what anybody does -------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.is_over)
    @rule(who=picks)
    def sit(self, who: int) -> None:
        person = self.pick(who)
        if person is None:
            return
        is_shut = self.is_round() and self.late == "watch"
        has_place, token = self.model.has_place, self.token()
        code, effects = self.act(person, "sit", token=token)
        if person.seated:
            assert code is ErrorCode.ALREADY_SEATED
        elif is_shut:
            assert code is ErrorCode.WRONG_STATUS
        elif not has_place:
            assert code is ErrorCode.SESSION_FULL
        else:
            assert code is ErrorCode.OK
            welcome = self.welcomed(effects)
            assert welcome is not None
            assert (welcome.player, welcome.token) == (person.number, token)
            self.model.make_room()
            person.seated, person.token = True, token
            self.model.settle()

    @precondition(lambda self: not self.is_over)
    @rule(who=picks)
    def stand(self, who: int) -> None:
        person = self.pick(who)
        if person is None or not person.seated:
            return
        has_place = len(self.model.watchers) < SPECTATORS
        code, effects = self.act(person, "stand")
        assert code is (ErrorCode.OK if has_place else ErrorCode.SESSION_FULL)
        if has_place:
            welcome = self.welcomed(effects)
            assert welcome is not None
            assert (welcome.player, welcome.seat, welcome.token) == (person.number, -1, "")
            person.seated = False
            self.model.settle()

    @precondition(lambda self: not self.is_over)
    @rule(who=picks, action=st.sampled_from(["ready", "away", "start"]), on=st.booleans())
    def gather(self, who: int, action: str, on: bool) -> None:
        person = self.pick(who)
        if person is None:
            return
        is_round = self.is_round()
        code, _ = self.act(person, action, *(() if action == "start" else (int(on),)))
        if not person.seated:
            assert code is ErrorCode.NOT_SEATED
        elif action == "start" and person.number != self.model.host:
            assert code is ErrorCode.NOT_HOST
        elif action != "away" and is_round:
            assert code is ErrorCode.WRONG_STATUS
        else:
            assert code is ErrorCode.OK

    # --- what they say -----------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.is_over)
    @rule(who=picks, channel=st.integers(0, 2), text=st.sampled_from(["", "hi", "ho", "hum", "a" * 301]))
    def say(self, who: int, channel: int, text: str) -> None:
        person = self.pick(who)
        if person is None or person.connection is None:
            return
        hearers = self.model.hearers(person.number, channel)
        self.next_request += 1
        effects = self.do(Say(person.connection, self.next_request, channel, text, 1_800_000_000_000))
        code = self.code(effects)
        if channel > 1 or (channel == 1 and person.seated):
            assert code is ErrorCode.NO_SUCH_CHANNEL
        elif not text:
            assert code is ErrorCode.EMPTY_TEXT
        elif len(text) > 300:
            assert code is ErrorCode.TOO_LONG
        elif person.number in self.model.silenced:
            assert code is ErrorCode.SILENCED
        else:
            assert code in (ErrorCode.OK, ErrorCode.RATE_LIMITED, ErrorCode.REPEATED)
        said = [effect for effect in effects if isinstance(effect, TellAll | TellSome) and type(effect.fact) is Said]
        assert len(said) == int(code is ErrorCode.OK and bool(hearers))
        for effect in said:
            if isinstance(effect, TellSome):
                assert set(effect.connections) == hearers
            else:
                assert hearers == self.model.hearers(0, 0), "to all only where all hear it"

    @precondition(lambda self: not self.is_over)
    @rule(who=picks, message=st.integers(1, 6), text=st.none() | st.just("better"))
    def revise(self, who: int, message: int, text: str | None) -> None:
        person = self.pick(who)
        if person is None or person.connection is None:
            return
        line = self.stage.session.conversation.chat.line(message)
        self.next_request += 1
        effects = self.do(Revise(person.connection, self.next_request, message, text, 0))
        code = self.code(effects)
        is_own = line is not None and line.person == person.number
        if line is None:
            assert code is ErrorCode.NO_SUCH_MESSAGE
        elif text is None:
            may = is_own or person.number == self.model.host
            assert (code is ErrorCode.OK) == may
        else:
            assert is_own or code in (ErrorCode.NOT_YOURS, ErrorCode.NO_SUCH_MESSAGE)
        assert len(facts(effects, Revised)) <= 1

    @precondition(lambda self: not self.is_over)
    @rule(who=picks, channel=st.integers(0, 2), on=st.booleans(), message=st.integers(1, 9))
    def hint(self, who: int, channel: int, on: bool, message: int) -> None:
        person = self.pick(who)
        if person is not None and person.connection is not None:
            effects = self.do(Type(person.connection, channel, on), Read(person.connection, message))
            assert person.connection not in self.told_connections(effects), "not echoed"

    @precondition(lambda self: not self.is_over)
    @rule(who=picks, whom=picks, on=st.booleans())
    def mute(self, who: int, whom: int, on: bool) -> None:
        person, other = self.pick(who), self.pick(whom, connected=False)
        if person is None or other is None:
            return
        code, _ = self.act(person, "mute", other.number, int(on))
        assert code is (ErrorCode.BAD_ARGUMENTS if person is other else ErrorCode.OK)
        if code is ErrorCode.OK:
            (person.muted.add if on else person.muted.discard)(other.number)

    # --- time --------------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.is_over)
    @rule(count=st.sampled_from([1, 5, 25, 60]))
    def time_goes_by(self, count: int) -> None:
        for _ in range(count):
            self.do()
            if self.is_over:
                self.let_expire()
                assert not self.model.seated
                return

    # --- what is always so -------------------------------------------------------------------------------------------

    @invariant()
    def the_session_is_as_the_model_says(self) -> None:
        self.let_expire()
        if self.is_over:
            return
        session, model = self.stage.session, self.model
        members = {seat.player: seat for seat in session.members}
        assert members.keys() == {one.number for one in model.seated}, "no zombie seat, and none lost"
        assert len(members) <= SEATS
        assert {watcher.person: watcher.connection for watcher in session.watchers} == {
            one.number: one.connection for one in model.watchers
        }
        assert session.host == model.host
        assert (session.host != 0) == bool(model.players), "exactly one host while somebody is there"
        for person in model.seated:
            seat = members[person.number]
            assert (seat.connection, seat.driven) == (person.connection, person.driven)
            assert seat.driven or seat.opens_with(person.token)
        self.the_tables_say_the_same(members)

    def the_tables_say_the_same(self, members: dict[int, Any]) -> None:
        session, pool = self.stage.session, self.stage.pool
        row = session.row
        by_index = {seat.index: seat for seat in members.values()}
        for index in range(pool.seat_rows):
            seat = by_index.get(index)
            assert pool.players[row, index] == (seat.player if seat is not None else 0)
            assert pool.presence[row, index] == (seat.presence if seat is not None else Presence.EMPTY)
            assert seat is not None or not pool.ready[row, index]
            assert seat is None or not seat.waiting or session.status is Status.ACTIVE


class StandingGame(BotGame):
    """Bots that stand still: these lives are longer than a walk to where the others of their kind raise."""

    def bot_inputs(self, world: Any, context: Any, bots: Any) -> Any:
        return context.inputs * 0


LIVES = settings(stateful_step_count=40, max_examples=max(300, settings().max_examples))

TestSessionLives = SessionLives.TestCase
TestSessionLives.settings = LIVES


def _never(*_: object) -> bool:
    return False


def _still(*_: object) -> None:
    """Nothing."""


@pytest.mark.parametrize(
    ("owner", "name", "broken"),
    [
        (Bans, "hold", _never),
        (Seat, "rotate", _still),
        (Session, "choose_host", _still),
        (Chat, "is_deaf_to", _never),
        (Chat, "silence", _still),
        (Session, "disconnect", lambda session, connection: session.person_of(connection)),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_a_broken_rule_is_found(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, broken: Any) -> None:
    monkeypatch.setattr(owner, name, broken)
    quick = settings(LIVES, phases=[Phase.generate], max_examples=2000, derandomize=True, database=None)
    with pytest.raises((AssertionError, KeyError)):
        run_state_machine_as_test(SessionLives, settings=quick)


def test_histories_have_what_was_said() -> None:
    """The model does not follow them: one case by hand."""
    stage = Stage()
    stage.join(1)
    stage.tick(Say(1, 1, 0, "hello", 0))
    (history,) = facts(stage.join(2), History)
    assert isinstance(history, History)
    kinds: list[type[ServerFact]] = [type(fact) for fact in facts(stage.effects, Said)]
    assert ([line.text for line in history.messages], kinds) == (["hello"], [])
