"""One WebSocket to a session, by picows: whole binary messages in and out, and one close at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from picows import (
    WSCloseCode,
    WSError,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
)

from tickroom.protocol.version import SUBPROTOCOL
from tickroom.simulations.errors import ABNORMAL_CLOSURE, CannotConnect, ConnectionClosed

CONNECT_TIMEOUT_S = 10.0


class Link(WSListener):
    """The socket. Callbacks are plain functions, called in the event loop as frames arrive.

    ``on_message(payload)`` for each binary message; ``on_close(reason)`` once, after which nothing more comes.
    """

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.on_message: Callable[[bytes], None] = _ignore_message
        self.on_close: Callable[[ConnectionClosed], None] = _ignore_close
        self._transport: WSTransport | None = None

    @property
    def is_open(self) -> bool:
        """Whether a message may still be sent."""
        return self._transport is not None

    def send(self, payload: bytes) -> bool:
        """Send one binary message; False when the socket is closed already."""
        if self._transport is None:
            return False
        self._transport.send(WSMsgType.BINARY, payload)
        return True

    def close(self) -> None:
        """Start the closing handshake, as a client does that has no more to say."""
        if self._transport is not None:
            self._transport.send_close(WSCloseCode.OK)
            self._transport.disconnect()

    def cut(self) -> None:
        """Break the connection without a word, as a lost network does."""
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def on_ws_connected(self, transport: WSTransport) -> None:  # noqa: D102  (picows' name)
        self._transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: D102
        if frame.msg_type == WSMsgType.BINARY:
            self.on_message(frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            # RFC 6455, 5.5.1: the answer to a close frame carries its code; then the server shuts the connection.
            transport.send_close(frame.get_close_code(), frame.get_close_message())
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: D102
        self._transport = None
        received = getattr(transport.close_handshake, "recv", None)  # no handshake: None, whatever picows' stub says
        if received is None:
            self.on_close(ConnectionClosed(ABNORMAL_CLOSURE, "the connection broke off"))
        else:
            self.on_close(ConnectionClosed(close_number(received.code), received.reason))


async def connect(
    url: str,
    on_message: Callable[[bytes], None],
    on_close: Callable[[ConnectionClosed], None],
    timeout_s: float = CONNECT_TIMEOUT_S,
) -> Link:
    """Open a WebSocket with our subprotocol. Raises CannotConnect."""
    link = Link(url)
    link.on_message, link.on_close = on_message, on_close
    try:
        async with asyncio.timeout(timeout_s):
            transport, _ = await ws_connect(lambda: link, url, extra_headers={"Sec-WebSocket-Protocol": SUBPROTOCOL})
    except asyncio.CancelledError:
        link.cut()  # it may have opened just before
        raise
    except (OSError, WSError, TimeoutError) as error:
        link.cut()
        raise CannotConnect(f"no WebSocket at {url}: {str(error) or 'no answer in time'}") from None
    # None, whatever picows' stub says, where the server was gone before its answer was read.
    response = getattr(transport, "response", None)
    if response is None:
        link.cut()
        raise CannotConnect(f"no WebSocket at {url}: the connection broke off")
    if response.headers.get("Sec-WebSocket-Protocol") != SUBPROTOCOL:
        link.cut()
        raise CannotConnect(f"the server at {url} does not speak {SUBPROTOCOL}")
    return link


def close_number(code: WSCloseCode | int) -> int:
    """The number of a close code; picows has an enum for some of them. No code at all is 1005 (RFC 6455, 7.1.5)."""
    number = code.value if isinstance(code, WSCloseCode) else int(code)
    return number or 1005


def _ignore_message(payload: bytes) -> None:
    del payload


def _ignore_close(closed: ConnectionClosed) -> None:
    del closed
