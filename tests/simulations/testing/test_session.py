"""The kit itself: what people do takes effect in the next tick; what its checks must find, they find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from tests.server.core.toy_game import ToyGame, ToyWorld
from tickroom.game.interface import Call, StepContext, StepResult
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import (
    Dropped,
    Error,
    Input,
    Joined,
    MalformedMessage,
    Ping,
    Pong,
    Reply,
    Resumed,
    Resync,
    Welcome,
)
from tickroom.protocol.session_tables import Presence, Status
from tickroom.server.core.settings import SettingsInvalid
from tickroom.simulations.testing import NeverHappened, NotNow, Person, ReplayDiffers, ReplicaDiffers, SessionUnderTest


def toy(**settings: Any) -> SessionUnderTest:
    return SessionUnderTest(ToyGame(), **({"tick_hz": 10, "countdown_s": 1, "grace_s": 3} | settings))


def toy_with(nickname: str, **settings: Any) -> tuple[SessionUnderTest, Person]:
    session = toy(**settings)
    person = session.join(nickname)
    session.advance()
    return session, person


def test_nothing_happens_before_the_next_tick() -> None:
    session = toy()
    ann = session.join("Ann")
    for asked in (lambda: ann.id, lambda: ann.seat, lambda: ann.hold(1), lambda: ann.table("players")):
        with pytest.raises(NotNow):
            asked()
    assert session.advance() == 1
    assert (ann.id, ann.seat, ann.is_watching, session.host) == (1, 0, False, ann)
    answer = ann.request("poke", 5)
    with pytest.raises(NotNow, match="poke has no answer"):
        _ = answer.ok
    session.advance()
    assert (answer.ok, answer.reason, answer.decided.tick) == (True, "ok", 2)
    assert session.column("players", "pokes").tolist() == [1, 0, 0, 0]
    assert ann.happenings("poked")[0].fields == {"seat": 0, "strength": 5}
    assert ann.happenings("nothing") == []


def test_what_is_held_is_held_until_it_changes_and_the_last_word_before_a_tick_counts() -> None:
    session, ann = toy_with("Ann")
    ann.hold(5)
    ann.hold(x=2)
    session.advance(3)
    assert session.column("players", "x")[0] == 7 + 6
    ann.hold(0)
    session.advance(3)
    assert session.column("players", "x")[0] == 7 + 6
    assert ann.heard(Error) == []
    with pytest.raises(ValueError, match="inputs of toy are x"):
        ann.hold(y=1)
    with pytest.raises(ValueError, match="inputs of toy are x"):
        ann.hold(1, 2)
    ann.hold(6)
    with pytest.raises(MalformedMessage):
        session.advance()


def test_an_input_may_name_any_tick() -> None:
    session, ann = toy_with("Ann")
    ann.send(Input(session.tick + 3, (1,)))
    session.advance(2)
    assert session.column("players", "x")[0] == 7
    session.advance()
    assert session.column("players", "x")[0] == 8
    ann.send(Input(session.tick + 1000, (1,)))
    assert ann.heard(Error) == [Error(ErrorCode.INPUT_TOO_EARLY, "input_too_early")]


def test_pings_and_resyncs_are_answered_at_once() -> None:
    session, ann = toy_with("Ann")
    session.advance(6)
    ann.send(Ping(9))
    assert ann.heard(Pong) == [Pong(9, 7, 0)]
    ann.replica.values[:] = 0
    ann.send(Resync(7, 0))
    session.advance(20)


def test_tables_are_views_that_cannot_be_written() -> None:
    session, ann = toy_with("Ann")
    players, column = session.table("players"), session.column("players", "x")
    ann.hold(1)
    session.advance()
    assert players[0, 0] == column[0] == 8
    for view in (players, column):
        with pytest.raises(ValueError, match="read-only"):
            view[:] = 0
    session.advance(3)
    assert ann.table("players").tolist() == session.table("players").tolist()
    with pytest.raises(KeyError):
        session.table("ghosts")


def test_a_drop_is_silent_for_who_dropped_and_a_resume_gives_the_seat_back() -> None:
    session, ann = toy_with("Ann")
    bob = session.join("Bob")
    session.advance()
    bob.hold(3)
    session.advance()
    token, heard = bob.token, len(bob.facts)
    bob.drop()
    session.advance(5)
    assert len(bob.facts) == heard
    assert ann.heard(Dropped)[0].player == bob.id
    assert session.column("seats", "presence")[1] == Presence.DROPPED
    with pytest.raises(NotNow):
        bob.say("hello?")
    bob.resume()
    session.advance(2)
    assert (bob.seat, bob.token != token) == (1, True)
    assert ann.heard(Resumed)
    stood = session.column("players", "x")[1]
    bob.hold(3)  # what was held before the drop is void
    session.advance()
    assert session.column("players", "x")[1] == stood + 3
    with pytest.raises(NotNow, match="Bob is connected"):
        bob.resume()
    session.replay()


def test_the_newer_socket_takes_over_and_an_old_token_is_worth_nothing() -> None:
    session, ann = toy_with("Ann")
    token = ann.token
    again = session.take_over(token)
    session.advance()
    assert (again.id, again.seat) == (1, 0)
    assert ann.closed is not None
    assert ann.closed.code == CloseCode.SUPERSEDED
    session.advance(2)
    thief = session.take_over(token)
    session.advance()
    assert thief.closed is not None
    assert thief.closed.code == CloseCode.NOT_AUTHENTICATED
    assert session.people == [again]


def test_a_seat_is_lost_when_the_grace_time_is_over() -> None:
    session, ann = toy_with("Ann")
    bob = session.join("Bob")
    session.advance()
    bob.drop()
    session.advance_s(4)
    assert session.column("seats", "presence")[1] == Presence.EMPTY
    bob.resume()
    session.advance()
    assert bob.closed is not None
    assert ann.closed is None


def test_until_waits_for_a_condition_and_not_for_ever() -> None:
    session, _ = toy_with("Ann")
    session.until(lambda: session.status is Status.ACTIVE, at_most_s=2)
    with pytest.raises(NeverHappened, match="not within 3 s"):
        session.until(lambda: session.status is Status.WAITING, at_most_s=3)


def test_a_session_that_ended_says_so() -> None:
    session, ann = toy_with("Ann")
    ann.leave()
    session.until(lambda: session.ended is not None)
    assert ann.closed is not None
    assert (ann.closed.code, session.ended) == (CloseCode.LEFT, CloseCode.SESSION_ENDED)
    with pytest.raises(NotNow, match="session_ended"):
        session.advance()
    session.replay()


def test_settings_are_checked_and_told() -> None:
    session, ann = toy_with("Ann", seats=2, options={"start": -3}, password=None)
    assert ann.heard(Welcome)[0].settings["start"] == -3
    assert session.column("players", "x")[0] == -3
    for wrong in ({"seats": 0}, {"options": {"stars": 1}}, {"colour": "red"}):
        with pytest.raises(SettingsInvalid):
            toy(**wrong)


def test_passwords_bots_and_full_sessions() -> None:
    session = toy(seats=1, password="sesame")
    eve, ann = session.join("Eve", password="open"), session.join(" Ann  A ", bot=True, password="sesame")
    bob = session.join("Bob", password="sesame")
    session.advance()
    assert [one.closed and one.closed.reason for one in (eve, ann, bob)] == ["wrong_password", None, "session_full"]
    assert session.core.members[0].member.bot
    assert ann.nickname == "Ann A"


def test_a_game_that_raises_is_raised_in_the_test_and_everybody_is_told() -> None:
    session, ann = toy_with("Ann")
    ann.request("poke", 9)
    with pytest.raises(RuntimeError, match="poisoned"):
        session.advance()
    assert ann.closed is not None
    assert ann.closed.code == CloseCode.SESSION_FAILED


# --- the checks can fail ---------------------------------------------------------------------------------------------


def test_a_copy_that_is_not_the_state_is_found() -> None:
    session, ann = toy_with("Ann")
    ann.replica.values[session.core.pool.layout.span("players")[0]] += 1
    with pytest.raises(ReplicaDiffers, match=r"Ann has another players\[0\]\.x"):
        session.advance()


def test_a_state_that_was_told_to_nobody_is_found() -> None:
    session, _ = toy_with("Ann")
    session.core.pool._forecast.collect_surprises = lambda cells: ([], [0] * (len(cells) + 1))  # type: ignore[method-assign]
    session.join("Bob")
    with pytest.raises(ReplicaDiffers, match="Ann has another seats"):
        session.advance()


class Moody(ToyGame):
    """Counts its own steps, whatever session they are of: what no game may do."""

    def __init__(self) -> None:
        self.steps = 0

    def step(self, world: ToyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        self.steps += 1
        world.pokes += np.where(context.seated, self.steps % 7, 0)
        return super().step(world, context, calls)


class Chatty(ToyGame):
    """Tells an event by a counter of its own."""

    told = 0

    def step(self, world: ToyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        result = super().step(world, context, calls)
        self.told += 1
        return StepResult(np.array([[0, 0, 0, self.told]], dtype=np.int32), result.outcomes)


@pytest.mark.parametrize(("game", "what"), [(Moody(), "checksum"), (Chatty(), "effects")])
def test_a_game_that_is_another_the_second_time_is_found(game: ToyGame, what: str) -> None:
    session = SessionUnderTest(game, tick_hz=10)
    session.join("Ann")
    session.advance(5)
    with pytest.raises(ReplayDiffers, match=f"tick 1: the same commands give another {what}"):
        session.replay()


class Grid(ToyGame):
    """Seats people where the settings say, so that another seed or setting is another session."""

    def open(self, world: ToyWorld, row: int, seed: int, settings: Mapping[str, int]) -> None:
        world.moves[row] = seed


def test_the_seed_is_one_unless_another_is_given() -> None:
    for given, seed in (({}, 1), ({"seed": 40}, 40)):
        session = SessionUnderTest(Grid(), **given)  # type: ignore[arg-type]
        session.join("Ann")
        session.advance()
        assert session.column("players", "x")[0] == seed


def test_others_hear_of_who_comes_and_replies_are_for_one() -> None:
    session, ann = toy_with("Ann")
    bob = session.join("Bob")
    session.advance()
    assert [fact.member.nickname for fact in ann.heard(Joined)] == ["Bob"]
    assert bob.heard(Joined) == []
    bob.request("fly")
    session.advance()
    assert [reply.code for reply in bob.heard(Reply)] == [ErrorCode.UNKNOWN_ACTION]
    assert ann.heard(Reply) == []
