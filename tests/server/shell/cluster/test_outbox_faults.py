"""The outbox when answers are lost, when the store says what nobody expects, and when sessions go meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from tests.server.shell.cluster.backends import LEASE_MS, Backend, RedisBackend, entry_of
from tests.server.shell.cluster.redis_server import RedisServer
from tests.server.shell.cluster.town import until
from tickroom.server.core.records import PackedIntegers, PoolRecord
from tickroom.server.shell.cluster import outbox as outbox_module
from tickroom.server.shell.cluster.interface import Journal, StoreAway
from tickroom.server.shell.cluster.lease import Lease, LeasedJournal
from tickroom.server.shell.cluster.outbox import Outbox, OutboxEvents, Ticked
from tickroom.server.shell.publisher import Advanced, Publisher

NOTHING = PackedIntegers(1, b"")


class Told:
    """In place of a publisher: what was told, in order."""

    def __init__(self) -> None:
        self.ticks: list[object] = []

    def tell_held(self, advanced: object) -> None:
        self.ticks.append(advanced)

    def drop_held(self, advanced: object) -> None:
        """What was not told by the end of a test."""


class LossyJournal:
    """A journal of which a test says what befalls the calls: before they are made, or their answers."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self.open = asyncio.Event()
        self.open.set()
        self.appends = self.begun = 0
        self.loses_answer: Callable[[int], bool] = lambda _: False
        self.faults: list[Exception] = []
        self.checkpoint_faults: list[Exception] = []
        self.trims: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._journal, name)

    async def append(self, sequence: int, record: bytes, *, is_after_gap: bool = False) -> None:
        await self.open.wait()
        self.appends += 1
        if self.faults:
            raise self.faults.pop(0)
        await self._journal.append(sequence, record, is_after_gap=is_after_gap)
        if self.loses_answer(sequence):
            raise StoreAway("the answer is lost")

    def append_now(self, sequence: int, record: bytes, answered: Callable[[bool], None]) -> bool:
        if not self.open.is_set() or self.faults:
            return False

        def hear(is_kept: bool) -> None:
            answered(is_kept and not self.loses_answer(sequence))

        is_begun = self._journal.append_now(sequence, record, hear)
        self.appends += is_begun
        self.begun += is_begun
        return is_begun

    async def checkpoint_all(self, checkpoints: dict[str, bytes]) -> list[str]:
        await self.open.wait()
        if self.checkpoint_faults:
            raise self.checkpoint_faults.pop(0)
        return await self._journal.checkpoint_all(checkpoints)

    async def trim(self, below: int) -> None:
        self.trims.append(below)
        await self._journal.trim(below)


class Post:
    """An outbox, and what is at both of its ends."""

    def __init__(self, backend: Backend, journal: LossyJournal) -> None:
        self.backend = backend
        self.journal = journal
        self.told = Told()
        self.said: list[str] = []
        self.mend: Callable[[], None] = lambda: None
        events = OutboxEvents(
            away=lambda: self.said.append("away"),
            back=lambda: self.said.append("back"),
            gap=self._gap,
            fenced=lambda: self.said.append("fenced"),
            lost=self.said.append,
        )
        publisher = cast(Publisher, self.told)
        self.outbox = Outbox("a", cast(Journal, journal), publisher, events, ahead_s=60, checkpoint_every_s=60)

    async def _gap(self) -> None:
        self.said.append("gap")
        self.mend()

    def tick(self, count: int = 1) -> None:
        """Ticks, told as their numbers."""
        for _ in range(count):
            number = self.outbox.sequence + 1
            record = PoolRecord(1, number, [], NOTHING, NOTHING, [])
            self.outbox.add([Ticked(record, cast(Advanced, number))])

    async def hear(self, count: int) -> None:
        await until(lambda: len(self.told.ticks) >= count, 3)
        assert self.told.ticks == list(range(1, count + 1))

    async def records(self) -> list[int]:
        return [number async for number, _ in self.journal.read("a", 0)]


@pytest.fixture
async def post(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    monkeypatch.setattr(outbox_module, "RETRY_S", 0.01)
    monkeypatch.setattr(outbox_module, "TRIM_EVERY_S", 0.02)
    store = await backend.store()
    await store.directory.register(entry_of("a"), LEASE_MS)
    one = Post(backend, LossyJournal(store.journal("a")))
    one.outbox.start()
    yield one
    one.journal.open.set()
    await one.outbox.stop()


async def backlog(post: Post, count: int) -> None:
    """So many records under way at once."""
    post.journal.open.clear()
    post.tick()
    await asyncio.sleep(0)
    post.tick(count)
    await asyncio.sleep(0)


@pytest.mark.parametrize("lost", [(2,), (4,), (2, 3, 4, 5), (1, 2, 3, 4, 5)])
async def test_answers_that_are_lost_among_several_are_no_gap(post: Post, lost: tuple[int, ...]) -> None:
    """The store has a record only if it has the one before; and what it has does not have to be sent again."""
    left = set(lost)

    def loses(sequence: int) -> bool:
        is_lost = sequence in left
        left.discard(sequence)
        return is_lost

    post.journal.loses_answer = loses
    post.outbox.note_kept("AAAAAA", 0)  # so that nothing is trimmed
    await backlog(post, 4)
    post.journal.open.set()
    await post.hear(5)
    assert "gap" not in post.said
    assert await post.records() == [1, 2, 3, 4, 5]
    post.tick()
    await post.hear(6)


async def test_what_was_appended_is_told_before_the_lease_may_be_over(backend: Backend) -> None:
    """Several are under way, and the store hangs in the middle of them until the lease has run out."""
    now_s, hangs = 0.0, asyncio.Event()
    lease = Lease(1.5, lambda: now_s)
    lease.renewed(now_s)
    store = await backend.store()
    await store.directory.register(entry_of("a"), LEASE_MS)

    class Hanging(LossyJournal):
        async def append(self, sequence: int, record: bytes, *, is_after_gap: bool = False) -> None:
            if sequence > 2:
                await hangs.wait()
            await super().append(sequence, record, is_after_gap=is_after_gap)

    post = Post(backend, cast(LossyJournal, LeasedJournal(cast(Journal, Hanging(store.journal("a"))), lease)))
    post.tick(4)
    post.outbox.start()
    await post.hear(2)
    now_s = 10.0  # Redis hung, or this process was stopped
    hangs.set()
    await until(lambda: post.said == ["away"])
    assert post.told.ticks == [1, 2], "by whose lease may have run out nothing is told"
    await post.outbox.stop()


async def test_what_nobody_expects_of_the_store_does_not_end_the_outbox(post: Post) -> None:
    post.journal.faults = [RuntimeError("NOPERM no permission to run this"), RuntimeError("again")]
    post.tick(3)
    await post.hear(3)
    assert post.said == ["away", "back"]


async def test_a_mend_that_fails_is_tried_again(post: Post) -> None:
    failures = [RuntimeError("not now")]

    def mend() -> None:
        if failures:
            raise failures.pop()

    post.mend = mend
    post.tick(3)
    await post.hear(3)
    await post.backend.lose_records("a", after=1)
    post.tick()
    await post.hear(4)
    assert post.said.count("gap") == 2


async def test_a_checkpoint_that_fails_does_not_keep_the_others_from_being_written(post: Post) -> None:
    store = await post.backend.store()
    for code in ("AAAAAA", "BBBBBB"):
        await store.directory.reserve(code, "a", b"first")
        post.outbox.note_kept(code, 0)
    post.journal.checkpoint_faults = [RuntimeError("not this one")]
    post.tick(3)
    await post.hear(3)
    post.outbox.keep("AAAAAA", b"second", 3)
    await until(lambda: not post.journal.checkpoint_faults)
    post.outbox.keep("AAAAAA", b"third", 3)
    post.outbox.keep("BBBBBB", b"third", 3)
    await until(lambda: post.journal.trims[-1:] == [4])
    assert await store.directory.claim("BBBBBB", "a", "b") == b"third"


async def test_records_stay_until_the_newer_checkpoint_is_stored(post: Post) -> None:
    """Who holds records for a checkpoint that is being written holds those of the one in the store as well."""
    post.outbox.note_kept("AAAAAA", 1)
    post.tick(3)
    await post.hear(3)
    post.outbox.supersede("AAAAAA")
    post.outbox.note_kept("AAAAAA", 3)
    trims = len(post.journal.trims)
    await until(lambda: len(post.journal.trims) > trims + 1)
    assert post.journal.trims[-1] == 2
    assert await post.records() == [2, 3]


async def test_what_was_superseded_is_not_written(post: Post) -> None:
    store = await post.backend.store()
    await store.directory.reserve("AAAAAA", "a", b"first")
    post.outbox.note_kept("AAAAAA", 0)
    post.outbox.keep("AAAAAA", b"old", 0)
    post.outbox.supersede("AAAAAA")
    await store.journal("a").checkpoint("AAAAAA", b"new")
    trims = len(post.journal.trims)
    await until(lambda: len(post.journal.trims) > trims + 1)
    assert await store.directory.claim("AAAAAA", "a", "b") == b"new"


async def test_the_records_of_a_session_that_has_gone_are_not_kept_for_ever(post: Post) -> None:
    """It goes while its checkpoint is on its way to the store."""
    store = await post.backend.store()
    await store.directory.reserve("AAAAAA", "a", b"first")
    post.outbox.note_kept("AAAAAA", 0)
    post.tick(3)
    await post.hear(3)
    post.journal.open.clear()
    post.outbox.keep("AAAAAA", b"second", 1)
    await asyncio.sleep(0.05)
    post.outbox.forget("AAAAAA")
    post.journal.open.set()
    await until(lambda: post.journal.trims[-1:] == [4])


async def test_usually_a_tick_is_told_with_the_stores_word(redis: RedisServer) -> None:
    """No turn of the loop lies between the tick, Redis's answer and what is told: on a full core each comes late."""
    backend = RedisBackend(redis)
    store = await backend.store()
    await store.directory.register(entry_of("b"), LEASE_MS)
    post = Post(backend, LossyJournal(store.journal("b")))
    post.outbox.start()
    post.tick()
    await post.hear(1)  # a task opened the connection
    await asyncio.sleep(0)
    for number in (2, 3, 4):
        post.tick()
        deadline_s = time.monotonic() + 10
        while len(post.told.ticks) < number and time.monotonic() < deadline_s:
            post.outbox.look()
        assert post.told.ticks == list(range(1, number + 1))
    assert post.journal.begun == 3
    post.tick(3)
    assert post.journal.begun == 4, "one at a time; the next one goes when that is answered"
    await post.hear(7)
    assert post.journal.begun == post.journal.appends - 1
    await post.outbox.stop()
    await backend.close()


class Held(LossyJournal):
    """A journal that begins every record; the test says when it is answered. ``append`` takes its time."""

    def __init__(self, journal: Journal, append_s: float = 0.0) -> None:
        super().__init__(journal)
        self.answers: list[Callable[[bool], None]] = []
        self._append_s = append_s

    def append_now(self, _sequence: int, _record: bytes, answered: Callable[[bool], None]) -> bool:
        self.begun += 1
        self.answers.append(answered)
        return True

    async def append(self, sequence: int, record: bytes, *, is_after_gap: bool = False) -> None:
        await asyncio.sleep(self._append_s)
        await super().append(sequence, record, is_after_gap=is_after_gap)


@pytest.fixture
async def held(backend: Backend) -> AsyncIterator[Post]:
    """An outbox that is at work, over such a journal."""
    store = await backend.store()
    await store.directory.register(entry_of("held"), LEASE_MS)
    post = Post(backend, Held(store.journal("held"), append_s=0.02))
    post.outbox.start()
    await asyncio.sleep(0)
    yield post
    await post.outbox.stop()


def held_answers(post: Post) -> list[Callable[[bool], None]]:
    assert isinstance(post.journal, Held)
    return post.journal.answers


async def test_what_is_answered_after_the_end_is_not_told(held: Post) -> None:
    held.tick(2)
    stopping = asyncio.create_task(held.outbox.stop())
    await asyncio.sleep(0)  # it waits for its tasks
    held_answers(held).pop()(True)
    await stopping
    assert held.told.ticks == []


async def test_ticks_that_always_wait_do_not_keep_the_usual_way_shut(held: Post) -> None:
    """As on a full core: while one record is appended by the task, the next ticks come."""
    held.tick(3)
    held_answers(held).pop()(False)
    for _ in range(100):
        held.tick()
        await asyncio.sleep(0.005)
        if held.journal.begun > 1:
            break
    assert held.journal.begun > 1, "all still go through the task"
    while held.outbox.sequence > len(held.told.ticks):
        held_answers(held).pop()(True)
    assert held.told.ticks == list(range(1, held.outbox.sequence + 1))


async def test_a_fault_of_ours_at_the_beginning_keeps_no_record(held: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bool:
        raise OverflowError("ours")

    with monkeypatch.context() as patched:
        patched.setattr(held.journal, "append_now", fail)
        held.tick()
        await held.hear(1)
        held.tick()
        await held.hear(2)
    held.tick()
    await until(lambda: bool(held_answers(held)))
    held_answers(held).pop()(True)
    await held.hear(3)


async def test_an_answer_that_is_lost_is_asked_for_again(redis: RedisServer) -> None:
    """The store has the record, and the one who began it does not know."""
    backend = RedisBackend(redis)
    store = await backend.store()
    await store.directory.register(entry_of("e"), LEASE_MS)
    post = Post(backend, LossyJournal(store.journal("e")))
    post.outbox.note_kept("AAAAAA", 0)  # so that nothing is trimmed
    post.outbox.start()
    post.tick()
    await post.hear(1)
    left = {2, 3}

    def loses(sequence: int) -> bool:
        is_lost = sequence in left
        left.discard(sequence)
        return is_lost

    post.journal.loses_answer = loses
    for number in (2, 3, 4):
        post.tick()
        await post.hear(number)
    assert left == set()
    assert post.journal.begun >= 1
    assert "gap" not in post.said
    assert [number async for number, _ in store.journal("e").read("e", 0)] == [1, 2, 3, 4]
    await post.outbox.stop()
    await backend.close()


@pytest.mark.parametrize(("away_after_s", "said"), [(0.0, ["away"]), (60.0, [])], ids=["late", "soon"])
async def test_an_answer_that_is_missed_for_long_is_said_at_once(
    held: Post, monkeypatch: pytest.MonkeyPatch, away_after_s: float, said: list[str]
) -> None:
    """To append again may take as long as the answer that did not come: players hear of it before."""
    monkeypatch.setattr(outbox_module, "AWAY_AFTER_S", away_after_s)
    held.tick()
    held_answers(held).pop()(False)
    assert held.said == said
    await held.hear(1)
    assert held.said == [*said, *(["back"] if said else [])]
