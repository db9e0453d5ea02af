"""ASGI middleware: behind trusted proxies the scope tells the true client and scheme; from anybody else, the peer."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tickroom.server.shell.limits.addresses import Network, is_within, parse_address, true_address

SECURE = {"http": "https", "ws": "wss"}


class TrustedProxies:
    """Ours and not uvicorn's: that one trusts loopback unasked, and reads only the last of several headers."""

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        client = scope.get("client")
        if client is not None and is_within(parse_address(client[0]), self._trusted):
            headers = Headers(scope=scope)
            forwarded_for = headers.getlist("x-forwarded-for")
            scope["client"] = (true_address(client[0], forwarded_for, self._trusted), 0)
            if headers.get("x-forwarded-proto", "").strip().lower() in SECURE.values():
                scope["scheme"] = SECURE.get(scope["scheme"], scope["scheme"])
        await self._app(scope, receive, send)
