"""One server process from start to end: listen, serve, and on SIGTERM or SIGINT tell the players and go."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import uvicorn
import uvloop
from starlette.applications import Starlette

from tickroom.game.interface import Game
from tickroom.game.registry import GAMES
from tickroom.protocol.messages import MESSAGE_MAX_BYTES
from tickroom.server.shell.app import build_app
from tickroom.server.shell.limits.http_head import GuardedHttp
from tickroom.server.shell.node import Node
from tickroom.server.shell.settings import ServerSettings
from tickroom.server.shell.sockets import FastProtocol

logger = logging.getLogger("tickroom.serve")

BACKLOG = 2048
WhenReady = Callable[[Node, str], Awaitable[None]]


class PortTaken(Exception):
    """The operator's fault: the address cannot be listened on."""


def serve(settings: ServerSettings, when_ready: WhenReady, games: Mapping[str, Game[Any]] = GAMES) -> None:
    """Serve until a signal says stop. ``when_ready`` gets the node and its URL once it listens. Raises PortTaken."""
    listener = _listen(settings)
    with contextlib.closing(listener):
        uvloop.run(_serve(settings, listener, when_ready, games))


def build_server(app: Starlette, settings: ServerSettings) -> Server:
    """uvicorn, set up for our WebSocket path and for limits that suit a game server."""
    guarded = type("GuardedHttpOfThisApp", (GuardedHttp,), {"state": app.state})  # uvicorn makes it, and knows no more
    config = uvicorn.Config(
        app,
        ws=FastProtocol if settings.fast_path else "websockets-sansio",
        http=guarded,
        loop="none",
        ws_max_size=MESSAGE_MAX_BYTES,
        ws_per_message_deflate=False,
        access_log=settings.access_log,
        log_config=None,
        lifespan="on",
        backlog=BACKLOG,
        proxy_headers=False,  # limits/proxies.py: uvicorn would believe whoever comes from loopback
        timeout_graceful_shutdown=2,
    )
    return Server(config)


async def _serve(
    settings: ServerSettings, listener: socket.socket, when_ready: WhenReady, games: Mapping[str, Game[Any]]
) -> None:
    app = build_app(settings, games)
    server = build_server(app, settings)
    url = f"http://{_url_host(settings.host)}:{listener.getsockname()[1]}"
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    started = asyncio.create_task(server.listening.wait())
    await asyncio.wait({serving, started}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        started.cancel()
        await serving
        return
    if settings.secret_key is None:
        logger.info("no secret key: players' tokens are signed with one made up for this run, for development")
    node: Node = app.state.node
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    ready = asyncio.create_task(_ready(when_ready, node, settings.public_url or url))
    await stop.wait()
    logger.info("stopping: telling %d connections", node.connection_count)
    ready.cancel()
    await node.shut_down()
    server.should_exit = True
    await serving


async def _ready(when_ready: WhenReady, node: Node, url: str) -> None:
    try:
        await when_ready(node, url)
    except asyncio.CancelledError:
        raise
    except Exception:
        logger.exception("what follows the start failed; the server goes on without it")


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: ours tell the players before any socket is closed."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.listening.set()


def _listen(settings: ServerSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise PortTaken(f"cannot listen on {settings.host} port {settings.port}: {error.strerror}") from None
    return listener


def _url_host(host: str) -> str:
    if host in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host
