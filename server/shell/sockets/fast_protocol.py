"""The WebSocket protocol class for uvicorn (``uvicorn.Config(ws=FastProtocol)``).

The opening handshake and the ASGI contract stay with uvicorn's own class on ``websockets``: the route authenticates,
accepts, or answers with a denial response. What is added: the checks of RFC 6455 4.2 that the two leave out, and the
extension ``tickroom.frames``, through which an application takes the accepted socket out of ASGI.
"""

import asyncio
from http import HTTPStatus
from typing import Any, Final, cast

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.http11 import Request, Response

from tickroom.server.shell.sockets import limits, rfc6455
from tickroom.server.shell.sockets.deadlines import Deadlines
from tickroom.server.shell.sockets.fast_socket import FastSocket
from tickroom.server.shell.sockets.frame import Frame
from tickroom.server.shell.sockets.interface import FRAMES_EXTENSION, Receiver, Socket

_DEADLINES_ATTRIBUTE: Final = "tickroom_deadlines"


class FastProtocol(WebSocketsSansIOProtocol):
    """One connection, from the upgrade request on. Offers :class:`~.interface.FrameExtension` in its scope.

    Obeyed of uvicorn's settings: ``ws_max_size`` (an upper bound besides the application's), ``ws_ping_interval`` and
    ``ws_ping_timeout``. ``ws_per_message_deflate`` is not: compressed messages would need the reserved bits.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn.available_extensions = None
        self._server_state = server_state
        self._http_version = "1.1"
        self._early = bytearray()
        self._receiver: Receiver | None = None
        self._max_message_bytes = limits.MAX_MESSAGE_BYTES
        self._socket: FastSocket | None = None

    # ---- FrameExtension: what the application calls

    def deliver_to(self, receiver: Receiver, *, max_message_bytes: int) -> None:
        """See :meth:`~.interface.FrameExtension.deliver_to`."""
        if self.initial_response is not None or (self.handshake_complete and not self.disconnected):
            raise RuntimeError("to be asked for before websocket.accept")
        self._receiver = receiver
        self._max_message_bytes = min(max_message_bytes, self.config.ws_max_size)

    def write(self, frame: Frame) -> None:
        """See :meth:`~.interface.FrameExtension.write`."""
        if self._socket is not None:
            self._socket.write(frame)

    def opened(self) -> Socket:
        """See :meth:`~.interface.FrameExtension.opened`."""
        if self._socket is None:
            raise RuntimeError("not accepted")
        return self._socket

    # ---- the opening handshake

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Learn the request's HTTP version from uvicorn's HTTP protocol, which still owns the transport here.

        It passes every request on as HTTP/1.1.
        """
        super().connection_made(transport)
        scope = getattr(self.transport.get_protocol(), "scope", None)
        if scope is not None:
            self._http_version = scope.get("http_version", "1.1")

    def data_received(self, data: bytes) -> None:
        """Keep what comes between the request and the application's answer; picows may have to read it."""
        if self.handshake_initiated and not self.handshake_complete:
            self._early += data
            if len(self._early) > limits.EARLY_BYTES:
                self.transport.pause_reading()
        else:
            super().data_received(data)

    def handle_connect(self, event: Request) -> None:
        """Refuse what ``websockets`` judges otherwise than the RFC; else offer the extension."""
        refusal = self._refusal(event)
        if refusal is not None:
            self.handshake_initiated = self.handshake_complete = self.close_sent = True
            self.conn.send_response(refusal)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()
            return
        super().handle_connect(event)
        if not self.handshake_complete:
            cast(dict[str, object], self.scope["extensions"])[FRAMES_EXTENSION] = self

    def _refusal(self, request: Request) -> Response | None:
        if self._http_version != "1.1":
            # 4.2.1, 1: "An HTTP/1.1 or higher GET request".
            return self.conn.reject(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "WebSocket needs HTTP/1.1.\n")
        if len(request.headers.get_all("Host")) != 1:
            # 4.2.1, 2: "A |Host| header field"; RFC 9112 3.2 wants 400 for none and for several.
            return self.conn.reject(HTTPStatus.BAD_REQUEST, "One Host header is needed.\n")
        versions = request.headers.get_all("Sec-WebSocket-Version")
        if len(versions) == 1 and versions[0] != "13" and request.method == "GET":
            # 4.2.2, /version/: an error such as 426, with the versions that the server understands.
            response = self.conn.reject(HTTPStatus.UPGRADE_REQUIRED, "Only version 13 is spoken here.\n")
            response.headers["Sec-WebSocket-Version"] = "13"
            response.headers["Upgrade"] = "websocket"
            del response.headers["Connection"]
            response.headers["Connection"] = "Upgrade, close"  # RFC 9110 7.8: Upgrade is to be listed in Connection
            return response
        return None

    # ---- the ASGI side

    async def run_asgi(self) -> None:
        """Run the route; when it ends, the socket that it took ends properly as well."""
        route = self.app

        async def ended_properly(scope: Any, receive: Any, send: Any) -> None:
            try:
                await route(scope, receive, send)
            except BaseException:  # cancelled, too: the socket is not uvicorn's any more, so nobody else closes it
                if self._socket is not None:
                    self._socket.close(rfc6455.INTERNAL_ERROR)
                raise
            if self._socket is not None:
                self._socket.close(1000)
                await self._socket.wait_closed()

        self.app = ended_properly
        await super().run_asgi()

    async def send(self, message: ASGISendEvent) -> None:
        """ASGI ``send``. After a handover nothing is left to send through it."""
        if self._socket is not None:
            raise RuntimeError(f"{message['type']} after the socket was handed over; use Socket.write and Socket.close")
        await super().send(message)
        if message["type"] == "websocket.accept":
            if not self.handshake_complete:
                # The transport is closing already and uvicorn wrote nothing, but it would have the route go on.
                raise ClientDisconnected
            self._accepted()
        elif message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            # uvicorn forgets this, and logs an error for every denial response.
            self.handshake_complete = True

    def start_keepalive(self) -> None:
        """Leave out uvicorn's two timers a connection; a handed-over socket shares one with all others."""
        if self._receiver is None:
            super().start_keepalive()

    def _accepted(self) -> None:
        early = bytes(self._early)
        self._early.clear()
        if self._receiver is None:
            if early:
                super().data_received(early)
            if not self.read_paused:
                self.transport.resume_reading()
            return
        self._socket = FastSocket(
            self.transport,
            self._receiver,
            _deadlines_of(self._server_state, self.loop),
            max_message_bytes=self._max_message_bytes,
            ping_interval_s=self.config.ws_ping_interval,
            ping_timeout_s=self.config.ws_ping_timeout,
            gone=self._gone,
        )
        # Nothing of the opening handshake is needed any more; it is the larger part of a connection's memory.
        del self.conn, self.request, self.response
        if early:
            # Not from within the application's own call of accept: it has no socket yet to answer on.
            self.transport.pause_reading()
            self.loop.call_soon(self._feed, self._socket, early)
        else:
            self.transport.resume_reading()

    def _feed(self, socket: FastSocket, early: bytes) -> None:
        socket.feed(early)
        if socket.reading:
            self.transport.resume_reading()

    # ---- the end

    def _gone(self) -> None:
        super().connection_lost(None)
        del self.scope["extensions"]

    def shutdown(self) -> None:
        """The server goes down: Close 1012, and a short wait for the peer's."""
        if self._socket is not None:
            self._socket.shut_down()
        else:
            super().shutdown()


def _deadlines_of(server_state: ServerState, loop: asyncio.AbstractEventLoop) -> Deadlines:
    """The timer of one server, kept where uvicorn keeps what its connections share."""
    deadlines = getattr(server_state, _DEADLINES_ATTRIBUTE, None)
    if deadlines is None:
        deadlines = Deadlines(loop)
        setattr(server_state, _DEADLINES_ATTRIBUTE, deadlines)
    return cast(Deadlines, deadlines)
