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


class Life:
    """From a registration to the loss of its lease. ``busy``: codes that are on their way in or out."""

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
        self.unsure: set[str] = set()  # codes that may be ours: the store's answer was lost
        self.is_over = False

    async def end(self) -> None:
        """Nothing more is begun, appended or told by it. Sessions in the middle of coming in are dropped."""
        self.is_over = True
        await self.tasks.end()
        await self.outbox.stop()

    async def until_answered(self, ask: Callable[[], Awaitable[Got]]) -> Got:
        """The store's answer, however long it is away. Whoever waits is cancelled with the life."""
        while True:
            try:
                return await ask()
            except StoreAway:
                await asyncio.sleep(RETRY_S)

    async def adopt(self, checkpoint: Checkpoint) -> Session | None:
        """A session that we have claimed goes on here: restored, checkpointed in our name, and then found by all.

        None when it is another's all the same, or has ended at once. Raises NodeFull, CheckpointUnreadable; then it is
        not here.
        """
        session = self.node.adopt(checkpoint)
        try:
            first = self.hold_records(session)
            is_ours = await self.until_answered(lambda: self.journal.checkpoint(session.code, first))
        except BaseException:  # cancelled, too: what nobody owns must not go on ticking
            self.drop(session)
            raise
        if not is_ours or session.ended:
            self.drop(session)
            return None
        self.node.list(session)
        passing("adopted")
        return session

    def hold_records(self, session: Session) -> bytes:
        """The session's checkpoint now. No record after it is trimmed, though the store does not have it yet."""
        self.outbox.note_kept(session.code, self.outbox.sequence)
        return self.node.checkpoint_of(session)

    def drop(self, session: Session) -> None:
        """A session that nobody has found here yet, and that is not ours."""
        self.node.discard(session)
        self.outbox.forget(session.code)
