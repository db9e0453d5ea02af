"""The ASGI application: routes on a node that lives as long as the application."""

from __future__ import annotations

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
from tickroom.server.shell.cross_origin import ApiOrigins
from tickroom.server.shell.gateway import session_socket
from tickroom.server.shell.node import Node
from tickroom.server.shell.sdk_files import SdkFiles
from tickroom.server.shell.settings import ServerSettings

PAGE = Path(__file__).parent / "page"


def build_app(settings: ServerSettings | None = None, games: Mapping[str, Game[Any]] = GAMES) -> Starlette:
    """An application with a node of its own, which starts and ends with the ASGI lifespan; it is ``app.state.node``."""
    settings = settings or ServerSettings()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        node = Node(settings, games)
        app.state.node = node
        node.start()
        yield
        if not node.closing:
            await node.shut_down()

    rules = settings.origin_rules
    app = Starlette(
        routes=_routes(),
        lifespan=lifespan,
        middleware=[Middleware(ApiOrigins, rules=rules)],
        exception_handlers={HTTPException: _http_error},
    )
    app.state.origins = rules
    return app


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
