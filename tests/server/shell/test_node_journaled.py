"""A node whose ticks are journaled: what its checkpoints say that they include, and ticks that fail in the middle."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.cluster.backends import LEASE_MS, entry_of
from tests.server.shell.cluster.town import Host, Person
from tickroom.protocol.codes import CloseCode
from tickroom.server.core.checkpoint import decode_checkpoint
from tickroom.server.core.commands import End
from tickroom.server.core.placement import Phase
from tickroom.server.core.pool import Pool
from tickroom.server.core.records import PoolRecord, encode_record
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.cluster.memory import MemoryStore
from tickroom.server.shell.cluster.outbox import Outbox, OutboxEvents
from tickroom.server.shell.connection import REQUESTS_A_TICK, TALK_A_TICK, Connection
from tickroom.server.shell.failed_ticks import FAILED_TICKS_MOST
from tickroom.server.shell.limits.settings import Limits
from tickroom.server.shell.node import Node
from tickroom.server.shell.settings import ServerSettings

PONG = 11
UNLIMITED = Limits(inputs_per_tick=0, requests_per_second=0, other_messages_per_second=0)
KEY = b"0123456789abcdef0123456789ABCDEF-for-these-tests"


class Desk:
    """A node with an outbox that is ticked by hand, and to which nobody comes but by a `Person`."""

    def __init__(self) -> None:
        self.node = Node(ServerSettings(secret_key=KEY, limits=UNLIMITED), {"toy": ToyGame()})
        self.node._scheduler.stop()
        self.failed: list[Session] = []
        self.ended: list[Session] = []
        self.kept: list[tuple[bytes, int]] = []
        self.node.on_failed = self.failed.extend
        self.node.on_ended = self.ended.append
        self._begun = 0

    async def start(self) -> None:
        async def gap() -> None:
            raise AssertionError("no record is lost")

        store = MemoryStore().store()
        await store.directory.register(entry_of("a"), LEASE_MS)
        events = OutboxEvents(lambda: None, lambda: None, gap, lambda: None, lambda _: None)
        journal = store.journal("a")
        outbox = Outbox("a", journal, self.node.publisher, events, ahead_s=60, checkpoint_every_s=60)
        self.node.outbox = self.outbox = outbox

    def open(self, **settings: Any) -> Session:
        chosen: dict[str, Any] = {"game": "toy", "auto_start": False} | settings
        session = self.node.open(SessionSettings(**chosen))
        self.node.list(session)
        return session

    def come(self, session: Session) -> Person:
        return Person(cast(Host, self), session.code)

    def come_with(self, connection: Connection) -> Person:
        """The socket of a connection is open now."""
        person = Person.__new__(Person)
        person.host, person.code = cast(Host, self), connection.session.code
        person.heard, person.closed_with, person.writable, person.direct_write = [], None, True, None
        person.changed, person._ids = asyncio.Event(), itertools.count(1)
        person.connection = connection
        connection.opened(person)  # type: ignore[arg-type]
        return person

    def tick(self, count: int = 1) -> None:
        for _ in range(count):
            for phase in self.node.placement.open_phases():
                self.tick_phase(phase)

    def tick_phase(self, phase: Phase) -> None:
        self._begun += 1
        self.node._tick_phase(phase, self._begun)

    async def told(self) -> None:
        self.outbox.start()
        async with asyncio.timeout(5):
            await self.outbox.flushed()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    one = Desk()
    await one.start()
    yield one
    await one.outbox.stop()


async def test_a_checkpoint_includes_no_record_that_is_still_to_come(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last session of a phase went elsewhere: its slot comes once more, and no record is made of it."""
    going, staying = desk.open(tick_hz=30), desk.open(tick_hz=20)
    desk.tick(3)
    (phase,) = [one for one in desk.node.placement.open_phases() if one.tick_hz == 30]
    desk.node.discard(going)
    monkeypatch.setattr(desk.outbox, "checkpoints_due", lambda sessions: sessions)
    kept: list[tuple[int, int]] = []
    monkeypatch.setattr(
        desk.outbox, "keep", lambda _, blob, sequence: kept.append((decode_checkpoint(blob).sequence, sequence))
    )
    sequence = desk.outbox.sequence
    desk.tick_phase(phase)
    assert desk.outbox.sequence == sequence
    assert kept == [(sequence, sequence)]
    assert staying.tick == 3


async def test_a_pool_that_nobody_ticks_any_more_is_not_held(desk: Desk) -> None:
    session = desk.open()
    desk.tick()
    desk.node.queue(session, End(CloseCode.SESSION_ENDED))
    phases = desk.node.placement.open_phases()
    desk.node.discard(session)
    for phase in phases:
        desk.tick_phase(phase)
    assert desk.node._began_ns == {}
    assert desk.node._commands == {}


async def test_a_ping_to_a_session_whose_end_is_not_told_yet_is_answered(desk: Desk) -> None:
    session = desk.open()
    ann = desk.come(session)
    desk.node.queue(session, End(CloseCode.SESSION_ENDED))
    desk.tick()
    assert session.ended
    ann.say(3, 7)
    assert [message[:2] for message in ann.heard] == [[PONG, 7]]
    await desk.told()
    assert await ann.hear_close() == CloseCode.SESSION_ENDED


def break_ticks(monkeypatch: pytest.MonkeyPatch, code: str = "") -> None:
    """Every tick of a pool with this session (any, if none is named) fails when it is half done."""
    step = Pool._step

    def fail(pool: Pool, *arguments: Any) -> None:
        if not code or any(session.code == code for session in pool.sessions.values()):
            raise RuntimeError("ours")
        step(pool, *arguments)

    monkeypatch.setattr(Pool, "_step", fail)


async def test_sessions_of_a_tick_that_failed_are_not_here_any_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No record has the tick: whatever is told of them after it, a successor would not know."""
    first, second, other = desk.open(), desk.open(), desk.open(tick_hz=20)
    ann = desk.come(first)
    desk.tick(2)
    break_ticks(monkeypatch, first.code)
    desk.tick()
    assert desk.failed == [first, second]
    assert list(desk.node.sessions.values()) == [other]
    assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
    await desk.told()
    desk.tick(2)
    assert other.tick == 5


async def test_a_tick_that_cannot_be_written_down_has_failed_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    session = desk.open()
    desk.tick()
    sequence = desk.outbox.sequence

    def fail(_: object) -> bytes:
        raise UnicodeEncodeError("utf-8", "", 0, 1, "surrogates not allowed")

    monkeypatch.setattr("tickroom.server.shell.cluster.outbox.encode_record", fail)
    desk.tick()
    assert desk.failed == [session]
    assert desk.outbox.sequence == sequence, "no number is left out"
    await desk.told()
    assert desk.node.publisher._untold == {}


async def test_a_session_that_failed_twice_is_alone_and_ends_when_it_fails_again_and_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, other = desk.open(), desk.open()
    desk.tick()
    checkpoints = {one.code: decode_checkpoint(desk.node.checkpoint_of(one)) for one in (session, other)}
    break_ticks(monkeypatch, session.code)
    for count in range(1, FAILED_TICKS_MOST + 1):
        desk.tick()
        assert [one.code for one in desk.failed].count(session.code) == count
        desk.node.list(desk.node.adopt(checkpoints[session.code]))
        if other.code not in desk.node.sessions:
            desk.node.list(desk.node.adopt(checkpoints[other.code]))
    desk.tick()
    assert [one.code for one in desk.ended] == [session.code]
    assert list(desk.node.sessions) == [other.code]
    assert [one.code for one in desk.failed].count(other.code) == 2
    assert desk.node.sessions[other.code].tick == FAILED_TICKS_MOST


async def test_a_failure_long_ago_is_forgotten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickroom.server.shell.failed_ticks.FAILED_TICKS_KEPT_S", 1)
    session = desk.open(tick_hz=10)
    desk.tick()
    for count in range(1, FAILED_TICKS_MOST + 4):
        checkpoint = decode_checkpoint(desk.node.checkpoint_of(session))
        with monkeypatch.context() as broken:
            break_ticks(broken)
            desk.tick()
        assert len(desk.failed) == count
        session = desk.node.adopt(checkpoint)
        desk.node.list(session)
        desk.tick(12)
    assert desk.ended == []


async def test_whose_tick_cannot_be_written_down_hurts_no_other_pool(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    guilty, other = desk.open(seats=4), desk.open(seats=16)
    assert guilty.pool is not other.pool

    def fail(parts: list[PoolRecord]) -> bytes:
        if any(part.pool == guilty.pool.number for part in parts):
            raise UnicodeEncodeError("utf-8", "", 0, 1, "surrogates not allowed")
        return encode_record(parts)

    monkeypatch.setattr("tickroom.server.shell.cluster.outbox.encode_record", fail)
    desk.tick(2)
    assert desk.failed == [guilty]
    assert other.tick == 2
    await desk.told()


async def test_a_session_that_ended_in_a_tick_that_is_in_no_record_goes_back_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, other = desk.open(), desk.open(tick_hz=20)
    ann = desk.come(session)
    desk.tick()

    def fail(*_: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr("tickroom.server.shell.node.pool_record", fail)
    desk.node.queue(session, End(CloseCode.SESSION_ENDED))
    desk.tick_phase(next(one for one in desk.node.placement.open_phases() if one.tick_hz == session.settings.tick_hz))
    assert desk.failed == [session]
    assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
    assert list(desk.node.sessions.values()) == [other]


async def test_who_opens_a_socket_while_an_end_is_not_told_hears_of_it_when_it_is(desk: Desk) -> None:
    session = desk.open()
    desk.tick()
    connection = desk.node.connect(session)
    desk.node.queue(session, End(CloseCode.SESSION_ENDED))
    desk.tick()
    ann = desk.come_with(connection)
    assert ann.closed_with is None
    await desk.told()
    assert await ann.hear_close() == CloseCode.SESSION_ENDED


async def test_who_opens_a_socket_while_the_session_moves_is_sent_after_it(desk: Desk) -> None:
    """It has not ended: who was told so would not look for it any more."""
    session = desk.open()
    desk.tick()
    before, meanwhile = desk.node.connect(session), desk.node.connect(session)
    desk.node.part_from(session)
    bob = desk.come_with(meanwhile)
    assert bob.closed_with is None
    desk.node.let_go(session, CloseCode.MOVED, "ws://b.test/ws/CODE")
    ann = desk.come_with(before)
    for person in (ann, bob):
        assert person.closed_with == CloseCode.MOVED
        assert person.closing[4] == "ws://b.test/ws/CODE"


async def test_nobody_fills_the_memory_while_no_tick_is_stepped(desk: Desk) -> None:
    session = desk.open()
    ann = desk.come(session)
    ann.say(0, session.pool.game.schema.fingerprint, "Ann", None)
    desk.tick()
    await desk.told()
    assert ann.connection.seat is not None
    desk.node.pause()
    for number in range(50):
        ann.say(6, number, 0, "Hello?")
        ann.say(7, 0, number % 2 == 0)
        ann.say(8, 1)
        ann.say(2, 100 + number, "ready", [1])
        desk.tick()
    assert len(desk.node._commands[session.pool]) == REQUESTS_A_TICK + TALK_A_TICK
    assert ann.closed_with is None


async def test_who_sees_late_sees_right_after_ticks_that_nobody_was_told(desk: Desk) -> None:
    """A node that lost its lease drops what waits, and goes on with what is in memory."""
    session = desk.open(spectators=4, spectator_delay_ticks=9)
    ann = desk.come(session)
    ann.say(0, session.pool.game.schema.fingerprint, "Ann", None)
    desk.tick(3)
    await desk.outbox.stop()
    await desk.start()
    desk.tick(session.settings.spectator_delay_ticks + 3)
    await desk.told()
    late = desk.node.publisher._delayed[session.pool][session]
    assert late.keyframe() is not None
    assert late._replica.values.tolist() == session.pool.tables.cells[session.row].tolist()
