"""The plain path: a :class:`~.interface.Socket` on nothing but ASGI ``receive`` and ``send``.

One task reads, one writes a bounded queue. It serves any ASGI server and Starlette's TestClient; frames, pings and the
closing handshake are the server's.
"""

import asyncio
import functools
import logging
from collections import deque
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from tickroom.server.shell.sockets import limits, rfc6455
from tickroom.server.shell.sockets.frame import Frame
from tickroom.server.shell.sockets.interface import DirectWrite, Receiver

logger = logging.getLogger(__name__)


class PlainSocket:
    """An accepted WebSocket behind ASGI."""

    def __init__(self, websocket: WebSocket, receiver: Receiver, *, max_message_bytes: int) -> None:
        self.writable = True
        self._websocket = websocket
        self._receiver = receiver
        self._max_message_bytes = max_message_bytes
        self._open = True
        self._close_with: tuple[int, str] | None = None
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._queue_filled = asyncio.Event()
        self._reading = asyncio.Event()
        self._reading.set()
        self._ended = asyncio.Event()
        self._deadline: asyncio.TimerHandle | None = None
        self._tasks = (asyncio.create_task(self._read()), asyncio.create_task(self._write_queued()))

    # ---- Socket

    @property
    def direct_write(self) -> DirectWrite | None:
        """None: every message takes its turn in the queue."""
        return None

    def write(self, frame: Frame) -> None:
        """See :meth:`~.interface.Socket.write`. A peer whose queue is full is closed with 1008."""
        if not self._open:
            return
        if len(self._queue) + len(frame.payloads) > limits.PLAIN_QUEUE_MESSAGES:
            self._queue.clear()
            self._queued_bytes = 0
            self.close(rfc6455.POLICY_VIOLATION, "too slow")
            return
        self._queued_bytes += frame.payload_bytes
        self._queue.extend(frame.payloads)
        self._queue_filled.set()
        if self.writable and len(self._queue) >= limits.PLAIN_WRITABLE_MESSAGES:
            self.writable = False
            self._receiver.stalled()

    def buffered_bytes(self) -> int:
        """See :meth:`~.interface.Socket.buffered_bytes`; what the server itself holds cannot be seen."""
        return self._queued_bytes

    def close(self, code: int, reason: str = "") -> None:
        """See :meth:`~.interface.Socket.close`."""
        if not rfc6455.may_be_sent(code):
            raise ValueError(f"close code {code} may not be sent")
        if self._open:
            self._open = self.writable = False
            self._close_with = (code, rfc6455.cut_reason(reason))
            self._queue_filled.set()
            # For a peer that does not read: the writer may hang in send.
            self._deadline = asyncio.get_running_loop().call_later(limits.CLOSE_DEADLINE_S, self._end, None)

    def pause_reading(self) -> None:
        """See :meth:`~.interface.Socket.pause_reading`."""
        self._reading.clear()

    def resume_reading(self) -> None:
        """See :meth:`~.interface.Socket.resume_reading`."""
        self._reading.set()

    async def wait_closed(self) -> None:
        """See :meth:`~.interface.Socket.wait_closed`."""
        try:
            await self._ended.wait()
        finally:
            # The route was cancelled: nothing may run on behind it.
            self._end(None)

    # ---- the two tasks

    async def _read(self) -> None:
        while True:
            await self._reading.wait()
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                self._end(_disconnection(message.get("code"), message.get("reason")))
                return
            if not self._open:
                continue
            data, text = message.get("bytes"), message.get("text")
            size = len(data) if data is not None else len((text or "").encode())
            if size > self._max_message_bytes:
                self.close(rfc6455.TOO_BIG, f"message of more than {self._max_message_bytes} bytes")
                continue
            if data is None:
                self._tell(self._receiver.text_received)
            else:
                self._tell(functools.partial(self._receiver.message_received, data))

    async def _write_queued(self) -> None:
        try:
            while True:
                while self._queue:
                    payload = self._queue.popleft()
                    await self._websocket.send_bytes(payload)
                    self._queued_bytes = max(0, self._queued_bytes - len(payload))
                if self._close_with is not None:
                    code, reason = self._close_with
                    await self._websocket.close(code, reason)
                    self._end(self._close_with)
                    return
                if self._open and not self.writable:
                    self.writable = True
                    self._tell(self._receiver.drained)
                if not self._queue:
                    self._queue_filled.clear()
                    await self._queue_filled.wait()
        except (WebSocketDisconnect, OSError, RuntimeError) as gone:
            # The peer has left (servers differ in how they say so). The reader is told why, and ends the socket; the
            # deadline is for a server that never tells it.
            logger.debug("write to a peer that has left: %r", gone)
            self._open = self.writable = False
            if self._deadline is None:
                self._deadline = asyncio.get_running_loop().call_later(limits.CLOSE_DEADLINE_S, self._end, None)

    def _tell(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:  # ours: it ends this socket with a code that says so, and not by an accident of ASGI
            logger.exception("receiver failed")
            self.close(rfc6455.INTERNAL_ERROR)

    def _end(self, outcome: tuple[int, str] | None) -> None:
        if self._ended.is_set():
            return
        self._open = self.writable = False
        self._queue.clear()
        self._queued_bytes = 0
        if self._deadline is not None:
            self._deadline.cancel()
        current = asyncio.current_task()
        for task in self._tasks:
            if task is not current:
                task.cancel()
        self._ended.set()
        code, reason = self._close_with or outcome or (rfc6455.LOST, "")
        try:
            self._receiver.closed(code, reason)
        except Exception:  # ours: the socket has ended all the same
            logger.exception("receiver failed on the end of its socket")


def _disconnection(code: int | None, reason: str | None) -> tuple[int, str]:
    """Code and reason of ``websocket.disconnect``.

    uvicorn says 1005 for a lost connection too, where RFC 6455 7.1.5 has 1006. It gives itself away: a ``reason`` comes
    with a Close frame alone.
    """
    if code is None or (code == rfc6455.NO_CODE and reason is None):
        return rfc6455.LOST, ""
    return code, reason or ""
