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
from uvicorn.lifespan.on import LifespanOn

from tickroom.game.interface import Game
from tickroom.game.registry import GAMES
from tickroom.protocol.messages import MESSAGE_MAX_BYTES
from tickroom.server.shell.app import build_app
from tickroom.server.shell.limits.http_head import GuardedHttp
from tickroom.server.shell.listening import BACKLOG, PortTaken, inherit, listen_on
from tickroom.server.shell.node import Node
from tickroom.server.shell.settings import ServerSettings, url_host
from tickroom.server.shell.sockets import FastProtocol
from tickroom.server.shell.start_fault import StartFailed, StartFault, silent_logger
from tickroom.server.shell.stopping import STORE_TIMEOUT_S, StopSignals, leave_cluster

__all__ = ["PortTaken", "Server", "StartFailed", "WhenReady", "build_server", "serve"]

logger = logging.getLogger("tickroom.serve")

WhenReady = Callable[[Node, str], Awaitable[None]]


def serve(settings: ServerSettings, when_ready: WhenReady, games: Mapping[str, Game[Any]] = GAMES) -> None:
    """Serve until a signal says stop. ``when_ready`` gets the node and its URL once it listens.

    With a cluster SIGTERM moves the sessions to other nodes first, and SIGINT leaves them to whoever claims them.
    Raises PortTaken, StartFailed.
    """
    with contextlib.ExitStack() as closing:
        listeners = [closing.enter_context(contextlib.closing(listener)) for listener in _listeners(settings)]
        uvloop.run(_serve(settings, listeners, when_ready, games))


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
    return Server(config, StartFault(app, settings))


async def _serve(
    settings: ServerSettings, listeners: list[socket.socket], when_ready: WhenReady, games: Mapping[str, Game[Any]]
) -> None:
    port: int = listeners[0].getsockname()[1]
    settings = settings.listening_on(port)
    signals = StopSignals.listen()  # from the start: who is told to stop while it joins a cluster leaves it again
    app = build_app(settings, games)
    server = build_server(app, settings)
    serving = asyncio.create_task(server.serve(sockets=listeners))
    if not await _listening(server, serving, signals):
        return
    if settings.secret_key is None:
        logger.info("no secret key: players' tokens are signed with one made up for this run, for development")
    node: Node = app.state.node
    url = settings.public_url or f"http://{url_host(settings.host)}:{port}"
    ready = asyncio.create_task(_ready(when_ready, node, url))
    told = asyncio.create_task(signals.told())
    await asyncio.wait({told, serving}, return_when=asyncio.FIRST_COMPLETED)
    if not told.done():
        # Nobody would reach us, and what we own would be nobody else's.
        logger.critical("the server of the sockets has ended by itself: this node leaves")
    ready.cancel()
    server.leave_shared()
    if node.cluster is not None and settings.cluster is not None:
        is_draining = told.done() and settings.cluster.drain_on_stop and signals.first == signal.SIGTERM
        limit_s = STORE_TIMEOUT_S + (settings.cluster.drain_timeout_s if is_draining else 0)
        await leave_cluster(node.cluster, signals, limit_s, is_draining=is_draining)
    logger.info("stopping: telling %d connections", node.connection_count)
    told.cancel()
    await node.shut_down()
    server.should_exit = True
    await serving


async def _listening(server: Server, serving: asyncio.Task[None], signals: StopSignals) -> bool:
    """Whether it listens; False when a signal came first. Raises StartFailed."""
    started, stopped = asyncio.create_task(server.listening.wait()), asyncio.create_task(signals.told())
    try:
        await asyncio.wait({serving, started, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving  # which raises it
        return server.listening.is_set()
    finally:
        started.cancel()
        stopped.cancel()
        if not server.listening.is_set():
            serving.cancel()
            await asyncio.wait({serving})


async def _ready(when_ready: WhenReady, node: Node, url: str) -> None:
    try:
        await when_ready(node, url)
    except Exception:  # `tickroom play` without its bots is still a server, and people may be on it
        logger.exception("what follows the start failed; the server goes on without it")


class Server(uvicorn.Server):
    """uvicorn without its signal handlers: ours tell the players before any socket is closed."""

    def __init__(self, config: uvicorn.Config, start_fault: StartFault) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()
        self._start_fault = start_fault

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so. Raises StartFailed."""
        assert isinstance(self.lifespan, LifespanOn)
        log, self.lifespan.logger = self.lifespan.logger, silent_logger()
        try:
            await super().startup(sockets)
        except SystemExit:  # uvicorn's way to say so; it would end the process in the midst of whatever else runs
            raise self._start_fault.failure() from None
        finally:
            self.lifespan.logger = log
        self.listening.set()

    def leave_shared(self) -> None:
        """Accept no more on sockets that other processes accept on, too: who comes now is better off with those."""
        for accepting in self.servers[1:]:
            accepting.close()


def _listeners(settings: ServerSettings) -> list[socket.socket]:
    """This node's own first."""
    if settings.listener_fds:
        return [inherit(descriptor) for descriptor in settings.listener_fds]
    return [listen_on(settings.host, settings.port)]
