"""Calls to Redis: one primary, one behind Sentinels, or a Redis Cluster. Every failure to answer is a StoreAway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.sentinel import Sentinel
from redis.exceptions import NoScriptError

from tickroom.server.shell.cluster import redis_errors
from tickroom.server.shell.cluster.redis_line import RedisLine
from tickroom.server.shell.cluster.redis_scripts import Script

Argument: TypeAlias = str | bytes | int

# More wait for a place. With the inbox's asks this stays below the 100 connections that redis-py opens to one Redis;
# a takeover claims hundreds of sessions at once, and redis-py would refuse what is too many instead of queueing it.
CALLS_AT_ONCE = 60


class RedisLink:
    """Calls, several at once, each on a connection of a pool.

    A call is asked once and never repeated behind the caller's back: a claim that was done, asked again, would look
    refused. It is answered within ``timeout_s``, connecting included, or raises StoreAway; then it may have been done.
    redis-py's own time-outs are off: each would cost a task for every call, and they would add up.
    """

    def __init__(self, client: Redis | RedisCluster, timeout_s: float, sentinel: Sentinel | None = None) -> None:
        self._client = client
        self._sentinel = sentinel  # the client's pool asks it where the primary is; closed with us
        self._timeout_s = timeout_s
        self._places = asyncio.Semaphore(CALLS_AT_ONCE)
        self._line = None if isinstance(client, RedisCluster) else RedisLine(client.connection_pool, timeout_s)

    @property
    def line(self) -> RedisLine | None:
        """A connection of its own for the calls of every tick; None in a Redis Cluster, where the shard may move."""
        return self._line

    async def call(self, *command: Argument) -> Any:
        """One command."""
        async with self._answered():
            return await self._client.execute_command(*command)

    async def wait_for(self, *command: Argument, at_most_s: float) -> Any:
        """One command that blocks in Redis for so long; its connection is nobody else's meanwhile."""
        async with self._or_away(self._timeout_s + at_most_s):
            return await self._client.execute_command(*command)

    async def call_all(self, commands: Sequence[tuple[Argument, ...]]) -> list[Any]:
        """Several commands in one go, not at once: others' may come between. Their answers in order."""
        async with self._answered():
            answers = await self._send(commands)
            for answer in answers:
                if isinstance(answer, Exception):
                    raise answer
            return answers

    async def _send(self, commands: Sequence[tuple[Argument, ...]]) -> list[Any]:
        if not commands:
            return []
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command)
        # What fails comes as an answer: raised by redis-py, its text would quote the command.
        answers: list[Any] = await pipeline.execute(raise_on_error=False)
        return answers

    async def run(self, script: Script, keys: Sequence[str], *arguments: Argument) -> Any:
        """A script; sent whole when this Redis has not seen it yet, as after a restart or a failover."""
        async with self._answered():
            try:
                return await self._client.execute_command("EVALSHA", script.sha, len(keys), *keys, *arguments)
            except NoScriptError:
                return await self._client.execute_command("EVAL", script.text, len(keys), *keys, *arguments)

    async def call_then_run(
        self, command: tuple[Argument, ...], script: Script, keys: Sequence[str], *arguments: Argument
    ) -> Any:
        """A command and after it a script, in one go; the script's answer."""
        async with self._answered():
            answers = await self._send([command, ("EVALSHA", script.sha, len(keys), *keys, *arguments)])
            for answer in answers:
                if isinstance(answer, NoScriptError):
                    return await self._client.execute_command("EVAL", script.text, len(keys), *keys, *arguments)
                if isinstance(answer, Exception):
                    raise answer
            return answers[1]

    async def call_then_run_all(
        self, command: tuple[Argument, ...], script: Script, calls: Sequence[tuple[str, tuple[Argument, ...]]]
    ) -> list[Any]:
        """A command and after it a script for each key with its arguments, in one go; the script's answers."""
        async with self._answered():
            runs = [("EVALSHA", script.sha, 1, key, *arguments) for key, arguments in calls]
            answers = (await self._send([command, *runs]))[1:]
            for number, answer in enumerate(answers):
                if isinstance(answer, NoScriptError):
                    key, arguments = calls[number]
                    answers[number] = await self._client.execute_command("EVAL", script.text, 1, key, *arguments)
                elif isinstance(answer, Exception):
                    raise answer
            return answers

    async def server_facts(self) -> dict[str, Any]:
        """What INFO says of one node."""
        async with self._answered():
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
        if self._sentinel is not None:
            await self._sentinel.aclose()

    @asynccontextmanager
    async def _answered(self) -> AsyncIterator[None]:
        async with self._or_away(self._timeout_s), self._places:
            yield

    @asynccontextmanager
    async def _or_away(self, timeout_s: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(timeout_s):
                yield
        except redis_errors.ANY as error:
            if redis_errors.takes_no_writes(error) and not isinstance(self._client, RedisCluster):
                await self._client.connection_pool.disconnect(inuse_connections=False)
            if redis_errors.is_away(error):
                raise redis_errors.away(error) from error
            raise
