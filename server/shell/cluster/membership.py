"""A node's membership: registered, renewed while the store answers, lapsed when it does not, and registered anew.

JOINING ── own sessions held ──> ACTIVE <── own clock: it ran out; the store renews it ──> LAPSED
   ^                                │                                                        │
   └────────────────────────────────┴────────────────────── fenced: a new life ──────────────┘
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from enum import Enum, auto
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tickroom.protocol.codes import CloseCode
from tickroom.server.shell.cluster.background import Background
from tickroom.server.shell.cluster.interface import Fenced, NodeView, Store, StoreAway
from tickroom.server.shell.cluster.lease import Lease
from tickroom.server.shell.cluster.life import RETRY_S, Life, counted
from tickroom.server.shell.cluster.ownership import Ownership

if TYPE_CHECKING:
    from tickroom.server.shell.cluster.settings import ClusterSettings
    from tickroom.server.shell.node import Node

logger = logging.getLogger("tickroom.cluster")


class Standing(Enum):
    """What a node may do."""

    JOINING = auto()  # it has a lease, and finds out which sessions are its own
    ACTIVE = auto()
    LAPSED = auto()  # its lease may have run out; whether it did, the store knows
    GONE = auto()


class Membership:
    """The lives of this node, one after the other.

    ``beget`` makes a life; ``serve`` is told of each that may act, to begin what only an active node does.
    """

    def __init__(
        self,
        node: Node,
        store: Store,
        settings: ClusterSettings,
        beget: Callable[[], Life],
        serve: Callable[[Life], None],
        lease: Lease,
    ) -> None:
        self.standing = Standing.JOINING
        self.view: list[NodeView] = []  # who held a lease when ours was renewed last
        self.is_draining = False
        self.lapses = 0  # times that the lease ran out or was lost
        self.life: Life
        self._node = node
        self._store = store
        self._settings = settings
        self._beget = beget
        self._serve = serve
        self._lease = lease
        self._formers: list[str] = []
        self._fenced = asyncio.Event()
        self._renew_now = asyncio.Event()
        self._is_away = False
        self._tasks = Background()

    @property
    def is_active(self) -> bool:
        """Whether this node may act, by its own clock."""
        return self.standing is Standing.ACTIVE and self._lease.is_held

    # --- begin and end -----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Register, and stay registered. Raises StoreAway when it cannot be done now."""
        await self._register()
        await self.look_around()
        self._act()
        self._tasks.keep(self._renew_on, "renewing the lease")
        self._tasks.keep(self._watch_lease, "watching the lease")

    async def stop(self) -> None:
        """Act no more, and give the lease up. What is owned in the store may be claimed at once."""
        self.standing = Standing.GONE
        await self._tasks.end()
        self._lease.give_up()
        await self.life.end()
        try:
            await self._store.directory.retire(self.life.incarnation)
        except StoreAway as error:
            logger.warning("the lease runs out by itself: %s", error)

    def note_fenced(self) -> None:
        """The store refused us: the lease is lost."""
        self._fenced.set()
        self._renew_now.set()

    def renew_now(self) -> None:
        """Have the others know at once what has changed."""
        self._renew_now.set()

    # --- the lease ---------------------------------------------------------------------------------------------------

    async def _renew_on(self) -> None:
        while True:
            wait_s = await self._renew() if not self._fenced.is_set() else 0.0
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._renew_now.wait()
            self._renew_now.clear()
            while self._fenced.is_set():
                await self._begin_anew()

    async def _renew(self) -> float:
        """Renew once; in how many seconds to do it again."""
        sent_s = self._lease.now()
        load = replace(self._node.load(), is_draining=self.is_draining or self._node.closing)
        try:
            async with asyncio.timeout(self._lease.lease_s):
                await self._store.directory.renew(self.life.incarnation, load, self._lease.lease_ms)
        except (StoreAway, TimeoutError) as error:
            self._note_away(str(error) or "no answer in time")
            return RETRY_S
        except Fenced:
            self._fenced.set()
            return 0.0
        self._lease.renewed(sent_s)
        self._note_back()
        await self.look_around()
        return max(0.0, sent_s + self._settings.renew_every_s - self._lease.now())

    async def look_around(self) -> None:
        """Learn anew who is there, if the store says."""
        try:
            self.view = await self._store.directory.nodes()
        except StoreAway as error:
            logger.debug("the nodes are not known anew: %s", error)  # the next renewal says it aloud

    def _note_away(self, why: str) -> None:
        if not self._is_away:
            self._is_away = True
            logger.warning("the lease is not renewed, for the store does not answer: %s", why)

    def _note_back(self) -> None:
        if self._is_away:
            self._is_away = False
            logger.info("the lease is renewed again")
        if self.standing is Standing.LAPSED and self._lease.is_held:
            logger.info("the lease was still ours: the sessions go on")
            self._act()

    def _act(self) -> None:
        is_new = self.standing is Standing.JOINING
        self.standing = Standing.ACTIVE
        self._node.go_on()
        if is_new:
            self.life.outbox.start()
            self._serve(self.life)

    async def _watch_lease(self) -> None:
        while True:
            await asyncio.sleep(min(self._lease.left_s + 0.001, self._settings.renew_every_s))
            if self.standing is Standing.ACTIVE and not self._lease.is_held:
                logger.error("the lease ran out: nobody is told anything until the store says whose the sessions are")
                self.standing = Standing.LAPSED
                self.lapses += 1
                self._sit_out()

    def _sit_out(self) -> None:
        self._node.pause()
        self._node.close_connections(CloseCode.TRY_AGAIN_LATER)

    # --- lives -------------------------------------------------------------------------------------------------------

    async def _register(self) -> None:
        life = self._beget()
        sent_s = self._lease.now()
        await self._store.directory.register(life.entry, self._lease.lease_ms)
        self._lease.renewed(sent_s)
        self.life = life
        self._node.outbox = life.outbox
        self._is_away = False
        logger.info("%s has joined", life.incarnation)

    async def _begin_anew(self) -> None:
        """The old life is over. The sessions in memory go on in a new one, but for those that others have by now."""
        lost_by_store = self._lease.is_held  # by our clock nobody could have taken anything over
        if self.standing is not Standing.LAPSED:
            self.lapses += 1
        self.standing = Standing.JOINING
        self._lease.give_up()
        self._sit_out()
        logger.error("%s has lost its lease", self.life.incarnation)
        await self.life.end()
        self._formers.append(self.life.incarnation)
        self._fenced.clear()
        known = {view.entry.incarnation for view in self.view} | set(self._formers)
        while True:
            try:
                await self._register()
                break
            except StoreAway as error:
                self._note_away(str(error))
                await asyncio.sleep(RETRY_S)
        life, known = self.life, set() if lost_by_store else known
        life.tasks.keep(lambda: self._find_own(life, known), "finding the own sessions")

    async def _find_own(self, life: Life, known: set[str]) -> None:
        """Hold what is still ours, while the lease is being renewed, then act.

        ``known``: incarnations of whom the store knew. If it knows none of them, what it does not have it has lost.
        """
        there = await life.until_answered(self._all_there)
        mine = Ownership(life, self._formers, may_reclaim=not known & there)
        sessions = list(self._node.sessions.values())
        gone = await mine.hold_all(sessions)
        held = f"{len(sessions) - gone} of {counted(len(sessions), 'session')}"
        logger.info("%s goes on with %s", life.incarnation, held)
        for session in self._node.sessions.values():
            self._node.take_over(session)
        self._act()

    async def _all_there(self) -> set[str]:
        directory = self._store.directory
        return {view.entry.incarnation for view in await directory.nodes()} | set(await directory.lapsed())
