"""What every request passes before its route: does it mean this server, and does its address ask too much."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from tickroom.server.shell.answers import limited, refusal
from tickroom.server.shell.limits.addresses import address_key
from tickroom.server.shell.limits.admission import Admission
from tickroom.server.shell.node import Node
from tickroom.server.shell.origins import OriginRules

NOT_THIS_HOST = (
    "this server does not go by that name; it listens on loopback and answers to its address, to localhost, and to "
    "the host of --public-url"
)


class KnownHosts:
    """ASGI middleware: 421 (RFC 9110 15.5.20) for HTTP that means another host. Sockets are the gateway's."""

    def __init__(self, app: ASGIApp, rules: OriginRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or self._rules.know_host(Headers(scope=scope).getlist("host")):
            await self._app(scope, receive, send)
            return
        node: Node = scope["app"].state.node
        node.statistics.hosts_refused += 1
        await refusal(421, "unknown_host", NOT_THIS_HOST)(scope, receive, send)


class ApiLimits:
    """ASGI middleware: so many requests to ``/api`` by address, then 429."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        address = address_of(HTTPConnection(scope))
        refused = self._admission.may_ask(address)
        if refused is None:
            await self._app(scope, receive, send)
            return
        node: Node = scope["app"].state.node
        node.statistics.count_limited(refused.reason.value)
        answer = limited(refused)
        if self._admission.is_shunned(address):
            answer.headers["Connection"] = "close"  # a new one is not answered: nor is one that was kept, on and on
        await answer(scope, receive, send)


def address_of(connection: HTTPConnection) -> str:
    """Under what the address of a request or socket is counted."""
    return address_key(connection.client.host if connection.client is not None else None)
