"""A session that another node has, described by it; while a takeover goes on, who asks waits a little for its end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from tickroom.server.shell.cluster.errands import ErrandRefused, ask_show
from tickroom.server.shell.cluster.interface import NoAnswer, StoreAway
from tickroom.server.shell.cluster.whereabouts import Elsewhere, Here, Nowhere, TryAgain, find
from tickroom.server.shell.description import SessionView, view_session

if TYPE_CHECKING:
    from tickroom.server.shell.cluster.cluster import Cluster

SHOWN_WITHIN_S = 1.0  # somebody waits for an HTTP answer
LOOK_AGAIN_S = 0.1


async def show_soon(cluster: Cluster, code: str, found: Elsewhere | TryAgain) -> SessionView | Nowhere | TryAgain:
    """The session with this code, wherever it is by now; TryAgain when nobody can say within a second.

    The owner may have died a moment ago: then its lease still stands, and when it is over another node has it.
    Whoever comes back meanwhile is served at that moment, and not at their next attempt.
    """
    with contextlib.suppress(TimeoutError, StoreAway):
        async with asyncio.timeout(SHOWN_WITHIN_S):
            while cluster.is_active:
                shown = await _show_now(cluster, code, found)
                if not isinstance(shown, TryAgain):
                    return shown
                await asyncio.sleep(LOOK_AGAIN_S)
                match await find(cluster, code):
                    case Here(session):
                        return view_session(session).at(cluster.url)
                    case Nowhere():
                        return Nowhere()
                    case elsewhere:
                        found = elsewhere
    return TryAgain()


async def _show_now(cluster: Cluster, code: str, found: Elsewhere | TryAgain) -> SessionView | TryAgain:
    if isinstance(found, TryAgain):
        return found
    try:
        view = await ask_show(cluster.store, found.incarnation, code)
    except (NoAnswer, ErrandRefused):
        return TryAgain()
    # None: it has ended or moved since we looked.
    return TryAgain() if view is None else view.at(found.node.entry.url)
