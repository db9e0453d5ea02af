"""A store that is gone, hangs, comes back, comes back empty, or takes no writes: StoreAway, then it works again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tests.server.shell.cluster.backends import LEASE_MS, Backend, RedisBackend, entry_of
from tests.server.shell.cluster.redis_server import RedisServer, free_port, redis_running
from tickroom.server.shell.cluster import redis_errors
from tickroom.server.shell.cluster.connecting import open_store
from tickroom.server.shell.cluster.interface import Fenced, JournalGap, NodeLoad, Store, StoreAway

ANSWER_WITHIN_S = 2.5  # CALL_TIMEOUT_S, and a busy machine


def calls(store: Store) -> list[Callable[[], Awaitable[object]]]:
    """Everything that a node may ask."""
    directory, journal = store.directory, store.journal("a")

    async def read() -> list[tuple[int, bytes]]:
        return [one async for one in journal.read("a", 0)]

    return [
        lambda: directory.register(entry_of("c"), LEASE_MS),
        lambda: directory.renew("a", NodeLoad(), LEASE_MS),
        lambda: directory.retire("c"),
        lambda: directory.forget("c"),
        directory.nodes,
        directory.lapsed,
        lambda: directory.reserve("BBBBBB", "a", b"one"),
        lambda: directory.reclaim("CCCCCC", "a", b"one"),
        lambda: directory.owner_of("AAAAAA"),
        lambda: directory.sessions_of("a"),
        lambda: directory.claim("AAAAAA", "a", "a"),
        lambda: directory.remove("BBBBBB", "a"),
        lambda: directory.post_listings("a", b"listings", LEASE_MS),
        directory.listings,
        lambda: journal.append(1, b"one"),
        lambda: journal.checkpoint("AAAAAA", b"two"),
        lambda: journal.trim(1),
        read,
    ]


async def away(call: Callable[[], Awaitable[object]]) -> None:
    with pytest.raises(StoreAway):
        await asyncio.wait_for(call(), ANSWER_WITHIN_S)


async def answers_again(call: Callable[[], Awaitable[object]]) -> None:
    """Once the store is back: soon, and by itself."""
    async with asyncio.timeout(10):
        while True:
            try:
                await call()
                return
            except StoreAway:
                await asyncio.sleep(0.02)  # as a node tries again


@pytest.mark.parametrize("call_timeout_s", [1.0])
async def test_everything_says_that_the_store_is_away_and_works_again(backend: Backend, store: Store) -> None:
    await store.directory.register(entry_of("a"), LEASE_MS)
    await store.directory.reserve("AAAAAA", "a", b"one")
    await store.journal("a").append(1, b"one")
    backend.go_away()
    await asyncio.gather(*(away(call) for call in calls(store)))
    await away(lambda: store.inbox.ask("a", b"question", 10))
    backend.come_back()

    # What was asked meanwhile may have been done; nothing of it can have hurt.
    await answers_again(lambda: store.directory.renew("a", NodeLoad(), LEASE_MS))
    await store.journal("a").append(1, b"one")
    await store.journal("a").append(2, b"two")
    assert await store.journal("a").checkpoint("AAAAAA", b"three")
    assert await store.directory.owner_of("AAAAAA") == "a"
    assert [sequence async for sequence, _ in store.journal("a").read("a", 1)] == [2]


async def test_an_append_that_was_given_up_does_not_confuse_the_next(own_redis: RedisServer, own_store: Store) -> None:
    """Its reply comes late, or never; the next one's is not mistaken for it."""
    journal = own_store.journal("a")
    await own_store.directory.register(entry_of("a"), LEASE_MS)
    await journal.append(1, b"one")
    own_redis.pause()
    given_up = asyncio.create_task(journal.append(2, b"two" * 100_000))
    await asyncio.sleep(0.05)  # it is written as far as the socket takes it, and nobody answers
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    own_redis.resume()
    with pytest.raises(JournalGap):
        await journal.append(9, b"nine")
    for sequence in (2, 3):
        await journal.append(sequence, b"%d" % sequence)
    with pytest.raises(Fenced):
        await own_store.journal("nobody").append(1, b"one")
    assert [sequence async for sequence, _ in journal.read("a", 0)] == [1, 2, 3]


@pytest.mark.parametrize("call_timeout_s", [1.0])
async def test_serving_goes_on_by_itself(backend: Backend, store: Store, other_store: Store) -> None:
    async def answer(question: bytes) -> bytes:
        return question

    await other_store.directory.register(entry_of("b"), LEASE_MS)
    serving = asyncio.create_task(other_store.inbox.serve("b", answer))
    assert await store.inbox.ask("b", b"before", 10) == b"before"
    backend.go_away()
    await away(lambda: store.inbox.ask("b", b"during", 10))
    backend.come_back()
    await answers_again(lambda: store.inbox.ask("b", b"after", 10))
    assert not serving.done()
    serving.cancel()


@pytest.fixture
def own_redis(redis_folder: Path) -> Iterator[RedisServer]:
    """A server that a test may kill."""
    with redis_running(redis_folder) as server:
        yield server


@pytest.fixture
async def own_store(own_redis: RedisServer) -> AsyncIterator[Store]:
    """A node's store there."""
    store = await open_store(own_redis.url)
    yield store
    await store.close()


async def test_serving_goes_on_after_a_restart(own_redis: RedisServer, own_store: Store) -> None:
    async def answer(question: bytes) -> bytes:
        return question

    serving = asyncio.create_task(own_store.inbox.serve("b", answer))
    await own_store.directory.register(entry_of("b"), LEASE_MS)
    assert await own_store.inbox.ask("b", b"before", 10) == b"before"
    own_redis.restart_empty()
    await answers_again(lambda: own_store.directory.register(entry_of("b"), LEASE_MS))
    assert await own_store.inbox.ask("b", b"after", 10) == b"after"
    serving.cancel()


async def test_killed_and_started_again_empty(own_redis: RedisServer, own_store: Store) -> None:
    directory, journal = own_store.directory, own_store.journal("a")
    await directory.register(entry_of("a"), LEASE_MS)
    await journal.append(1, b"one")
    await directory.reserve("AAAAAA", "a", b"checkpoint")
    own_redis.kill()
    await asyncio.gather(*(away(call) for call in calls(own_store)))
    own_redis.start()

    # The connections of before are dead, and this Redis has not seen one script; a node needs no new client for that.
    with pytest.raises(Fenced):
        await journal.append(2, b"two")
    with pytest.raises(Fenced):
        await directory.renew("a", NodeLoad(), LEASE_MS)
    assert await directory.owner_of("AAAAAA") is None
    await directory.register(entry_of("a2"), LEASE_MS)
    assert await directory.reclaim("AAAAAA", "a2", b"checkpoint")
    await own_store.journal("a2").append(1, b"one")


async def test_a_restart_between_two_appends_goes_unnoticed(redis_folder: Path) -> None:
    """With its data on disk: the stale connection is found out and the append is sent again, for it may be."""
    with redis_running(redis_folder, "--appendonly", "yes", "--appendfsync", "always") as server:
        store = await open_store(server.url)
        await store.directory.register(entry_of("a"), LEASE_MS)
        await store.journal("a").append(1, b"one")
        server.stop()
        server.start()
        await store.journal("a").append(2, b"two")
        assert [sequence async for sequence, _ in store.journal("a").read("a", 0)] == [1, 2]
        await store.close()


async def test_a_replica_takes_no_writes_until_it_is_the_primary(own_redis: RedisServer, redis_folder: Path) -> None:
    """And what the primary took after the copy is a gap for who goes on at the replica."""
    folder = redis_folder / "replica"
    folder.mkdir()
    following = ("--replicaof", "127.0.0.1", str(own_redis.port), "--replica-read-only", "yes")
    with redis_running(folder, *following) as replica:
        primary, store = RedisBackend(own_redis), await open_store(replica.url)
        first = await primary.store()
        await first.directory.register(entry_of("a"), LEASE_MS)
        await first.journal("a").append(1, b"one")
        await first.directory.reserve("AAAAAA", "a", b"checkpoint")
        await primary.command("WAIT", 1, 5000)

        journal = store.journal("a")
        assert await store.directory.owner_of("AAAAAA") == "a"
        for call in (
            lambda: journal.append(2, b"two"),
            lambda: journal.checkpoint("AAAAAA", b"new"),
            lambda: store.directory.register(entry_of("b"), LEASE_MS),
            lambda: store.directory.renew("a", NodeLoad(), LEASE_MS),
            lambda: store.directory.claim("AAAAAA", "a", "b"),
            lambda: store.directory.reserve("BBBBBB", "a", b"one"),
            lambda: store.inbox.ask("a", b"question", 10),
        ):
            await away(call)

        replica.say("REPLICAOF", "NO", "ONE")
        for sequence in (2, 3, 4):
            await first.journal("a").append(sequence, b"lost")
        with pytest.raises(JournalGap):
            await journal.append(5, b"five")
        await journal.append(5, b"five", is_after_gap=True)
        assert [sequence async for sequence, _ in journal.read("a", 0)] == [1, 5]
        await store.close()
        await primary.close()


@pytest.mark.parametrize(
    ("word", "setting"),
    [("out of memory", ("maxmemory", "1")), ("too few replicas", ("min-replicas-to-write", "1"))],
)
async def test_a_redis_that_takes_no_writes_is_away(
    own_redis: RedisServer, own_store: Store, word: str, setting: tuple[str, str]
) -> None:
    journal = own_store.journal("a")
    await own_store.directory.register(entry_of("a"), LEASE_MS)
    await journal.append(1, b"one")
    own_redis.say("CONFIG", "SET", *setting)
    for call in (
        lambda: journal.append(2, b"two"),
        lambda: journal.checkpoint("AAAAAA", b"checkpoint"),
        lambda: own_store.directory.reserve("AAAAAA", "a", b"checkpoint"),
        lambda: own_store.directory.post_listings("a", b"listings", LEASE_MS),
    ):
        await away(call)
    own_redis.say("CONFIG", "SET", setting[0], "0")
    await journal.append(2, b"two")
    assert [sequence async for sequence, _ in journal.read("a", 0)] == [1, 2]


async def test_a_store_that_cannot_be_opened(redis: RedisServer) -> None:
    with pytest.raises(StoreAway):
        await open_store(f"redis://:secret@127.0.0.1:{free_port()}/0")


async def test_who_is_not_let_in_hears_no_password(own_redis: RedisServer) -> None:
    own_redis.say("CONFIG", "SET", "requirepass", "right")
    for url in (own_redis.url, f"redis://:secretwrong@127.0.0.1:{own_redis.port}/0"):
        with pytest.raises(StoreAway) as refused:
            await open_store(url)
        assert "secretwrong" not in f"{refused.value!r} {refused.value.__cause__!r}"
    store = await open_store(f"redis://:right@127.0.0.1:{own_redis.port}/0")
    assert await store.directory.nodes() == []
    await store.close()


def test_a_transport_that_was_closed_a_moment_ago_is_away_and_no_other_runtime_error_is() -> None:
    """Seen with uvloop when a proxy before Redis was cut; asyncio has a ConnectionError there."""
    closed = RuntimeError(
        "unable to perform operation on <TCPTransport closed=True reading=False>; the handler is closed"
    )
    assert redis_errors.is_away(closed)
    assert not redis_errors.is_away(RuntimeError("ours"))


def test_a_store_that_gives_no_answer_in_time_is_away_for_a_reason() -> None:
    assert str(redis_errors.away(TimeoutError())) == "TimeoutError: no answer in time"
    assert str(redis_errors.away(ConnectionResetError("reset"))) == "ConnectionResetError: reset"
