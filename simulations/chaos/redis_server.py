"""The store of the cluster under test: a redis-server that keeps its data on disk, and can lose them."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import redis.asyncio
from redis.exceptions import RedisError

from tickroom.server.shell.cluster.redis_program import RedisServerMissing, find_redis_server
from tickroom.simulations.chaos.child import START_TIMEOUT_S, Child, start_child
from tickroom.simulations.chaos.parameters import ChaosFailed


class RedisServer:
    """A redis-server on a port of its own, in a folder of its own. Every write is in its file before it is answered."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.url = f"redis://127.0.0.1:{port}"
        self._data = folder / "redis"
        self._log = folder / "redis.log"
        self._child: Child | None = None

    async def start(self) -> None:
        """Start it, with whatever data lie there. Raises ChaosFailed."""
        try:
            program = find_redis_server()
        except RedisServerMissing as error:
            raise ChaosFailed(str(error)) from None
        self._data.mkdir(parents=True, exist_ok=True)
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._data), "--save", ""]
        self._child = await start_child([str(program), *options, "--appendonly", "yes"], self._log)
        client = redis.asyncio.Redis.from_url(self.url, retry=None)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while not await _answers(client):  # noqa: ASYNC110 - it tells nobody that it listens
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise ChaosFailed(f"the redis-server did not start: {self._child.last_words()}") from None
        finally:
            await client.aclose()

    async def kill(self) -> None:
        """As a machine's out-of-memory killer does."""
        if self._child is not None:
            await self._child.end()
            self._child = None

    def lose_data(self) -> None:
        """While it is down: it comes back with nothing."""
        shutil.rmtree(self._data, ignore_errors=True)


async def _answers(client: redis.asyncio.Redis) -> bool:
    try:
        await client.ping()
    except (RedisError, OSError):
        return False
    return True
