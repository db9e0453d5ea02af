"""Moving: a session goes on at another node, and its players hardly notice.

    part ──> last checkpoint ──> off our hands ──> all told ──> ask: claim, adopt, checkpoint ──> close with the new URL
                                     └───────────────── refused, or no answer: take it back ──> adopt it again here

While it is on its way it is owned by a name that is neither ours nor theirs (`leaving_name`). So taking it back and a
late claim of the other node exclude each other: the store gives it to one of the two. If we die meanwhile, that name
has lapsed with us, and the session is taken over like all others.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tickroom.protocol.codes import CloseCode
from tickroom.server.shell.cluster.handover import Handover, NotMoved
from tickroom.server.shell.cluster.interface import NodeEntry, NodeView, StoreAway
from tickroom.server.shell.cluster.life import Life, counted, leaving_name
from tickroom.server.shell.cluster.ownership import AT_ONCE as STORE_AT_ONCE
from tickroom.server.shell.cluster.placing import CLOSE_PERMILLE, headroom
from tickroom.server.shell.statistics import Histogram

if TYPE_CHECKING:
    from tickroom.server.core.session import Session
    from tickroom.server.shell.cluster.membership import Membership

logger = logging.getLogger("tickroom.cluster")

AT_ONCE = 4  # moves: each costs both sides some ms of work, and the players of the others play on
NAMED_MOST = 5  # sessions in one line of the log
TARGETS_MOST = 3  # that are asked for one session before it stays here
MUTE_S = 5.0  # a node that did not answer is not asked again for so long


@dataclass
class MovingFigures:
    """What this node gave away. ``pause``: from a session's last tick here until its players were sent on."""

    sessions: int = 0
    failed: int = 0
    pause: Histogram = field(default_factory=Histogram)


class Moving:
    """Gives sessions away in one life of this node."""

    def __init__(
        self,
        life: Life,
        membership: Membership,
        figures: MovingFigures,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._life = life
        self._membership = membership
        self._figures = figures
        self._leaving = leaving_name(life.incarnation)
        self._clock = clock
        self._given: dict[str, int] = {}  # seats by incarnation, since its load was heard of last
        self._given_since: list[NodeView] = []
        self._mute_until_s: dict[str, float] = {}  # by incarnation

    async def move_all(self, sessions: Sequence[Session]) -> None:
        """Move these, a few at once. Those that nobody takes are still here afterwards."""
        turns = asyncio.Semaphore(AT_ONCE)
        staying: dict[str, list[str]] = {}  # codes, by why

        async def move(session: Session) -> None:
            async with turns:
                if self._life.node.sessions.get(session.code) is not session:
                    return  # it has ended
                try:
                    await self.move(session)
                except (NotMoved, StoreAway) as error:
                    staying.setdefault(str(error), []).append(session.code)
                except Exception:  # ours, or the game's: it must not keep the others here
                    self._figures.failed += 1
                    logger.exception("session %s cannot be moved", session.code)

        await asyncio.gather(*(move(session) for session in sessions))
        for why, codes in staying.items():
            shown = ", ".join(codes[:NAMED_MOST]) + (", ..." if len(codes) > NAMED_MOST else "")
            logger.warning("%s not moved, for %s: %s", counted(len(codes), "session"), why, shown)

    async def move(self, session: Session, to_name: str | None = None) -> None:
        """Move one session to the node of that name, or to whom has most room. Raises NotMoved, StoreAway."""
        code = session.code
        if code in self._life.busy:
            raise NotMoved(f"{code} is on its way already")
        if self._next_target(session, to_name, []) is None:
            raise NotMoved("no other node can take it" if to_name is None else f"{to_name} cannot take it")
        self._life.busy.add(code)
        handover = Handover(self._life, self._leaving, session)
        try:
            await self._life.make_known(self._leaving)
            pause_s = await handover.carry_out(lambda asked: self._give(session, to_name, asked))
        except NotMoved:
            self._figures.failed += 1
            if handover.asked and not self._life.is_over:
                self._mute_until_s[handover.asked[-1].incarnation] = self._clock() + MUTE_S
            raise
        finally:
            self._life.busy.discard(code)
        self._figures.sessions += 1
        self._figures.pause.record(round(pause_s * 1e6))

    async def leave_behind(self, sessions: Sequence[Session], code: CloseCode) -> None:
        """Part from sessions for whoever claims them from the store, and send their people away with ``code``."""
        self._life.busy.update(session.code for session in sessions)  # for good: we do not take them back
        turns = asyncio.Semaphore(STORE_AT_ONCE)

        async def leave(session: Session) -> None:
            async with turns:
                await Handover(self._life, self._leaving, session).leave_behind(code)

        await asyncio.gather(*(leave(session) for session in sessions))

    # --- whom to ask -------------------------------------------------------------------------------------------------

    def _give(self, session: Session, to_name: str | None, asked: Sequence[NodeEntry]) -> NodeEntry | None:
        """Who is asked next, and counted as having it; None when all were asked."""
        target = self._next_target(session, to_name, asked)
        if target is not None:
            seats = session.settings.seats
            self._given[target.incarnation] = self._given.get(target.incarnation, 0) + seats
        return target

    def _next_target(self, session: Session, to_name: str | None, asked: Sequence[NodeEntry]) -> NodeEntry | None:
        """Who could take it and was not asked yet: of those with about the most room, who was given least."""
        if len(asked) >= TARGETS_MOST:
            return None
        if self._given_since is not self._membership.view:
            self._given, self._given_since = {}, self._membership.view
        room = [
            (left, view.entry)
            for view in self._membership.view
            if view.entry not in asked
            and self._could_take(view.entry, session, to_name)
            and (left := self._room(view, session.settings.seats)) is not None
        ]
        best = max((left for left, _ in room), default=0)
        good = [(left, entry) for left, entry in room if left > best - CLOSE_PERMILLE]
        good.sort(key=lambda one: (self._given.get(one[1].incarnation, 0), -one[0]))
        return good[0][1] if good else None

    def _could_take(self, entry: NodeEntry, session: Session, to_name: str | None) -> bool:
        own, schema = self._life.entry, session.pool.game.schema
        return (
            entry.incarnation != own.incarnation
            and to_name in (None, entry.name)
            and entry.format == own.format
            and entry.games.get(session.settings.game) == schema.fingerprint
            and self._mute_until_s.get(entry.incarnation, 0.0) <= self._clock()
        )

    def _room(self, view: NodeView, seats: int) -> int | None:
        given = self._given.get(view.entry.incarnation, 0)
        load = replace(view.load, seats_left=view.load.seats_left - given, players=view.load.players + given)
        return headroom(load, seats)
