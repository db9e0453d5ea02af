"""One connection of its own for what is asked in every tick: nothing is handed out, and the command is packed ready.

Measured against calls through the pool: tests/server/shell/cluster/test_append_cost.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from redis import exceptions
from redis.asyncio.connection import AbstractConnection, ConnectionPool

from tickroom.server.shell.cluster import redis_errors
from tickroom.server.shell.cluster.redis_scripts import Script


def _bulk_strings(*parts: bytes) -> list[bytes]:
    """RESP, "Sending commands to a Redis server": an array of bulk strings, each with its length before it."""
    return [b"*%d\r\n" % len(parts), *(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)]


class PackedScript:
    """A script's call with all that stays the same packed once."""

    def __init__(self, script: Script, keys: Sequence[str], argument_count: int) -> None:
        self.script = script
        head = [b"EVALSHA", script.sha.encode(), b"%d" % len(keys), *(key.encode() for key in keys)]
        _, *packed = _bulk_strings(*head)
        self._head = b"".join([b"*%d\r\n" % (len(head) + argument_count), *packed])

    def pack(self, *arguments: bytes) -> list[bytes]:
        """The whole call, in pieces; a piece is never copied but by the socket's writer."""
        packed = [self._head]
        for argument in arguments:
            packed += (b"$%d\r\n" % len(argument), argument, b"\r\n")
        return packed


class RedisLine:
    """Calls one after the other, each answered within ``timeout_s`` or StoreAway; it connects again by itself."""

    def __init__(self, pool: ConnectionPool, timeout_s: float) -> None:
        # Of the pool's kind (TLS, Sentinels), but never one that it hands out.
        self._connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()

    async def run(self, call: PackedScript, *arguments: bytes) -> Any:
        """Run a script that changes nothing when it is asked twice: it is, when the connection turns out to be stale.

        Raises StoreAway.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await self._run(call, call.pack(*arguments))
            except redis_errors.ANY as error:
                if redis_errors.takes_no_writes(error):
                    await self._connection.disconnect(nowait=True)
                if redis_errors.is_away(error):
                    raise redis_errors.away(error) from error
                raise

    async def _run(self, call: PackedScript, packed: list[bytes]) -> Any:
        was_open = self._connection.is_connected
        try:
            return await self._exchange(packed)
        except exceptions.NoScriptError:
            await self._exchange(_bulk_strings(b"SCRIPT", b"LOAD", call.script.text.encode()))
            return await self._exchange(packed)
        except exceptions.ConnectionError:
            if not was_open:
                raise
            return await self._run(call, packed)  # Redis was restarted, or closed what was idle; not open any more

    async def _exchange(self, packed: list[bytes]) -> Any:
        connection = self._connection
        if not connection.is_connected:
            await connection.connect()  # type: ignore[no-untyped-call]
        await connection.send_packed_command(packed, check_health=False)
        return await connection.read_response()

    async def close(self) -> None:
        """Close the connection. The next call would open it again."""
        await self._connection.disconnect()
