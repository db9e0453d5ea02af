"""Why a server does not come up, in words where it is the operator's to mend."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette

from tickroom.server.shell.cluster.interface import StoreAway
from tickroom.server.shell.settings import ServerSettings, ServerSettingsInvalid


class StartFailed(Exception):
    """The server did not come up; the text, or the log, says why."""


class StartFault:
    """Hears what ends the start of an application, before uvicorn writes 20 lines about it."""

    def __init__(self, app: Starlette, settings: ServerSettings) -> None:
        self._store_url = settings.cluster.redis_url if settings.cluster is not None else ""
        self._error: Exception | None = None
        lifespan = app.router.lifespan_context

        @contextlib.asynccontextmanager
        async def heard(app: Starlette) -> AsyncIterator[Any]:
            async with contextlib.AsyncExitStack() as stack:
                try:
                    state = await stack.enter_async_context(lifespan(app))
                except Exception as error:  # whatever it was: it is told in `failure`, and goes on to uvicorn
                    self._error = error
                    raise
                yield state

        app.router.lifespan_context = heard

    def failure(self) -> StartFailed:
        """What to raise; a fault of ours is logged with all that is known of it."""
        # Only now: Redis' client takes its time.
        from tickroom.server.shell.cluster.connecting import StoreUnfit
        from tickroom.server.shell.cluster.redis_url import url_without_password

        match self._error:
            case StoreAway() | StoreUnfit() as error:
                place = f"the store at {url_without_password(self._store_url)} (--redis, or TICKROOM_REDIS)"
                fault = "is unfit" if isinstance(error, StoreUnfit) else "does not answer"
                return StartFailed(f"the server did not start: {place} {fault}: {error}")
            case ServerSettingsInvalid() as error:
                return StartFailed(f"the server did not start: {error}")
        logging.getLogger("tickroom.serve").error("the server did not start", exc_info=self._error)
        return StartFailed("the server did not start; the log says why")


def silent_logger() -> logging.Logger:
    """Takes everything and tells nothing."""
    logger = logging.Logger("nowhere")
    logger.disabled = True
    return logger
