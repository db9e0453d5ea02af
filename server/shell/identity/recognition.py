"""All ways to know who asks, in order: the deployment's own, then an account's token."""

from __future__ import annotations

import asyncio
import logging
import time

from starlette.requests import HTTPConnection

from tickroom.server.shell.identity.accounts import Accounts, AuthMode, AuthSettings, bearer_token
from tickroom.server.shell.identity.identity import (
    Authenticate,
    Identity,
    KeysUnavailable,
    NotAuthenticated,
    subject_fault,
)

logger = logging.getLogger("tickroom.identity")

OWN_WAY_TIMEOUT_S = 5.0  # as the hello has: a socket that is not open yet has no other deadline


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
        """Who opens a socket or asks, by the deployment's own way alone.

        Raises as :meth:`of_request`; a way that fails or takes too long is KeysUnavailable, and logged.
        """
        if self._authenticate is None:
            return None
        try:
            async with asyncio.timeout(OWN_WAY_TIMEOUT_S):
                known = await self._authenticate(connection)
            if known is not None and (fault := subject_fault(known.subject)) is not None:
                raise ValueError(fault)
            return known
        except (NotAuthenticated, KeysUnavailable):
            raise
        except Exception as error:
            # Not a guest, who may more than nobody, and not their fault: they may come again.
            logger.exception("the deployment's own way to know people failed")
            raise KeysUnavailable("who asks cannot be known now") from error

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
