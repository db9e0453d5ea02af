"""A primary behind a real Sentinel: it dies, the replica takes its place, and the node goes on with the same store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.server.shell.cluster.backends import LEASE_MS, entry_of
from tests.server.shell.cluster.redis_server import RedisServer, free_port, redis_running
from tickroom.server.shell.cluster.connecting import open_store
from tickroom.server.shell.cluster.interface import NodeLoad, Store, StoreAway


class Guarded(NamedTuple):
    """A primary, its replica, and the Sentinel that watches them."""

    primary: RedisServer
    replica: RedisServer
    sentinel: RedisServer

    @property
    def url(self) -> str:
        """One Sentinel that is not there comes first: the next is asked."""
        return f"redis+sentinel://127.0.0.1:{free_port()},127.0.0.1:{self.sentinel.port}/rooms/0"


@pytest.fixture
def guarded(redis_folder: Path) -> Iterator[Guarded]:
    """All three, once the Sentinel knows the replica."""
    with ExitStack() as ending:
        folders = [redis_folder / name for name in ("primary", "replica", "sentinel")]
        for folder in folders:
            folder.mkdir()
        primary = ending.enter_context(redis_running(folders[0]))
        following = ("--replicaof", "127.0.0.1", str(primary.port), "--repl-diskless-sync-delay", "0")
        replica = ending.enter_context(redis_running(folders[1], *following))
        port, settings = free_port(), folders[2] / "sentinel.conf"
        settings.write_text(
            f"port {port}\nbind 127.0.0.1\ndir {folders[2]}\n"
            f"sentinel monitor rooms 127.0.0.1 {primary.port} 1\n"
            "sentinel down-after-milliseconds rooms 400\n"
            "sentinel failover-timeout rooms 3000\n"
        )
        sentinel = ending.enter_context(redis_running(folders[2], str(settings), port=port, is_sentinel=True))
        sentinel.until(lambda told: str(replica.port).encode() in told, "SENTINEL", "replicas", "rooms")
        yield Guarded(primary, replica, sentinel)


async def until_it_answers(store: Store) -> int:
    """Appends as a node does: the same record until it is taken; how often the store was away."""
    refused = 0
    async with asyncio.timeout(75):  # a Sentinel that was held up for 2 s trusts no clock for half a minute (TILT)
        while True:
            try:
                await store.journal("a").append(3, b"three")
                return refused
            except StoreAway:
                refused += 1
                await asyncio.sleep(0.02)  # as a node tries again


@pytest.mark.parametrize("how", ["kill", "pause"])
async def test_a_failover_is_followed(guarded: Guarded, how: str) -> None:
    store = await open_store(guarded.url)
    try:
        await store.directory.register(entry_of("a"), LEASE_MS)
        await store.directory.reserve("AAAAAA", "a", b"checkpoint")
        for sequence in (1, 2):
            await store.journal("a").append(sequence, b"%d" % sequence)
        guarded.primary.until(lambda told: told == b":1\r\n", "WAIT", "1", "500")

        getattr(guarded.primary, how)()

        assert await until_it_answers(store) > 0
        assert b"role:master" in guarded.replica.say("INFO", "replication")
        await store.directory.renew("a", NodeLoad(), LEASE_MS)
        assert [sequence async for sequence, _ in store.journal("a").read("a", 0)] == [1, 2, 3]
        assert await store.journal("a").checkpoint("AAAAAA", b"newer")
        assert await store.directory.claim("AAAAAA", "a", "b") == b"newer"
    finally:
        await store.close()


async def test_a_service_that_no_sentinel_knows(guarded: Guarded) -> None:
    with pytest.raises(StoreAway, match="MasterNotFoundError"):
        await open_store(f"redis+sentinel://127.0.0.1:{guarded.sentinel.port}/other")
