"""Put a picows parser onto a transport whose opening handshake is already done.

picows (2.3.1) reads and unmasks frames in C, straight into its own buffer; but it wants to do the handshake as well,
and its own refuses ``Connection: keep-alive, Upgrade`` (Firefox) and accepts versions 7 and 8. So the handshake stays
with uvicorn's ``websockets`` class, and picows is fed a canonical request here, whose answer goes nowhere.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Final, Protocol, cast

from picows import WSAutoPingStrategy, WSListener
from picows import picows as _picows

logger = logging.getLogger(__name__)

_CANONICAL_REQUEST: Final = (
    b"GET / HTTP/1.1\r\nHost: -\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)

_READ_BUFFER_BYTES: Final = 2048
"""The least picows takes. It doubles when a frame needs more, so that one of 4 KiB costs 8."""


class Parser(Protocol):
    """The part of picows' ``WSProtocol`` that is used here; it is not in picows' type stub."""

    def connection_made(self, transport: object) -> None:
        """Take a transport."""

    def get_buffer(self, size_hint: int) -> memoryview:
        """Room for the next bytes."""

    def buffer_updated(self, nbytes: int) -> None:
        """Read what was put into the room."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The transport is closed; tells the listener."""


class _Facade:
    """The transport as picows sees it: everything real, but the 101 is swallowed and ``close`` is not its business.

    picows looks ``write`` up once for frames (at ``connection_made``) and once more for the handshake response, so that
    replacing the attribute in between catches the response alone.
    """

    __slots__ = ("get_extra_info", "get_write_buffer_size", "write", "writelines")

    def __init__(self, transport: asyncio.Transport) -> None:
        self.get_extra_info = transport.get_extra_info
        self.get_write_buffer_size = transport.get_write_buffer_size
        self.writelines = transport.writelines
        self.write: Callable[[bytes], None] = transport.write

    def swallow(self, response: bytes) -> None:
        """Drop the 101: the peer has had its own."""

    def close(self) -> None:
        """Do nothing: picows closes 10 ms after a protocol error; the listener lingers instead (RFC 6455 7.1.1)."""

    def abort(self) -> None:
        """Never called on the server side without automatic pings; the listener owns the end of the connection."""


class _ParserLog:
    """A logger as far as picows knows, that turns its error lines into what they mean.

    * picows tells of a protocol error by ``error("WS parser error ...", (code, text))``, *before* it sends its own
      Close. That is the one moment to answer a Close frame that came just before the garbage, and the peer's bad bytes
      are no error of ours: debug level, no traceback.
    * picows makes a child logger for each connection of a real ``logging.Logger``; of this object it does not.
    """

    __slots__ = ("_peer_failed",)

    def __init__(self, peer_failed: Callable[[int, str], None]) -> None:
        self._peer_failed = peer_failed

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 - the name in the standard library
        # False for debug: picows then formats no line for each read.
        return level > logging.DEBUG

    def log(self, level: int, message: str, *args: object) -> None:
        pass

    def debug(self, message: str, *args: object) -> None:
        pass

    info = debug
    warning = debug

    def error(self, message: str, *args: object) -> None:
        match args:
            case ((int(code), str(text)),):
                self._peer_failed(int(code), text)
            case _:
                logger.error(message, *args)

    def exception(self, message: str, *args: object) -> None:
        # Not a peer's fault: a defect in picows or in the listener.
        logger.exception(message, *args)


def attach_parser(
    transport: asyncio.Transport, listener: WSListener, *, max_frame_bytes: int, peer_failed: Callable[[int, str], None]
) -> Parser:
    """A parser that writes to ``transport`` and delivers frames to ``listener``; who reads must ``feed`` it.

    ``listener.on_ws_connected`` has been called when this returns. ``peer_failed(code, text)`` is called within picows'
    read callback on a malformed frame or one longer than ``max_frame_bytes``.
    """
    make: Any = cast(Any, _picows).WSProtocol
    parser = cast(
        Parser,
        make(
            None,  # host and port: of a client
            None,  # path: of a client
            False,  # is_client_side
            lambda _request: listener,
            _ParserLog(peer_failed),
            True,  # disconnect_on_exception
            None,  # websocket_handshake_timeout: no timer, the handshake is over below
            False,  # enable_auto_ping: a task a connection; Deadlines does it with one timer for all
            20,
            20,
            WSAutoPingStrategy.PING_WHEN_IDLE,
            False,  # enable_auto_pong: it would queue a pong for each ping of a peer that does not read
            max_frame_bytes,
            None,  # extra_headers: of a client
            _READ_BUFFER_BYTES,
        ),
    )
    facade = _Facade(transport)
    parser.connection_made(facade)
    facade.write = facade.swallow
    feed(parser, memoryview(_CANONICAL_REQUEST))
    return parser


def feed(parser: Parser, received: memoryview) -> int:
    """Give the parser as many of the bytes as it has room for; returns how many."""
    room = parser.get_buffer(-1)
    piece = received[: len(room)]
    room[: len(piece)] = piece
    parser.buffer_updated(len(piece))
    return len(piece)
