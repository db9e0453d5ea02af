"""Calls to Redis: one primary, one behind Sentinels, or a Redis Cluster. Every failure to answer is a StoreAway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import NoScriptError

from tickroom.server.shell.cluster import redis_errors
from tickroom.server.shell.cluster.redis_line import RedisLine
from tickroom.server.shell.cluster.redis_scripts import Script

Argument: TypeAlias = str | bytes | int


class RedisLink:
    """Calls, several at once, each on a connection of a pool.

    A call is asked once and never repeated behind the caller's back: a claim that was done, asked again, would look
    refused. It is answered within ``timeout_s``, connecting included, or raises StoreAway; then it may have been done.
    redis-py's own time-outs are off: each would cost a task for every call, and they would add up.
    """

    def __init__(self, client: Redis | RedisCluster, timeout_s: float) -> None:
        self._client = client
        self._timeout_s = timeout_s
        self._line = None if isinstance(client, RedisCluster) else RedisLine(client.connection_pool, timeout_s)

    @property
    def line(self) -> RedisLine | None:
        """A connection of its own for the calls of every tick; None in a Redis Cluster, where the shard may move."""
        return self._line

    async def call(self, *command: Argument, waits_s: float = 0) -> Any:
        """One command. ``waits_s``: how long it may block in Redis."""
        async with self._answered(self._timeout_s + waits_s):
            return await self._client.execute_command(*command)

    async def call_all(self, commands: Sequence[tuple[Argument, ...]]) -> list[Any]:
        """Several commands in one go, not at once: others' may come between. Their answers in order."""
        if not commands:
            return []
        async with self._answered(self._timeout_s):
            pipeline = self._client.pipeline(transaction=False)
            for command in commands:
                pipeline.execute_command(*command)
            # Not raised by redis-py, which would quote the command in the text.
            answers: list[Any] = await pipeline.execute(raise_on_error=False)
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
            return answers

    async def run(self, script: Script, keys: Sequence[str], *arguments: Argument) -> Any:
        """A script; sent whole when this Redis has not seen it yet, as after a restart or a failover."""
        async with self._answered(self._timeout_s):
            try:
                return await self._client.execute_command("EVALSHA", script.sha, len(keys), *keys, *arguments)
            except NoScriptError:
                return await self._client.execute_command("EVAL", script.text, len(keys), *keys, *arguments)

    async def server_facts(self) -> dict[str, Any]:
        """What INFO says of one node."""
        async with self._answered(self._timeout_s):
            if isinstance(self._client, RedisCluster):
                await self._client.initialize()
                facts: dict[str, Any] = await self._client.info(target_nodes=RedisCluster.RANDOM)
            else:
                facts = await self._client.info()
            return facts

    async def close(self) -> None:
        """Close all connections."""
        if self._line is not None:
            await self._line.close()
        await self._client.aclose()

    @asynccontextmanager
    async def _answered(self, timeout_s: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(timeout_s):
                yield
        except redis_errors.ANY as error:
            if redis_errors.takes_no_writes(error) and not isinstance(self._client, RedisCluster):
                await self._client.connection_pool.disconnect(inuse_connections=False)
            if redis_errors.is_away(error):
                raise redis_errors.away(error) from error
            raise
