"""A real Redis Cluster of two shards: no script touches keys of two slots, and a shard may hang for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.server.shell.cluster.backends import LEASE_MS, entry_of
from tests.server.shell.cluster.redis_server import RedisServer, redis_running
from tickroom.server.shell.cluster.connecting import open_store
from tickroom.server.shell.cluster.interface import Fenced, JournalGap, NodeLoad, Store, StoreAway

SLOTS = 16384


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RedisServer, RedisServer]]:
    """Two shards, each with half of the slots: keys of two slots can really lie on two servers."""
    folders = [tmp_path_factory.mktemp("shard") for _ in range(2)]
    enabled = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
    with redis_running(folders[0], *enabled) as one, redis_running(folders[1], *enabled) as two:
        for server, slots in ((one, range(SLOTS // 2)), (two, range(SLOTS // 2, SLOTS))):
            assert server.say("CLUSTER", "ADDSLOTS", *map(str, slots)).startswith(b"+OK")
        one.say("CLUSTER", "MEET", "127.0.0.1", str(two.port))
        yield one, two


@pytest.fixture
async def store(shards: tuple[RedisServer, RedisServer]) -> AsyncIterator[Store]:
    """A node's store, once both shards say that all slots are served."""
    for server in shards:
        server.until(lambda told: b"cluster_state:ok" in told and b"cluster_known_nodes:2" in told, "CLUSTER", "INFO")
        server.say("FLUSHALL")
    opened = await open_store(f"redis+cluster://127.0.0.1:{shards[0].port}")
    yield opened
    await opened.close()


async def test_every_call_is_safe_for_a_cluster(store: Store) -> None:
    """Each method, with names that lie on both shards."""
    directory = store.directory
    names = [f"life{number}" for number in range(6)]
    codes = [f"CODE{number:02}" for number in range(12)]
    for name in names:
        await directory.register(entry_of(name), LEASE_MS)
        await directory.renew(name, NodeLoad(players=1), LEASE_MS)
        await directory.post_listings(name, name.encode(), LEASE_MS)
        journal = store.journal(name)
        for sequence in (1, 2, 3):
            await journal.append(sequence, b"%d" % sequence)
        with pytest.raises(JournalGap):
            await journal.append(7, b"7")
        await journal.trim(2)
        assert [sequence async for sequence, _ in journal.read(name, 0)] == [2, 3]
    assert [view.entry.incarnation for view in await directory.nodes()] == names
    assert await directory.listings() == {name: name.encode() for name in names}

    for number, code in enumerate(codes):
        assert await directory.reserve(code, names[number % 3], b"one")
        assert await store.journal(names[number % 3]).checkpoint(code, b"two")
        assert await directory.claim(code, names[number % 3], names[3 + number % 3]) == b"two"
        assert await directory.owner_of(code) == names[3 + number % 3]
        assert not await directory.reclaim(code, names[0], b"three")
    assert await directory.sessions_of(names[0]) == []
    assert len(await directory.sessions_of(names[3])) == 4
    for number, code in enumerate(codes):
        await directory.remove(code, names[3 + number % 3])

    for name in names:
        await directory.retire(name)
        with pytest.raises(Fenced):
            await store.journal(name).append(4, b"4")
    assert sorted(await directory.lapsed()) == names
    assert all([await directory.forget(name) for name in names])
    assert await directory.lapsed() == []


async def test_asking_in_a_cluster(store: Store, shards: tuple[RedisServer, RedisServer]) -> None:
    async def answer(question: bytes) -> bytes:
        return question.upper()

    names = [f"asked{number}" for number in range(4)]
    for name in names:
        await store.directory.register(entry_of(name), LEASE_MS)
    serving = [asyncio.create_task(store.inbox.serve(name, answer)) for name in names]
    assert await asyncio.gather(*(store.inbox.ask(name, b"what", 10) for name in names)) == [b"WHAT"] * 4
    for task in serving:
        task.cancel()


async def test_a_shard_that_hangs_is_away_and_comes_back(store: Store, shards: tuple[RedisServer, RedisServer]) -> None:
    names = [f"life{number}" for number in range(8)]
    for name in names:
        await store.directory.register(entry_of(name), LEASE_MS)
    shards[1].pause()
    try:
        tried = await asyncio.gather(*(store.journal(name).append(1, b"1") for name in names), return_exceptions=True)
        assert {type(one) for one in tried} <= {StoreAway, type(None)}
        assert StoreAway in {type(one) for one in tried}
    finally:
        shards[1].resume()
    async with asyncio.timeout(20):
        for name in names:
            while True:
                try:
                    await store.journal(name).append(1, b"1")
                    break
                except StoreAway:
                    await asyncio.sleep(0.05)  # as a node tries again
    for name in names:
        assert [sequence async for sequence, _ in store.journal(name).read(name, 0)] == [1]
