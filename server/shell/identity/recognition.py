"""All ways to know who asks, in order: the deployment's own, then an account's token."""

from __future__ import annotations

import time

from starlette.requests import HTTPConnection

from tickroom.server.shell.identity.accounts import Accounts, AuthMode, AuthSettings, bearer_token
from tickroom.server.shell.identity.identity import Authenticate, Identity, NotAuthenticated


class Recognition:
    """Who asks, and whether nobody in particular may. ``authenticate`` is called whatever the mode."""

    def __init__(self, settings: AuthSettings, authenticate: Authenticate | None = None) -> None:
        self._mode = settings.mode
        self._authenticate = authenticate
        self._accounts = Accounts(settings, time.time, time.monotonic)

    @property
    def looks_at_tokens(self) -> bool:
        """Whether a hello must wait for :meth:`of_hello`."""
        return self._mode is not AuthMode.OFF

    async def by_request(self, connection: HTTPConnection) -> Identity | None:
        """Who opens a socket or asks, by the deployment's own way alone."""
        return await self._authenticate(connection) if self._authenticate is not None else None

    async def of_request(self, connection: HTTPConnection) -> Identity | None:
        """Who asks over HTTP; None: a guest.

        Raises:
            NotAuthenticated: the token is not valid, or there is none where an account is required.
            KeysUnavailable: it cannot be judged now.
        """
        known = await self.by_request(connection)
        return await self.of_hello(known, bearer_token(connection.headers.get("authorization")))

    async def of_hello(self, known: Identity | None, token: str | None) -> Identity | None:
        """Who says hello; ``known``: by the deployment's own way. Raises as :meth:`of_request`."""
        if known is not None or self._mode is AuthMode.OFF:
            return known
        if token:  # also where it is optional: who shows a bad token does not want to be a guest
            return await self._accounts.identify(token)
        if self._mode is AuthMode.REQUIRED:
            raise NotAuthenticated("an account is needed here: show its token")
        return None
