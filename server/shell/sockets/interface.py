"""What the gateway gives (:class:`Receiver`) and what it gets (:class:`Socket`), the same on both paths.

Everything here runs on the event loop's thread. No call of either side blocks, and none is a coroutine but
:meth:`Socket.wait_closed`.
"""

from collections.abc import Callable
from typing import Final, Protocol, runtime_checkable

from tickroom.server.shell.sockets.frame import Frame

FRAMES_EXTENSION: Final = "tickroom.frames"
"""Key in ``scope["extensions"]`` under which :class:`FrameExtension` is offered."""


DirectWrite = Callable[[int, bytearray, int], object]


class Receiver(Protocol):
    """Hears what happens on one socket.

    An exception from any of these calls is our fault, not the peer's: it is logged with its traceback and the peer gets
    Close 1011 (RFC 6455 7.4.1).
    """

    def message_received(self, data: bytes) -> None:
        """One whole binary message; fragments are joined, at most ``max_message_bytes`` long, possibly empty."""

    def text_received(self) -> None:
        """A text message came (valid UTF-8; anything else ends the connection with 1007). Its content is not kept."""

    def stalled(self) -> None:
        """``writable`` has become False, on a socket that goes on. May be called from within a write."""

    def drained(self) -> None:
        """Everything written has left the process: ``writable`` is True again."""

    def closed(self, code: int, reason: str) -> None:
        """The socket is over; called exactly once, and nothing is called after it.

        ``code`` is the first of: the code this side closed with (its own :meth:`Socket.close`, or 1002, 1007, 1008,
        1009 when the peer broke the protocol or a limit); the code of the peer's Close frame, 1005 for one without a
        code; 1006 when the TCP connection was lost or went silent. It comes as soon as the outcome is known, so the TCP
        connection may still linger for a moment: see :meth:`Socket.wait_closed`.
        """


class Socket(Protocol):
    """One accepted WebSocket.

    Memory: inbound is bounded by ``max_message_bytes`` and :meth:`pause_reading`. Outbound is bounded **only if the
    caller honours** ``writable``: on the fast path a write while it is False is queued without limit. (The plain path
    closes a peer with 1008 when its own bounded queue is full.) Pongs never add up: see :mod:`.fast_socket`.
    """

    @property
    def writable(self) -> bool:
        """Whether the peer keeps up.

        Fast path: False from the first byte that the kernel refuses until every byte has left the process. Plain path:
        the kernel cannot be seen through ASGI, so False from the eighth waiting message until none waits. False for
        good once the socket closes.
        """

    def buffered_bytes(self) -> int:
        """Bytes written that have not left the process (kernel buffers not counted). 0 when closed."""

    @property
    def direct_write(self) -> DirectWrite | None:
        """The shortest way for one prebuilt frame: ``(BINARY, frame.buffer, HEADROOM_BYTES)``; None if there is none.

        For callers that write to very many sockets. It may be called only while ``writable``: not after ``stalled`` or
        ``closed`` was heard, nor after ``close``.
        """

    def write(self, frame: Frame) -> None:
        """Write prebuilt message(s), whole and in order. Never blocks; never raises for a dead or closing peer."""

    def close(self, code: int, reason: str = "") -> None:
        """Start the closing handshake (RFC 6455 7.1.2), wait a few seconds for the peer's Close, then drop TCP.

        Idempotent: the first call decides. What was written before leaves before the Close frame. Text in ``reason``
        beyond 123 bytes of UTF-8 is cut off (RFC 6455 5.5: a control frame carries at most 125 bytes).

        Raises:
            ValueError: a code that no endpoint may send (RFC 6455 7.4): our fault.
        """

    def pause_reading(self) -> None:
        """Take no more from the kernel. What is already parsed, at most one read buffer, may still be delivered."""

    def resume_reading(self) -> None:
        """Undo :meth:`pause_reading`."""

    async def wait_closed(self) -> None:
        """Return when the connection is gone. The ASGI route returns after it, not before."""


@runtime_checkable
class FrameExtension(Protocol):
    """The ASGI extension ``tickroom.frames``: deliver frames to this callback, write this prebuilt frame."""

    def deliver_to(self, receiver: Receiver, *, max_message_bytes: int) -> None:
        """Ask, before ``websocket.accept``, that the accepted socket is handed over to ``receiver``."""

    def write(self, frame: Frame) -> None:
        """Write a prebuilt frame to the accepted socket; the same as ``opened().write``."""

    def opened(self) -> Socket:
        """The socket, after ``websocket.accept``.

        Raises:
            RuntimeError: not accepted yet: our fault.
        """
