"""A session that another node has, described by it; while a takeover goes on, who asks waits a little for its end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from tickroom.server.shell.cluster.errands import ErrandRefused, ask_show
from tickroom.server.shell.cluster.interface import NoAnswer, StoreAway
from tickroom.server.shell.cluster.whereabouts import Elsewhere, Here, Nowhere, TryAgain, find
from tickroom.server.shell.description import SessionView, view_session

if TYPE_CHECKING:
    from tickroom.server.shell.cluster.cluster import Cluster

SHOWN_WITHIN_S = 1.0  # somebody waits for an HTTP answer
LOOK_AGAIN_S = 0.1
SEARCHES_MOST = 200  # at once; for another code nobody waits

Shown = SessionView | Nowhere | TryAgain


class _Search(NamedTuple):
    task: asyncio.Task[Shown]
    waiting: set[object]  # whoever awaits it


class Showing:
    """What a node answers about other nodes' sessions: one search for each code, however many ask."""

    def __init__(self) -> None:
        self._searches: dict[str, _Search] = {}

    async def show(self, cluster: Cluster, code: str, found: Elsewhere | TryAgain) -> Shown:
        """The session with this code, wherever it is by now; TryAgain when nobody can say within a second.

        The owner may have died a moment ago: then its lease still stands, and when it is over another node has it.
        Whoever comes back meanwhile is served at that moment, and not at their next attempt.
        """
        search = self._searches.get(code)
        if search is None:
            if len(self._searches) >= SEARCHES_MOST:
                return TryAgain()
            search = self._begin(cluster, code, found)
        me = object()
        search.waiting.add(me)
        try:
            async with asyncio.timeout(SHOWN_WITHIN_S):
                return await asyncio.shield(search.task)
        except (TimeoutError, StoreAway):
            return TryAgain()
        finally:
            search.waiting.discard(me)
            if not search.waiting:
                search.task.cancel()
                self._searches.pop(code, None)

    def _begin(self, cluster: Cluster, code: str, found: Elsewhere | TryAgain) -> _Search:
        search = _Search(asyncio.create_task(_search(cluster, code, found)), set())
        self._searches[code] = search

        def over(task: asyncio.Task[Shown]) -> None:
            if self._searches.get(code) is search:
                del self._searches[code]
            if not task.cancelled():
                task.exception()  # looked at, though nobody may wait any more

        search.task.add_done_callback(over)
        return search


async def _search(cluster: Cluster, code: str, found: Elsewhere | TryAgain) -> Shown:
    """Until it is known, or this node may not say."""
    silent: str | None = None  # an owner that does not answer: asking again costs more than to see whether it has gone
    while cluster.is_active:
        if isinstance(found, Elsewhere):
            try:
                view = await ask_show(cluster.store, found.incarnation, found.code)
            except NoAnswer:
                silent = found.incarnation
            except ErrandRefused:
                pass  # it may be about to lose it
            else:
                if view is not None:  # else it has ended or moved since, or is about to be there
                    return view.at(found.node.entry.url)
        await asyncio.sleep(LOOK_AGAIN_S)
        owner = await cluster.store.directory.owner_of(code)
        if owner is not None and owner == silent:
            found = TryAgain()
            continue
        match await find(cluster, code):
            case Here(session):
                return view_session(session).at(cluster.url)
            case Nowhere():
                return Nowhere()
            case elsewhere:
                found = elsewhere
                if isinstance(found, TryAgain) and owner != cluster.incarnation:
                    silent = owner
    return TryAgain()
