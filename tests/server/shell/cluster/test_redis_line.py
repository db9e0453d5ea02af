"""The connection of every tick: calls that are begun without waiting, and replies that are taken when they come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import uvloop

from tests.server.shell.cluster.backends import LEASE_MS, entry_of
from tests.server.shell.cluster.redis_server import RedisServer, redis_running
from tests.server.shell.cluster.town import until
from tickroom.server.shell.cluster.connecting import open_store
from tickroom.server.shell.cluster.interface import Journal, Store


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """One that a test may pause."""
    with redis_running(tmp_path) as server:
        yield server


@pytest.fixture
async def store(redis: RedisServer) -> AsyncIterator[Store]:
    opened = await open_store(f"{redis.url}?socket_timeout=2")
    yield opened
    await opened.close()


@pytest.fixture
async def journal(store: Store) -> Journal:
    """Of an incarnation that has a lease, its connection open."""
    await store.directory.register(entry_of("a"), LEASE_MS)
    journal = store.journal("a")
    await journal.append(1, b"one")
    return journal


async def sequences(journal: Journal) -> list[int]:
    return [sequence async for sequence, _ in journal.read("a", 0)]


class Answer:
    """What was answered, and how often."""

    def __init__(self) -> None:
        self.all: list[bool] = []

    def __call__(self, is_kept: bool) -> None:
        self.all.append(is_kept)


async def test_a_record_is_kept_without_a_turn_of_the_loop(journal: Journal) -> None:
    """As in the middle of much input: nothing but this function runs from the sending to the answer."""
    answer = Answer()
    assert journal.append_now(2, b"two" * 10_000, answer)
    assert answer.all == []
    deadline_s = time.monotonic() + 10
    while not answer.all and time.monotonic() < deadline_s:
        journal.look()
    assert answer.all == [True]
    journal.look()
    assert await sequences(journal) == [1, 2]


async def test_a_record_that_is_more_than_the_kernel_takes_is_sent_to_its_end(
    redis: RedisServer, journal: Journal
) -> None:
    answer = Answer()
    redis.pause()
    assert journal.append_now(2, bytes(20_000_000), answer)
    redis.resume()
    await until(lambda: bool(answer.all))
    assert answer.all == [True]
    assert await sequences(journal) == [1, 2]


async def test_the_loop_hears_of_it_as_well(journal: Journal) -> None:
    answer = Answer()
    for sequence in (2, 3):
        assert journal.append_now(sequence, b"x", answer)
        await until(lambda sequence=sequence: len(answer.all) == sequence - 1)  # type: ignore[misc]
    assert answer.all == [True, True]


async def test_one_call_at_a_time(journal: Journal) -> None:
    answer = Answer()
    assert journal.append_now(2, b"two", answer)
    assert not journal.append_now(3, b"three", answer), "the one before is not answered yet"
    await until(lambda: bool(answer.all))
    assert await sequences(journal) == [1, 2]


async def test_nothing_is_begun_where_nothing_is_connected(store: Store) -> None:
    await store.directory.register(entry_of("a"), LEASE_MS)
    answer = Answer()
    assert not store.journal("a").append_now(1, b"one", answer)
    assert answer.all == []


@pytest.mark.parametrize(("incarnation", "sequence"), [("nobody", 1), ("a", 9)], ids=["fenced", "gap"])
async def test_what_is_not_kept_is_not_said_to_be(
    store: Store, journal: Journal, incarnation: str, sequence: int
) -> None:
    answer = Answer()
    assert store.journal(incarnation).append_now(sequence, b"x", answer)
    await until(lambda: bool(answer.all))
    assert answer.all == [False]
    assert await sequences(journal) == [1]


async def test_a_connection_that_ends_is_an_answer_that_is_not_known(
    redis: RedisServer, store: Store, journal: Journal
) -> None:
    answer = Answer()
    redis.pause()
    assert journal.append_now(2, b"two", answer)
    redis.restart_empty()
    await until(lambda: bool(answer.all))
    assert answer.all == [False]
    assert not journal.append_now(2, b"two", answer), "nothing is connected"
    await store.directory.register(entry_of("a"), LEASE_MS)
    await journal.append(2, b"two", is_after_gap=True)
    assert journal.append_now(3, b"three", answer)
    await until(lambda: len(answer.all) == 2)
    assert answer.all == [False, True]
    assert await sequences(journal) == [2, 3]


async def test_a_store_that_hangs_is_given_up_in_time(redis: RedisServer, journal: Journal) -> None:
    answer = Answer()
    redis.pause()
    assert journal.append_now(2, b"two", answer)
    await until(lambda: bool(answer.all))
    assert answer.all == [False]
    assert not journal.append_now(2, b"two", answer), "its reply would be taken for another's"
    redis.resume()
    await journal.append(2, b"two")
    assert await sequences(journal) == [1, 2]


async def test_a_call_does_not_take_the_reply_to_one_that_was_begun(journal: Journal) -> None:
    """Another life's, which nobody waits for any more."""
    answer = Answer()
    assert journal.append_now(2, b"two", answer)
    await journal.append(2, b"two")
    assert answer.all == [False], "given up with its connection"
    assert await sequences(journal) == [1, 2]


def test_a_process_that_stood_still_takes_the_reply_that_is_there(redis: RedisServer) -> None:
    """Its limit has run out as well: the event loop must look at the socket first."""

    async def stand_still() -> None:
        store = await open_store(f"{redis.url}?socket_timeout=1")
        await store.directory.register(entry_of("a"), LEASE_MS)
        journal, answer = store.journal("a"), Answer()
        await journal.append(1, b"one")
        assert journal.append_now(2, b"two", answer)
        time.sleep(1.5)  # noqa: ASYNC251 - the whole process
        await until(lambda: bool(answer.all))
        assert answer.all == [True]
        assert journal.append_now(3, b"three", answer), "connected as before"
        await until(lambda: len(answer.all) == 2)
        await store.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(stand_still())


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_no_way_to_end_leaves_a_descriptor(
    redis: RedisServer, loop_factory: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    """Closed, given up, cut by Redis; with more than the kernel takes under way."""

    async def live_and_end() -> None:
        store = await open_store(f"{redis.url}?socket_timeout=1")
        await store.directory.register(entry_of("a"), LEASE_MS)
        journal, answer = store.journal("a"), Answer()
        await journal.append(1, b"one")
        before = open_files()
        for number in range(2, 6):
            redis.pause()
            assert journal.append_now(number, bytes(9_000_000), answer)
            redis.resume() if number % 2 else None
            await until(lambda number=number: len(answer.all) == number - 1)  # type: ignore[misc]
            redis.resume()
            await journal.append(number, b"again", is_after_gap=True)
        redis.say("CLIENT", "KILL", "TYPE", "normal")
        await journal.append(6, b"six")
        assert open_files() <= before
        redis.pause()
        assert journal.append_now(7, bytes(9_000_000), answer)
        await store.close()
        redis.resume()

    before = open_files()
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        runner.run(live_and_end())
    assert open_files() <= before
