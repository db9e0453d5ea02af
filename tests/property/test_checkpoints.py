"""Random lives of sessions, saved at a random moment and done again from there: nobody could tell the two apart.

The lives are those of test_session_lives.py, with inputs; what is compared after every tick is all that a session has,
hidden arrays and chat included, and the checksum. A session moves to another node now and then, and is judged there by
the same model of its people.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from tests.property.test_session_lives import SessionLives, StandingGame, picks
from tests.server.core.recording import life_of, passed_on
from tickroom.game.registry import GAMES
from tickroom.protocol.codes import ErrorCode
from tickroom.protocol.messages import Input
from tickroom.server.core import checkpoint, entering
from tickroom.server.core.chat import Chat
from tickroom.server.core.checkpoint import CheckpointUnreadable, restore_session, take_checkpoint
from tickroom.server.core.commands import Act, Command, Drop, Join, Leave, Resume, Say, TakeOver, Watch
from tickroom.server.core.effects import Effect
from tickroom.server.core.people import Bans
from tickroom.server.core.pool import Pool
from tickroom.server.core.records import RecordUnreadable, decode_record, encode_record, pool_record
from tickroom.server.core.replay import Replay
from tickroom.server.core.rows import Rows
from tickroom.server.core.seats import Seat
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings, game_options

ARENA = GAMES["arena"]
pytestmark = pytest.mark.timeout(900)  # of the explore profile


class RestoredLives(SessionLives):
    """Beside each life, from some moment on, goes its replay."""

    sequence = 0
    replay: Replay | None = None

    def open(self, late: str, auto: bool) -> None:
        self.replay = None
        super().open(late, auto)

    def do(self, *commands: Command) -> list[Effect]:
        effects = super().do(*commands)
        stage = self.stage
        given = [(stage.session, command) for command in commands]
        record = encode_record([pool_record(stage.pool, given, stage.output)])
        self.sequence += 1
        if self.replay is not None:
            self.replay.advance(self.sequence, decode_record(record))
            self.compare(self.replay)
        return effects

    def compare(self, replay: Replay) -> None:
        assert not replay.unreadable
        if self.is_over:
            assert replay.ended == [self.stage.session.code]
            return
        (again,) = replay.sessions
        assert life_of(again) == life_of(self.stage.session)

    @precondition(lambda self: not self.is_over)
    @rule()
    def save(self) -> None:
        saved = passed_on(take_checkpoint(self.stage.session, "one", self.sequence))
        self.replay = Replay({"toy": StandingGame()}, [saved])

    @precondition(lambda self: not self.is_over)
    @rule(rows=st.integers(1, 3))
    def move(self, rows: int) -> None:
        """To another pool, where the session gets another row, and the first to know is its own replay there."""
        stage, model = self.stage, self.model
        saved = passed_on(take_checkpoint(stage.session, "one", self.sequence))
        stage.pool = Pool(StandingGame(), 4, stage.settings.tick_hz, 4)
        for number in range(rows):
            stage.open(f"OTHER{number}")
        stage.session = restore_session(stage.pool, saved)
        self.save()
        self.do(TakeOver())
        model.gone_connections |= {one.connection for one in model.people.values() if one.connection is not None}
        until = stage.session.tick + entering.TAKEN_OVER_GRACE_S * stage.settings.tick_hz
        for one in model.players:
            one.connection, one.kept_until = None, until
        for one in model.watchers:
            model.forget(one)

    @precondition(lambda self: not self.is_over)
    @rule(who=picks, ahead=st.integers(-2, 8), x=st.integers(-5, 5))
    def hold(self, who: int, ahead: int, x: int) -> None:
        person = self.pick(who)
        if person is not None and person.seated:
            seat = self.stage.session.find_player(person.number)
            assert seat is not None
            self.stage.pool.receive_input(seat, Input(max(1, self.stage.session.tick + ahead), (x,)))
        self.do()

    @precondition(lambda self: not self.is_over)
    @rule(who=picks, strength=st.integers(0, 8))
    def poke(self, who: int, strength: int) -> None:
        person = self.pick(who)
        if person is not None:
            code, _ = self.act(person, "poke", strength)
            assert person.seated or code is ErrorCode.NOT_SEATED


LIVES = settings(stateful_step_count=40, max_examples=max(200, settings().max_examples))

TestRestoredLives = RestoredLives.TestCase
TestRestoredLives.settings = LIVES


def _nothing(*_: object, **__: object) -> None:
    """Left out."""


def _lost_digests(session: Session, saved: Any) -> Seat:
    seat = Seat(session, saved.index, saved.player, saved.nickname, "", saved.connection)
    seat.bot, seat.driven, seat.address = saved.bot, saved.driven, saved.address
    seat.away, seat.waiting, seat.kept_until = saved.away, saved.waiting, saved.kept_until
    return seat


@pytest.mark.parametrize(
    ("owner", "name", "broken"),
    [
        (Seat, "restored", _lost_digests),
        (Chat, "restore", _nothing),
        (Bans, "restore", _nothing),
        (Pool, "restore_seat", _nothing),
        (checkpoint, "restore_session_state", _nothing),
        (entering, "_lose", _nothing),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_part_that_is_left_out_is_found(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, broken: Any) -> None:
    monkeypatch.setattr(owner, name, broken)
    quick = settings(LIVES, phases=[Phase.generate], max_examples=2000, derandomize=True, database=None)
    with pytest.raises((AssertionError, KeyError, ValueError, RecordUnreadable, CheckpointUnreadable)):
        run_state_machine_as_test(RestoredLives, settings=quick)


# --- the arena -------------------------------------------------------------------------------------------------------


class ArenaNode:
    """Some sessions of the arena in two pools; their people do everything at random, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.pools = [Pool(ARENA, rows, 20, 5, number=number) for number, rows in ((4, 4), (6, 8))]
        self.sessions: list[Session] = []
        self.records: list[bytes] = []
        for number in range(4):
            self.open(number)

    def open(self, number: int) -> None:
        chance, pool = self.chance, self.pools[number % 2]
        chosen = SessionSettings(
            seats=chance.randint(2, pool.seat_rows),
            tick_hz=20,
            countdown_s=0,
            round_s=5,
            rematch_after_s=1,
            grace_s=chance.randint(0, 3),
            late_join=chance.choice(("play", "wait", "watch")),
        )
        options = game_options(ARENA.schema, {"map": chance.randrange(3)})
        self.sessions.append(pool.open(f"ARENA{number}", chosen, chance.getrandbits(32), options))

    def tick(self) -> None:
        ticking = self.chance.choice((self.pools, self.pools[:1], self.pools[1:]))
        parts = []
        for pool in ticking:
            commands: list[tuple[Session, Command]] = []
            for session in pool.sessions.values():
                self.play(session)
                commands += [(session, command) for command in self.commands(session)]
            output = pool.advance(commands)
            assert not output.failures
            parts.append(pool_record(pool, commands, output))
        self.records.append(encode_record(parts))

    def play(self, session: Session) -> None:
        chance = self.chance
        for seat in session.members:
            if not seat.driven and chance.random() < 0.3:
                held = (chance.randint(-127, 127), chance.randint(-127, 127), int(chance.random() < 0.3))
                session.pool.receive_input(seat, Input(max(1, session.tick + chance.randint(-2, 4)), held))

    def commands(self, session: Session) -> list[Command]:
        chance = self.chance
        connection = chance.randrange(1, 8)
        if not session.members:
            return [Join(90, "Ann", "token90", address="somewhere")]  # else it would end, mostly
        if chance.random() > 0.2:
            return []
        choices: tuple[Command, ...] = (
            Join(connection, "Ann", f"token{connection}", address=f"place{connection}"),
            Join(connection, "Bob", f"token{connection}", account=f"account{connection}"),
            Drop(connection),
            Leave(connection),
            Watch(connection, "Eve"),
            Resume(connection, f"token{chance.randrange(1, 8)}", f"token{connection}"),
            Act(connection, 1, "collect", (chance.randrange(0, 40),)),
            Act(connection, 2, "ready", (1,)),
            Act(connection, 3, "add_bot", ()),
            Act(connection, 4, "configure", (chance.randrange(2), chance.randrange(3))),
            Act(connection, 5, "ban", (chance.randrange(1, 9),)),
            Act(connection, 6, "sit", (), "tokensit"),
            Act(connection, 7, "stand", ()),
            Say(connection, 8, 0, f"line {chance.randrange(9)}", 1_800_000_000_000),
        )
        return chance.choices(choices, k=chance.randint(1, 3))


@settings(max_examples=max(25, settings().max_examples // 8))
@given(st.integers(0, 2**32))
def test_a_node_full_of_the_arena_is_brought_to_its_end_again(seed: int) -> None:
    node = ArenaNode(seed)
    kept: dict[str, Any] = {}
    for tick in range(1, 161):
        node.tick()
        if tick in (40, 70):
            node.open(tick // 10)
        alive = [session for session in node.sessions if not session.ended]
        if tick % 8 == 0 and alive and tick < 140:
            session = node.chance.choice(alive)
            kept[session.code] = passed_on(take_checkpoint(session, "one", tick))
    replay = Replay(GAMES, kept.values())
    for sequence, record in enumerate(node.records, 1):
        replay.advance(sequence, decode_record(record))
    again = {session.code: session for session in replay.finish()}
    assert not replay.unreadable
    assert sorted([*again, *replay.ended]) == sorted(kept)
    for session in node.sessions:
        if session.code in kept:
            assert (session.code in replay.ended) == session.ended
            assert session.ended or life_of(again[session.code]) == life_of(session)


def test_what_the_game_hides_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above can fail."""
    save = Rows.save

    def without_hidden(rows: Rows, row: int) -> Any:
        saved = save(rows, row)
        return type(saved)(saved.cells, saved.rates, saved.layout, [bytes(len(one)) for one in saved.hidden])

    monkeypatch.setattr(Rows, "save", without_hidden)
    node = ArenaNode(1)
    for _ in range(60):
        node.tick()
    saved = passed_on(take_checkpoint(node.sessions[0], "one", 60))
    for _ in range(60):
        node.tick()
    replay = Replay(GAMES, [saved])
    for sequence, record in enumerate(node.records, 1):
        replay.advance(sequence, decode_record(record))
    assert [bytes(session.pool.tables.cells[session.row]) for session in replay.finish()] != [
        bytes(node.sessions[0].pool.tables.cells[node.sessions[0].row])
    ]
