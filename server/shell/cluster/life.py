"""One incarnation of a node: its name, its journal and outbox, and how a session comes to be its own.

A life ends when its lease is lost; whatever it was doing ends with it, and what it had claimed is found in the store
under its name, like that of any node that died.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

from tickroom import __version__
from tickroom.server.core.checkpoint import FORMAT, Checkpoint
from tickroom.server.shell.cluster.background import Background
from tickroom.server.shell.cluster.faults import passing
from tickroom.server.shell.cluster.interface import NodeEntry, Store, StoreAway
from tickroom.server.shell.cluster.lease import Lease, LeasedJournal
from tickroom.server.shell.cluster.outbox import Outbox, OutboxEvents

if TYPE_CHECKING:
    from tickroom.server.core.session import Session
    from tickroom.server.shell.cluster.settings import ClusterSettings
    from tickroom.server.shell.node import Node

logger = logging.getLogger("tickroom.cluster")

RETRY_S = 0.1  # while the store is away
_LEAVING = "/leaving"

Got = TypeVar("Got")


def leaving_name(incarnation: str) -> str:
    """Who owns the sessions that ``incarnation`` is giving away: neither it nor the next owner, so that a claim of
    either excludes the other's (moving.py)."""
    return incarnation + _LEAVING


def acting_for(owner: str) -> str:
    """The incarnation that must be alive for a session of ``owner`` to be in good hands."""
    return owner.removesuffix(_LEAVING)


def counted(count: int, noun: str) -> str:
    """So many, as a person says it."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


class Life:
    """From a registration to the loss of its lease.

    ``busy``: codes that are on their way in or out. ``unsure``: codes that may be ours and are not here, and whose they
    were; they are looked after as soon as they are free (takeover.py).
    """

    def __init__(
        self, node: Node, store: Store, settings: ClusterSettings, url: str, lease: Lease, events: OutboxEvents
    ) -> None:
        self.incarnation = f"{settings.node_name}-{secrets.token_hex(5)}"
        games = {name: game.schema.fingerprint for name, game in node.games.items()}
        self.entry = NodeEntry(self.incarnation, settings.node_name, url, __version__, FORMAT, games)
        self.node = node
        self.store = store
        self.settings = settings
        self.journal = LeasedJournal(store.journal(self.incarnation), lease)
        self.outbox = Outbox(
            self.incarnation,
            self.journal,
            node.publisher,
            events,
            ahead_s=settings.ahead_s,
            checkpoint_every_s=settings.checkpoint_every_s,
        )
        self.tasks = Background()
        self.busy: set[str] = set()
        self.unsure: dict[str, str] = {}
        self.is_over = False
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._known: set[str] = set()

    async def end(self) -> None:
        """Nothing more is begun, appended or told by it. Sessions in the middle of coming in are dropped."""
        self.is_over = True
        await self.tasks.end()
        await self.outbox.stop()

    async def until_answered(self, ask: Callable[[], Awaitable[Got]]) -> Got:
        """The store's answer, however long it is away. The life's own tasks are cancelled with it; who else waits must
        ask afterwards whether it is over."""
        while True:
            try:
                return await ask()
            except StoreAway:
                await asyncio.sleep(RETRY_S)

    async def make_known(self, name: str) -> None:
        """Register ``name`` as that of a lapsed node: what it owns is looked after by others when we are gone."""
        async with self.turn(name):  # nobody takes it for known before it is
            if name not in self._known:
                entry = NodeEntry(name, self.settings.node_name, "", "", 0, {})
                try:
                    await self.until_answered(lambda: self.store.directory.register(entry, 1))
                except ValueError:
                    logger.debug("%s is known", name)  # the first answer was lost
                self._known.add(name)

    def turn(self, code: str) -> asyncio.Lock:
        """One after the other is at work on the same in the store: a late step undoes nothing newer."""
        return self._turns.setdefault(code, asyncio.Lock())

    def is_free(self, code: str) -> bool:
        """Whether nobody is at work on a session in the store."""
        return code not in self.busy and not self.turn(code).locked()

    async def adopt(self, checkpoint: Checkpoint) -> Session | None:
        """A session that we have claimed goes on here: restored, checkpointed in our name, and then found by all.

        None when it is another's all the same, or has ended at once. Raises NodeFull, CheckpointUnreadable, and
        StoreAway when this life is over; then it is not here.
        """
        self._need_lease()
        session = self.node.adopt(checkpoint)
        try:
            first = self.hold_records(session)
            is_ours = await self.until_answered(lambda: self.journal.checkpoint(session.code, first))
            self._need_lease()
        except BaseException:  # cancelled, too: what nobody owns must not go on ticking
            self.node.discard(session)
            raise
        if not is_ours:
            self.drop(session)
            return None
        if session.ended:
            return None  # its end is told in its time; or its tick failed, and it goes back to the journal
        self.node.list(session)
        passing("adopted")
        return session

    def _need_lease(self) -> None:
        if self.is_over:
            raise StoreAway(f"{self.incarnation} has lost its lease")

    def hold_records(self, session: Session) -> bytes:
        """The session's checkpoint now. No record after it is trimmed, though the store does not have it yet."""
        self.outbox.note_kept(session.code, self.outbox.sequence)
        return self.node.checkpoint_of(session)

    def drop(self, session: Session) -> None:
        """A session that nobody has found here yet, and that is not ours."""
        self.node.discard(session)
        self.outbox.forget(session.code)
