"""The ASGI application: routes on a node that lives as long as the application."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from tickroom.game.interface import Game
from tickroom.game.registry import GAMES
from tickroom.server.shell import routes
from tickroom.server.shell.answers import refusal
from tickroom.server.shell.cluster.settings import ClusterSettings
from tickroom.server.shell.cluster.showing import Showing
from tickroom.server.shell.cross_origin import ApiOrigins
from tickroom.server.shell.entrance import ApiLimits, KnownHosts
from tickroom.server.shell.gateway import lobby_socket, session_socket
from tickroom.server.shell.identity.accounts import AuthMode
from tickroom.server.shell.identity.identity import Authenticate
from tickroom.server.shell.identity.recognition import Recognition
from tickroom.server.shell.limits.admission import Admission
from tickroom.server.shell.limits.proxies import TrustedProxies
from tickroom.server.shell.node import Node
from tickroom.server.shell.sdk_files import SdkFiles
from tickroom.server.shell.settings import ServerSettings, ServerSettingsInvalid
from tickroom.server.shell.statistics import resident_bytes

PAGE = Path(__file__).parent / "page"


def build_app(
    settings: ServerSettings | None = None,
    games: Mapping[str, Game[Any]] = GAMES,
    authenticate: Authenticate | None = None,
) -> Starlette:
    """An application with a node of its own, which starts and ends with the ASGI lifespan; it is ``app.state.node``.

    ``authenticate``: the deployment's own way to know who asks (cookies, a gateway's header), asked before accounts'
    tokens are looked at. Raises ServerSettingsInvalid when accounts are asked for and there is no way to know them.
    """
    settings = settings or ServerSettings()
    if settings.auth.mode is not AuthMode.OFF and not settings.auth.has_keys and authenticate is None:
        raise ServerSettingsInvalid("auth: no way to know accounts: give --auth-secret-file or --auth-jwks")
    recognition = Recognition(settings.auth, authenticate)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        node = Node(settings, games, recognition)
        app.state.node = node
        if settings.cluster is not None:
            await _join_cluster(node, settings.cluster, settings.public_url)
        node.start()
        yield
        if node.cluster is not None:
            await node.cluster.stop()
        if not node.closing:
            await node.shut_down()

    rules = settings.origin_rules
    admission = Admission(settings.resolved_limits, time.monotonic_ns, resident_bytes)
    app = Starlette(
        routes=_routes(),
        lifespan=lifespan,
        middleware=[
            Middleware(TrustedProxies, trusted=settings.proxy_networks),
            Middleware(ApiOrigins, rules=rules),
            Middleware(KnownHosts, rules=rules),
            Middleware(ApiLimits, admission=admission),
        ],
        exception_handlers={HTTPException: _http_error},
    )
    app.state.origins = rules
    app.state.admission = admission
    app.state.proxies = settings.proxy_networks
    app.state.recognition = recognition
    app.state.showing = Showing()
    return app


async def _join_cluster(node: Node, settings: ClusterSettings, url: str | None) -> None:
    # Imported here: who serves alone needs none of it, and Redis' client takes its time.
    from tickroom.server.shell.cluster.cluster import Cluster
    from tickroom.server.shell.cluster.connecting import open_store

    if url is None:
        raise ServerSettingsInvalid("public_url: the other nodes must tell clients where to reach this one")
    cluster = Cluster(node, await open_store(settings.redis_url), settings, url)
    await cluster.start()
    node.cluster = cluster


def _routes() -> list[BaseRoute]:
    return [
        Route("/api/sessions", routes.create_session, methods=["POST"]),
        Route("/api/sessions", routes.list_sessions, methods=["GET"]),
        Route("/api/sessions/{code}", routes.show_session),
        Route("/api/quickplay", routes.quick_play, methods=["POST"]),
        Route("/api/games/{name}", routes.show_game),
        Route("/api/stats", routes.statistics),
        Route("/healthz", routes.health),
        Route("/readyz", routes.readiness),
        WebSocketRoute("/ws/lobby", lobby_socket),
        WebSocketRoute("/ws/{code}", session_socket),
        Mount("/sdk", SdkFiles()),
        *_page_routes(),
    ]


def _page_routes() -> list[BaseRoute]:
    if not (PAGE / "index.html").is_file():
        return [Route("/", _no_page)]
    return [Route("/", _page), Mount("/", StaticFiles(directory=PAGE))]


async def _page(_request: Request) -> Response:
    return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})


async def _no_page(_request: Request) -> Response:
    return HTMLResponse("<h1>Tickroom</h1><p>The page is not built: run <code>make setup</code>.</p>", 503)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # registered for it alone
    reason = str(error.detail).lower().replace(" ", "_")
    return refusal(error.status_code, reason, f"{request.method} {request.url.path}: {error.detail}")
