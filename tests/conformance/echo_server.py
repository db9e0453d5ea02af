"""A real uvicorn server in a thread, with an application whose receivers echo and record what they hear."""

import asyncio
import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from tickroom.server.shell.sockets import FastProtocol, Socket, build_frame, open_socket

from .raw_client import RawClient

WAIT_S = 5.0
MAX_MESSAGE_BYTES = 70_000
"""Over 65,536, so that the 64-bit length form is legal on this server; ``/small`` has the shipped default."""


@dataclass
class Peer:
    """The receiver of one connection; tests read ``events`` from their own thread."""

    websocket: WebSocket
    echo: bool = True
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    events: "queue.Queue[tuple[Any, ...]]" = field(default_factory=queue.Queue)
    socket: Socket | None = None

    def message_received(self, data: bytes) -> None:
        if data == b"raise":
            raise ZeroDivisionError("on purpose")
        self.events.put(("message", data))
        if self.echo:
            assert self.socket is not None
            self.socket.write(build_frame(data))

    def text_received(self) -> None:
        self.events.put(("text",))

    def stalled(self) -> None:
        pass

    def drained(self) -> None:
        assert self.socket is not None
        self.events.put(("drained", self.socket.writable, self.socket.buffered_bytes()))

    def closed(self, code: int, reason: str) -> None:
        self.events.put(("closed", code, reason))

    def heard(self) -> tuple[Any, ...]:
        """The next event; fails after a while."""
        return self.events.get(timeout=WAIT_S)

    def call(self, function: Any, *args: Any) -> Any:
        """Run ``function(socket, *args)`` on the server's thread and give its result."""
        outcome: queue.Queue[Any] = queue.Queue()

        def run() -> None:
            try:
                outcome.put((True, function(self.socket, *args)))
            except Exception as error:  # noqa: BLE001 - raised again in the test's thread
                outcome.put((False, error))

        self.loop.call_soon_threadsafe(run)
        fine, result = outcome.get(timeout=WAIT_S)
        if not fine:
            raise result
        return result


@dataclass
class EchoServer:
    """The server under test."""

    path_name: str
    port: int
    peers: "queue.Queue[Peer]"

    @property
    def fast(self) -> bool:
        return self.path_name == "fast"

    def peer(self, client: RawClient) -> Peer:
        """The receiver at the other end of ``client``."""
        while True:
            peer = self.peers.get(timeout=WAIT_S)
            assert peer.websocket.client is not None
            if peer.websocket.client.port == client.port:
                return peer


def build_app(peers: "queue.Queue[Peer]") -> Starlette:
    async def serve(websocket: WebSocket, *, echo: bool = True, **limits: int) -> None:
        peer = Peer(websocket, echo)
        offered = websocket.scope["subprotocols"]
        chosen = "tickroom.1" if "tickroom.1" in offered else None
        peer.socket = await open_socket(websocket, peer, subprotocol=chosen, **limits)
        peers.put(peer)
        await peer.socket.wait_closed()
        peer.events.put(("gone",))

    async def echo(websocket: WebSocket) -> None:
        await serve(websocket, max_message_bytes=MAX_MESSAGE_BYTES)

    async def small(websocket: WebSocket) -> None:
        await serve(websocket)

    async def sink(websocket: WebSocket) -> None:
        await serve(websocket, echo=False)

    async def slow(websocket: WebSocket) -> None:
        """Accept only when the test's gate opens, as one does that asks a database first."""
        gate = asyncio.Event()
        doorkeeper = Peer(websocket)
        doorkeeper.events.put(("waiting", gate))
        peers.put(doorkeeper)
        await gate.wait()
        await serve(websocket)

    async def deny(websocket: WebSocket) -> None:
        await websocket.send_denial_response(PlainTextResponse("not today", status_code=418))

    async def refuse(websocket: WebSocket) -> None:
        await websocket.close()

    async def plain_asgi(websocket: WebSocket) -> None:
        """Uses ASGI alone and never asks for the extension."""
        await websocket.accept()
        async for message in websocket.iter_bytes():
            await websocket.send_bytes(message)

    async def leave(websocket: WebSocket) -> None:
        """Returns while the socket is open."""
        await open_socket(websocket, Peer(websocket), subprotocol=None)

    async def fall(websocket: WebSocket) -> None:
        """Fails while the socket is open."""
        await open_socket(websocket, Peer(websocket), subprotocol=None)
        raise ZeroDivisionError("on purpose")

    routes = [echo, small, sink, slow, deny, refuse, plain_asgi, leave, fall]
    page = Route("/page", lambda request: PlainTextResponse("a page"))
    return Starlette(routes=[page, *(WebSocketRoute(f"/{route.__name__}", route) for route in routes)])


@contextmanager
def running_server(path_name: str, **settings: Any) -> Iterator[tuple[EchoServer, uvicorn.Server]]:
    """Serve on a free port of loopback until the block ends."""
    peers: queue.Queue[Peer] = queue.Queue()
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        build_app(peers),
        ws=FastProtocol if path_name == "fast" else "websockets-sansio",
        ws_max_size=settings.pop("ws_max_size", MAX_MESSAGE_BYTES),
        ws_per_message_deflate=False,
        loop="uvloop",
        lifespan="off",
        log_config=None,
        **settings,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield EchoServer(path_name, listener.getsockname()[1], peers), server
    finally:
        server.should_exit = True
        thread.join(WAIT_S)
        assert not thread.is_alive(), "the server did not end"
