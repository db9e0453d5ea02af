"""One connection of its own for what is asked in every tick: no pool, no stream, and the command is packed ready.

Measured against calls through the pool: tests/server/shell/cluster/test_append_cost.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from redis import exceptions
from redis.asyncio.connection import AbstractConnection, ConnectionPool

from tickroom.server.shell.cluster import redis_errors
from tickroom.server.shell.cluster.redis_replies import Replies
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
        # Of the pool's kind (TLS, login, Sentinels), but never one that it hands out.
        self._connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
        self._replies: Replies | None = None
        self._timeout_s = timeout_s
        self._turn = asyncio.Lock()

    def begin(self, call: PackedScript, *arguments: bytes, answered: Callable[[Any], None]) -> bool:
        """Send such a call if that can be done without waiting: connected, and nothing under way; whether it was.

        ``answered`` is called once, later, with the reply, or the exception that stands for it.
        """
        replies = self._replies
        if replies is None or replies.is_lost or replies.is_busy or self._turn.locked():
            return False
        is_over = False

        def settle(reply: Any) -> None:
            nonlocal is_over
            is_over = True
            limit.cancel()
            answered(reply)

        def give_up() -> None:
            replies.look()  # a process that stood still may find its limit before the reply that is there
            if not is_over:
                replies.abort()

        limit = asyncio.get_running_loop().call_later(self._timeout_s, give_up)
        try:
            replies.begin(call.pack(*arguments), settle)
        except Exception:
            replies.abort()  # how much of it was sent, nobody knows
            raise
        return True

    def look(self) -> None:
        """Take a reply that is there already."""
        if self._replies is not None:
            self._replies.look()

    async def run(self, call: PackedScript, *arguments: bytes) -> Any:
        """Run a script that changes nothing when it is asked twice: it is, when the connection turns out to be stale.

        Raises StoreAway.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(self._timeout_s):
                    return await self._run(call, call.pack(*arguments))
            except redis_errors.ANY as error:
                if redis_errors.takes_no_writes(error) or not isinstance(error, exceptions.ResponseError):
                    await self._drop()
                if redis_errors.is_away(error):
                    raise redis_errors.away(error) from error
                raise
            except asyncio.CancelledError:
                await self._drop()  # its reply must not be taken for the next call's
                raise

    async def _run(self, call: PackedScript, packed: list[bytes]) -> Any:
        was_open = self._replies is not None and not self._replies.is_lost
        replies = await self._open()
        try:
            return await replies.ask(packed)
        except exceptions.NoScriptError:
            await replies.ask(_bulk_strings(b"SCRIPT", b"LOAD", call.script.text.encode()))
            return await replies.ask(packed)
        except exceptions.ConnectionError:
            if not was_open:
                raise
            return await self._run(call, packed)  # Redis was restarted, or closed what was idle; not open any more

    async def _open(self) -> Replies:
        if self._replies is not None:
            if not self._replies.is_lost and not self._replies.is_busy:
                return self._replies
            await self._drop()  # busy: for somebody who has gone, and whose reply would be taken for ours
        await self._connection.connect()  # type: ignore[no-untyped-call]
        writer = self._connection._writer  # redis-py has no public word for it
        assert writer is not None
        self._replies = Replies(writer.transport, writer.transport.get_protocol())
        writer.transport.set_protocol(self._replies)
        return self._replies

    async def _drop(self) -> None:
        if self._replies is not None:
            self._replies.abort()  # not closed: a Redis that hangs would keep what is unsent, and the socket with it
        self._replies = None
        await self._connection.disconnect(nowait=True)

    async def close(self) -> None:
        """Close the connection. The next call would open it again."""
        if self._replies is not None and self._replies.is_busy:
            self._replies.abort()  # a Redis that hangs would keep us waiting for what is unsent
        self._replies = None
        await self._connection.disconnect()
