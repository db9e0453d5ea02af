"""Replies of Redis straight from the socket, one at a time, in place of redis-py's stream once that has been let in.

The stream costs a task's wake-up, a copy and four coroutines for each reply: a third of an append's CPU. And on a full
core an event loop's turn is long: with 1,600 players who all send, what it reads in one turn takes up to 20 ms. So a
call is written to the kernel at once, not at the end of the turn, and ``look`` reads the reply in the middle of one.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from typing import Any

import hiredis
from redis import exceptions

_READ_BYTES = 4096  # at once, in the middle of a turn: a script's reply has some ten


class Replies(asyncio.Protocol):
    """One open connection. ``is_lost``: it is of no use any more."""

    def __init__(self, transport: asyncio.WriteTransport, stream: asyncio.BaseProtocol) -> None:
        self.is_lost = False
        self._transport = transport
        self._stream = stream  # hears of the end: redis-py waits for that when it closes
        self._reader = hiredis.Reader(protocolError=exceptions.InvalidResponse, replyError=_reply_error)
        self._answered: Callable[[Any], None] | None = None
        self._socket = _beneath(transport)

    @property
    def is_busy(self) -> bool:
        """Whether a reply is still to come."""
        return self._answered is not None

    async def ask(self, packed: Sequence[bytes]) -> Any:
        """Send a call, wait for its reply. Who gives up must not ask again: the reply may still come."""
        waiting: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def settle(reply: Any) -> None:
            if not waiting.done():
                waiting.set_result(reply)

        self.begin(packed, settle)
        reply = await waiting
        if isinstance(reply, Exception):
            raise reply
        return reply

    def begin(self, packed: Sequence[bytes], answered: Callable[[Any], None]) -> None:
        """Send a call now. ``answered`` is called once, later, with the reply, or the exception that stands for it."""
        assert not self.is_busy, "one call at a time"
        self._answered = answered
        sent = self._send(packed)
        if sent < sum(map(len, packed)):
            self._transport.write(b"".join(packed)[sent:])

    def _send(self, packed: Sequence[bytes]) -> int:
        """How many bytes the kernel took at once. Before this call nothing waits: the one before it was answered."""
        if self._socket is None:
            return 0
        try:
            return self._socket.sendmsg(packed)
        except OSError:  # full, or at its end: the transport sees to either
            return 0

    def look(self) -> None:
        """Take the reply that is waited for, if it is there already."""
        if self._answered is None or self._socket is None:
            return
        try:
            received = self._socket.recv(_READ_BYTES)
        except OSError:  # nothing is there; or it has ended, which the transport sees as well
            return
        if received:
            self.data_received(received)

    def abort(self) -> None:
        """Give the connection up at once, and whatever is under way."""
        self._transport.abort()
        self._end(exceptions.ConnectionError("the connection was given up"))

    def data_received(self, received: bytes) -> None:
        """A piece of a reply, or all of it."""
        try:
            self._reader.feed(received)
            reply = self._reader.gets()
        except exceptions.InvalidResponse as error:
            self._end(error)
            self._transport.abort()
            return
        if reply is not False:  # hiredis's word for "not whole yet"; no script of ours answers with a boolean
            self._settle(reply)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection has ended, whoever ended it."""
        self._end(exceptions.ConnectionError(f"the connection ended: {error or 'closed by Redis'}"))
        self._stream.connection_lost(error)

    def _end(self, why: Exception) -> None:
        self.is_lost = True
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._settle(why)

    def _settle(self, reply: object) -> None:
        answered, self._answered = self._answered, None
        if answered is not None:
            answered(reply)


def _beneath(transport: asyncio.BaseTransport) -> socket.socket | None:
    """The socket below a transport, as one of our own; None where what passes it is encrypted.

    A copy: the transport closes its own before it says so, and another may have the number by then.
    """
    if transport.get_extra_info("ssl_object") is not None:
        return None
    return socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno()))


def _reply_error(text: str) -> exceptions.ResponseError:
    return exceptions.NoScriptError(text) if text.startswith("NOSCRIPT") else exceptions.ResponseError(text)
