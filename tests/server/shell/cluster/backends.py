"""Both stores behind one face, so that every promise of the interface is shown of each."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import Any

from redis.asyncio import Redis

from tests.server.shell.cluster.redis_server import RedisServer
from tickroom.server.shell.cluster import keys
from tickroom.server.shell.cluster.connecting import open_store
from tickroom.server.shell.cluster.interface import NodeEntry, Store
from tickroom.server.shell.cluster.memory import MemoryStore

LEASE_MS = 60_000  # a lease that does not run out by itself in a test


def entry_of(incarnation: str, name: str = "") -> NodeEntry:
    """How a node with this incarnation describes itself."""
    return NodeEntry(incarnation, name or f"node-{incarnation}", f"ws://127.0.0.1/{incarnation}", "1", 1, {"toy": 7})


class Backend(ABC):
    """A store that nodes share, and what may befall it."""

    @abstractmethod
    async def store(self) -> Store:
        """For one more node."""

    @abstractmethod
    async def lapse(self, incarnation: str) -> None:
        """Let its lease run out."""

    @abstractmethod
    async def pass_ms(self, ms: int) -> None:
        """Let so much time go by on the store's clock."""

    @abstractmethod
    async def lose_records(self, incarnation: str, after: int) -> None:
        """Lose the newest records, with all that says that they were there."""

    @abstractmethod
    async def clear(self) -> None:
        """Lose everything."""

    @abstractmethod
    def go_away(self) -> None:
        """Answer nobody."""

    @abstractmethod
    def come_back(self) -> None:
        """Answer again, with all that was there."""

    @abstractmethod
    async def close(self) -> None:
        """Close all stores that were given out."""


class MemoryBackend(Backend):
    """`MemoryStore` with a clock that stands still."""

    def __init__(self) -> None:
        self._now_ns = 1
        self._shared = MemoryStore(lambda: self._now_ns)

    async def store(self) -> Store:
        return self._shared.store()

    async def lapse(self, incarnation: str) -> None:
        self._shared.lapse(incarnation)

    async def pass_ms(self, ms: int) -> None:
        self._now_ns += ms * 1_000_000

    async def lose_records(self, incarnation: str, after: int) -> None:
        self._shared.lose_records(incarnation, after)

    async def clear(self) -> None:
        self._shared.clear()

    def go_away(self) -> None:
        self._shared.is_away = True

    def come_back(self) -> None:
        self._shared.is_away = False

    async def close(self) -> None:
        return


class RedisBackend(Backend):
    """A real redis-server."""

    def __init__(self, server: RedisServer, url: str = "") -> None:
        self._server = server
        self._url = url or server.url
        self._stores: list[Store] = []
        self.plain = Redis(port=server.port)

    async def store(self) -> Store:
        store = await open_store(self._url)
        self._stores.append(store)
        return store

    async def command(self, *words: str | bytes | int) -> Any:
        """Any command, on a connection beside the stores'."""
        return await self.plain.execute_command(*words)  # type: ignore[no-untyped-call]

    async def lapse(self, incarnation: str) -> None:
        await self.plain.pexpire(keys.lease(incarnation), 0)
        await self.plain.zadd(keys.DUE, {incarnation: 1})

    async def pass_ms(self, ms: int) -> None:
        await asyncio.sleep(ms / 1000)  # Redis's clock is the machine's; what is tested here is that it runs out

    async def lose_records(self, incarnation: str, after: int) -> None:
        journal = keys.journal(incarnation)
        lost = await self.command("XRANGE", journal, f"{after + 1}-0", "+")
        await self.command("XDEL", journal, *(record_id for record_id, _ in lost))
        await self.command("XSETID", journal, f"{after}-0")
        await self.command("HSET", keys.lease(incarnation), "seq", after)

    async def clear(self) -> None:
        await self.plain.flushall()
        await self.plain.script_flush()

    def go_away(self) -> None:
        self._server.pause()

    def come_back(self) -> None:
        self._server.resume()

    async def close(self) -> None:
        for store in self._stores:
            await store.close()
        await self.plain.flushall()
        await self.plain.aclose()
