"""Sessions that go on in memory while it is not sure whose they are: a lease was lost, or the store lost something."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tickroom.protocol.codes import CloseCode
from tickroom.server.shell.cluster.life import Life, acting_for

if TYPE_CHECKING:
    from tickroom.server.core.session import Session

logger = logging.getLogger("tickroom.cluster")

AT_ONCE = 16  # questions to the store


class Ownership:
    """Makes what this node holds in memory its own in the store, or gives it up.

    ``formers``: this node's incarnations before; nobody else acts for them. ``may_reclaim``: a session of which the
    store knows nothing was lost by the store; else it has ended in somebody else's hands.
    """

    def __init__(self, life: Life, formers: Iterable[str], *, may_reclaim: bool) -> None:
        self._life = life
        self._formers = frozenset(formers)
        self._may_reclaim = may_reclaim

    async def hold_all(self, sessions: Iterable[Session]) -> int:
        """Hold these, or let them go; how many are gone. While the store is away, it is tried again."""
        turns = asyncio.Semaphore(AT_ONCE)

        async def hold(session: Session) -> bool:
            async with turns:
                return await self.hold_or_let_go(session)

        held = await asyncio.gather(*(hold(session) for session in sessions))
        return held.count(False)

    async def hold_or_let_go(self, session: Session) -> bool:
        """Whether it is ours. If not, it is not here any more either, and its people look for it elsewhere."""
        life, code = self._life, session.code
        async with life.turn(code):
            try:
                is_ours = await life.until_answered(lambda: self._hold(session))
            except Exception:
                # One session's fault must not keep the others: it goes on from what the store has of it.
                logger.exception("session %s cannot be held, and goes back to the journal", code)
                self._let_go(session)
                life.unsure[code] = life.incarnation
                return False
            if not is_ours and self._is_here(session):
                logger.warning("session %s is another node's by now", code)
                life.outbox.forget(code)
                self._let_go(session)
            return is_ours

    def _is_here(self, session: Session) -> bool:
        return not session.ended and self._life.node.sessions.get(session.code) is session

    def _let_go(self, session: Session) -> None:
        self._life.node.let_go(session, CloseCode.TRY_AGAIN_LATER)

    async def _hold(self, session: Session) -> bool:
        life, code = self._life, session.code
        if not self._is_here(session):
            return True  # it has ended, is given away or goes back to the journal: others see to that
        directory = life.store.directory
        life.outbox.supersede(code)
        checkpoint = life.hold_records(session)
        owner = await directory.owner_of(code)
        if owner is None:
            return self._may_reclaim and await directory.reclaim(code, life.incarnation, checkpoint)
        if owner != life.incarnation:
            if await self._is_anothers(owner):
                return False
            taken = await directory.claim(code, owner, life.incarnation)
            if taken is None and await directory.owner_of(code) != life.incarnation:  # else an answer had been lost
                return False
        return await life.journal.checkpoint(code, checkpoint)

    async def _is_anothers(self, owner: str) -> bool:
        """Whether somebody acts for it. If not, nobody knows more of the session than we do."""
        if owner in self._formers:
            return False
        return await self._life.store.directory.holds_lease(acting_for(owner))
