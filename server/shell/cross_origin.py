"""Other people's pages at ``/api``: refused with words, or answered with the headers that let their scripts read."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from tickroom.server.shell.answers import refusal
from tickroom.server.shell.node import Node
from tickroom.server.shell.origins import OriginRules

REFUSED = (
    "this server does not answer pages of this origin; whoever runs it can allow it with --allow-origin, "
    "and gives it a name of its own with --public-url"
)
PREFLIGHT_KEPT_S = 600


class ApiOrigins:
    """ASGI middleware. Starlette's CORS does the headers; it cannot see ``Host``, so who is let in is decided before.

    No header allows credentials: what a browser adds by itself (cookies) says nothing here; accounts' tokens are given
    by hand, in ``Authorization``.
    """

    def __init__(self, app: ASGIApp, rules: OriginRules) -> None:
        self._app = app
        self._rules = rules
        # By then the origin is allowed. A pattern and not "*", so that the answer names the origin and varies by it.
        self._with_headers = CORSMiddleware(
            app,
            allow_origin_regex=".*",
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization",),
            expose_headers=("Retry-After",),
            allow_private_network=True,
            max_age=PREFLIGHT_KEPT_S,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI. What is not HTTP to ``/api`` passes untouched."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if self._rules.allow(headers.getlist("origin"), headers.getlist("host")):
            await self._with_headers(scope, receive, send)
            return
        node: Node = scope["app"].state.node
        node.statistics.origins_refused += 1
        answer = refusal(403, "not_allowed", REFUSED)
        answer.headers["Vary"] = "Origin"
        await answer(scope, receive, send)
