"""Journal, then tell: nothing of a tick leaves before its record is kept, and what leaves late is still right."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping

import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tests.server.shell.talking import REPLY, Talker
from tickroom.game.arena.game import ARENA
from tickroom.server.core.records import decode_record
from tickroom.server.shell.cluster.interface import Fenced, JournalGap, StoreAway
from tickroom.server.shell.cluster.outbox import Outbox, OutboxEvents
from tickroom.server.shell.node import Node
from tickroom.server.shell.settings import ServerSettings
from tickroom.simulations.client import Client
from tickroom.simulations.session import Session

AHEAD_S = 0.3


class FaultyJournal:
    """Keeps records in a list, when and as the test wants: late, not at all, or with a fault."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.delay_s = 0.0
        self.faults: list[Exception] = []  # of the next appends
        self.records: list[tuple[int, bytes]] = []
        self.after_gap: list[int] = []
        self.checkpoints: dict[str, bytes] = {}
        self.trimmed = 0

    async def append(self, sequence: int, record: bytes, *, is_after_gap: bool = False) -> None:
        if self.faults:
            raise self.faults.pop(0)
        await asyncio.sleep(self.delay_s)
        while not self.open.is_set():  # noqa: ASYNC110 - another thread sets it
            await asyncio.sleep(0.005)
        if is_after_gap:
            self.after_gap.append(sequence)
        self.records.append((sequence, record))

    def append_now(self, _sequence: int, _record: bytes, _answered: Callable[[bool], None]) -> bool:
        return False

    def look(self) -> None: ...

    async def checkpoint(self, code: str, checkpoint: bytes) -> bool:
        self.checkpoints[code] = checkpoint
        return True

    async def checkpoint_all(self, checkpoints: Mapping[str, bytes]) -> list[str]:
        return [code for code, checkpoint in checkpoints.items() if not await self.checkpoint(code, checkpoint)]

    async def trim(self, below: int) -> None:
        self.trimmed = below

    async def read(self, incarnation: str, after: int) -> AsyncIterator[tuple[int, bytes]]:
        for sequence, record in self.records:
            if sequence > after:
                yield sequence, record


class Journaled:
    """A server whose ticks go through an outbox, and what the outbox said."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.journal = FaultyJournal()
        self.said: list[str] = []
        server.ask(self._begin)

    def _begin(self, node: Node) -> None:
        async def mend() -> None:
            self.said.append("gap")

        events = OutboxEvents(
            away=lambda: self.said.append("away"),
            back=lambda: self.said.append("back"),
            gap=mend,
            fenced=lambda: self.said.append("fenced"),
            lost=self.said.append,
        )
        node.outbox = Outbox("one.1", self.journal, node.publisher, events, ahead_s=AHEAD_S, checkpoint_every_s=0.5)
        node.outbox.start()

    async def end(self, node: Node) -> None:
        outbox, node.outbox = node.outbox, None
        assert outbox is not None
        await outbox.stop()


@pytest.fixture
def journaled() -> Iterator[Journaled]:
    with running(ServerSettings(), {"toy": ToyGame(), "arena": ARENA}) as server:
        one = Journaled(server)
        yield one
        one.journal.open.set()
        asyncio.run_coroutine_threadsafe(one.end(server.node), server.loop).result(5)


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - of the server's thread
            await asyncio.sleep(0.01)


async def test_nothing_is_told_before_its_record_is_kept(journaled: Journaled) -> None:
    code = journaled.server.create(game="toy")
    await until(lambda: journaled.journal.records)
    async with Talker(journaled.server.websocket_url, code) as ann:
        await ann.hello()
        journaled.journal.open.clear()
        kept = len(journaled.journal.records)
        await ann.say(2, 9, "ready", [1])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await ann.hear(REPLY)
        assert len(journaled.journal.records) == kept
        journaled.journal.open.set()
        assert (await ann.hear(REPLY))[1:3] == [9, 0]
        commands = [
            type(command).__name__
            for _, record in journaled.journal.records[kept:]
            for part in decode_record(record)
            for _, command in part.commands
        ]
        assert "Act" in commands


async def test_records_are_numbered_without_gaps_and_name_every_beat(journaled: Journaled) -> None:
    journaled.server.create(game="toy", tick_hz=60)
    await until(lambda: len(journaled.journal.records) >= 20)
    records = list(journaled.journal.records)
    assert [sequence for sequence, _ in records] == list(range(1, len(records) + 1))
    beats = [part.beat for _, record in records for part in decode_record(record)]
    assert beats == list(range(beats[0], beats[0] + len(beats)))


async def test_ticks_go_on_a_while_and_then_pause(journaled: Journaled) -> None:
    code = journaled.server.create(game="toy", tick_hz=30)
    await until(lambda: journaled.journal.records)

    def tick(node: Node) -> int:
        return node.sessions[code].tick

    journaled.journal.open.clear()
    before = journaled.server.ask(tick)
    await until(lambda: journaled.server.ask(lambda node: node.statistics.ticks_paused) > 5)
    paused = journaled.server.ask(tick)
    assert AHEAD_S * 30 * 0.5 <= paused - before <= AHEAD_S * 30 + 3
    await asyncio.sleep(0.1)  # three ticks: that nothing happens is what is shown
    assert journaled.server.ask(tick) == paused
    journaled.journal.open.set()
    await until(lambda: journaled.server.ask(tick) > paused)


async def test_a_store_that_does_not_answer_is_asked_again(journaled: Journaled) -> None:
    code = journaled.server.create(game="toy")
    await until(lambda: journaled.journal.records)
    journaled.journal.faults = [StoreAway("gone"), StoreAway("gone")]
    async with Talker(journaled.server.websocket_url, code) as ann:
        await ann.hello()
    assert journaled.said == ["away", "back"]


async def test_after_a_gap_all_is_mended_before_anything_is_told(journaled: Journaled) -> None:
    code = journaled.server.create(game="toy")
    await until(lambda: journaled.journal.records)
    journaled.journal.faults = [JournalGap()]
    async with Talker(journaled.server.websocket_url, code) as ann:
        await ann.hello()
    assert journaled.said == ["gap"]
    assert len(journaled.journal.after_gap) == 1


async def test_who_is_fenced_tells_nobody_anything(journaled: Journaled) -> None:
    code = journaled.server.create(game="toy")
    await until(lambda: journaled.journal.records)
    async with Talker(journaled.server.websocket_url, code) as ann:
        await ann.hello()
        journaled.journal.faults = [Fenced()]
        await until(lambda: journaled.said)
        with contextlib.suppress(TimeoutError):  # what was on its way
            async with asyncio.timeout(0.2):
                await ann.hear(REPLY)
        heard = len(ann.heard)
        await ann.say(2, 9, "ready", [1])
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await ann.hear(REPLY)
        assert journaled.said == ["fenced"]
        assert len(ann.heard) == heard


async def test_each_session_is_checkpointed_in_its_time_and_old_records_are_trimmed(journaled: Journaled) -> None:
    codes = {journaled.server.create(game="toy") for _ in range(5)}
    await until(lambda: set(journaled.journal.checkpoints) == codes)
    await until(lambda: journaled.journal.trimmed > 1)
    assert journaled.journal.trimmed <= len(journaled.journal.records) + 1


async def walk(session: Session, turns: int) -> None:
    for turn in range(turns):
        session.set_input((127, 0, -127, 0)[turn % 4], (0, 127, 0, -127)[turn % 4], 0)
        await asyncio.sleep(0.05)  # a tick or two: the walk itself


@pytest.mark.parametrize("delay_s", [0.0, 0.02, 0.09])
async def test_whoever_comes_while_ticks_wait_gets_the_state_that_the_next_delta_fits(
    journaled: Journaled, delay_s: float
) -> None:
    """At 90 ms an append and 30 ticks a second, several ticks always wait: keyframes are of the tick that is told."""
    journaled.journal.delay_s = delay_s
    code = journaled.server.create(seats=8, countdown_s=0)
    async with Client(journaled.server.url) as client, contextlib.AsyncExitStack() as ending:
        sessions = []
        walks = []
        for number in range(5):
            session = await client.join(code, f"Player {number}")
            sessions.append(session)
            walks.append(asyncio.create_task(walk(session, 15)))
            ending.callback(walks[-1].cancel)
        for session in sessions:
            await session.until(lambda it: it.frames > 20, 20)
        await asyncio.gather(*walks)
        assert [session.resyncs for session in sessions] == [0] * 5
        assert all(session.keyframes == 1 for session in sessions)
