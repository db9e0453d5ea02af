"""Takeover: the sessions of nodes whose lease ran out go on here, each with exactly one of those who could have it.

    lapsed ──> whose turn is it? ──> claim ──> its journal, once for all ──> replay ──> adopt: checkpoint, found by all

Whoever dies in the middle has claimed under its own name: the next one claims from it, and reads on in the journal that
the checkpoint names. So the journal of a lapsed node stays until nobody can need it any more (FORGET_AFTER_S).

What the store says is ours, and is not here, is taken in the same way: from our own journal. Nobody else would, for we
are alive. It does not matter how it came to be so: a lost answer, a tick that failed, a fault in a move.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tickroom.server.shell.cluster.faults import passing
from tickroom.server.shell.cluster.interface import StoreAway
from tickroom.server.shell.cluster.life import Life, acting_for, leaving_name
from tickroom.server.shell.cluster.ownership import AT_ONCE
from tickroom.server.shell.cluster.rendezvous import is_first
from tickroom.server.shell.cluster.restoring import Restoring, TakeoverFigures
from tickroom.server.shell.node import NodeFull

if TYPE_CHECKING:
    from tickroom.server.shell.cluster.membership import Membership

logger = logging.getLogger("tickroom.cluster")

FORGET_AFTER_S = 60.0
"""A claimed session's life stands in the dead node's journal until its new owner has checkpointed it. That takes a
second; who dies meanwhile costs a lease and a takeover more. Counted while this node holds its lease only, that is
while the store takes writes."""
COMPARE_EVERY_S = 1.0  # what the store says is ours with what is here


class _Lapsed:
    """What this node knows of another whose lease ran out."""

    def __init__(self, now_s: float) -> None:
        self.seen_s = now_s
        self.empty_looks = 0
        self.working: asyncio.Task[None] | None = None


class Takeovers:
    """Watches for lapsed nodes in one life of this one, and takes their sessions over."""

    def __init__(
        self,
        life: Life,
        membership: Membership,
        figures: TakeoverFigures,
        is_gone: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._life = life
        self._membership = membership
        self._figures = figures
        self._is_gone = is_gone  # a session that has ended here, and is being removed
        self._clock = clock
        self._lapsed: dict[str, _Lapsed] = {}
        self._restoring = Restoring(life, figures)
        self._missing: set[str] = set()  # codes that were ours and not here when it was compared last
        self._compared_s = clock()

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._life.settings.watch_every_s)
            if not self._membership.is_active:
                continue
            try:
                if not self._membership.is_draining:
                    await self.look()
                await self.look_after_own()
            except StoreAway as error:
                logger.debug("nobody knows who has lapsed: %s", error)  # the renewal says it aloud

    async def look(self) -> None:
        """Begin to take over what there is to take over now."""
        life = self._life
        names = await life.store.directory.lapsed()
        alive = {view.entry.incarnation for view in self._membership.view}.difference(names)
        # What a living node is giving away is in good hands.
        names = [name for name in names if acting_for(name) == name or acting_for(name) not in alive]
        self._lapsed = {name: self._lapsed.get(name) or _Lapsed(self._clock()) for name in names}
        for name, lapsed in self._lapsed.items():
            if lapsed.working is None or lapsed.working.done():
                lapsed.working = life.tasks.spawn(self._take_over(name, lapsed), f"taking {acting_for(name)} over")

    async def look_after_own(self) -> None:
        """Have what may be ours, and is not here, go on here."""
        life, now_s = self._life, self._clock()
        if now_s - self._compared_s >= COMPARE_EVERY_S:
            self._compared_s = now_s
            await self._compare()
        free = {code: holder for code, holder in life.unsure.items() if life.is_free(code)}
        for code in free:
            del life.unsure[code]
        if free:
            life.tasks.spawn(self._make_sure(free), "looking after what may be our own")

    async def _compare(self) -> None:
        """Note what the store has as ours, and nobody here cares for. Seen twice: the answer may be old by now."""
        life = self._life
        missing: dict[str, str] = {}
        for name in (life.incarnation, leaving_name(life.incarnation)):
            codes = await life.store.directory.sessions_of(name)
            missing |= dict.fromkeys([code for code in codes if self._is_missing(code)], name)
        for code in self._missing.intersection(missing):
            life.unsure.setdefault(code, missing[code])
        self._missing = set(missing)

    def _is_missing(self, code: str) -> bool:
        return code not in self._life.node.sessions and self._life.is_free(code) and not self._is_gone(code)

    async def _take_over(self, name: str, lapsed: _Lapsed) -> None:
        try:
            codes = await self._life.store.directory.sessions_of(name)
            if not codes:
                await self._forget(name, lapsed)
                return
            lapsed.empty_looks = 0
            is_late = self._clock() - lapsed.seen_s >= self._life.settings.step_in_after_s
            await self._take([code for code in codes if self._is_for_us(code, is_late)], name, lapsed.seen_s)
        except StoreAway as error:
            logger.debug("%s: %s", name, error)  # the next look goes on

    async def _forget(self, name: str, lapsed: _Lapsed) -> None:
        lapsed.empty_looks += 1
        if lapsed.empty_looks * self._life.settings.watch_every_s >= FORGET_AFTER_S:
            await self._life.store.directory.forget(name)

    def _is_for_us(self, code: str, is_late: bool) -> bool:
        life = self._life
        if code in life.busy or code in life.unsure or code in self._restoring.left_to_others or self._is_gone(code):
            return False
        # The view is some tenths of a second old: who has lapsed may stand in it still.
        nodes = [view for view in self._membership.view if view.entry.incarnation not in self._lapsed]
        return is_late or is_first(code, life.entry, nodes)

    # --- claims ------------------------------------------------------------------------------------------------------

    async def _take(self, codes: list[str], held_by: str, since_s: float) -> None:
        turns = asyncio.Semaphore(AT_ONCE)

        async def claim(code: str) -> bytes | None:
            async with turns:
                return await self._claim(code, held_by)

        self._life.busy.update(codes)
        try:
            taken = await asyncio.gather(*(claim(code) for code in codes))
            claimed = {code: blob for code, blob in zip(codes, taken, strict=True) if blob is not None}
            if claimed:
                self._figures.sessions += len(await self._restoring.restore(claimed, held_by))
                self._figures.duration.record(round((self._clock() - since_s) * 1e6))
        finally:
            self._life.busy.difference_update(codes)

    async def _claim(self, code: str, held_by: str) -> bytes | None:
        """The session's checkpoint if it is ours from now on."""
        directory, own = self._life.store.directory, self._life.incarnation
        try:
            blob = await directory.claim(code, held_by, own)
            if blob is None and code not in self._life.node.sessions and await directory.owner_of(code) == own:
                blob = await directory.claim(code, own, own)  # an answer that was lost
        except StoreAway:
            self._life.unsure[code] = held_by
            return None
        except Exception as error:
            # It must not keep the others. If the claim was done all the same, the session is found to be ours.
            logger.exception("session %s cannot be claimed", code)
            self._restoring.leave_for_now(code, error)
            return None
        if blob is None:
            if code not in self._life.node.sessions:
                self._life.outbox.forget(code)
            return None
        passing("claimed")
        mine = self._life.node.sessions.get(code)
        if mine is None:
            return blob
        # The store had lost that it is ours, and has it again. What we hold is newer than what it has.
        newest = self._life.hold_records(mine)
        await self._life.until_answered(lambda: self._life.journal.checkpoint(code, newest))
        return None

    async def _make_sure(self, holders: dict[str, str]) -> None:
        """Take sessions that may be ours, though they are not here. ``holders``: whose they were, by code."""
        await self._life.outbox.flushed()  # by then our journal has all that was told, and what ended is being removed
        for holder in set(holders.values()):
            codes = [code for code, its in holders.items() if its == holder]
            # Somebody else has taken care meanwhile, or does just now: then there will be another look.
            self._life.unsure.update((code, holder) for code in codes if not self._life.is_free(code))
            await self._take([code for code in codes if self._is_missing(code)], holder, self._clock())

    async def adopt_from(self, code: str, held_by: str) -> None:
        """Take a session over that ``held_by`` gives away. Raises LookupError, NodeFull, StoreAway."""
        life = self._life
        if code in life.node.sessions:
            return
        if code in life.busy or code in self._restoring.left_to_others:
            raise LookupError(f"{code}: {self._restoring.left_to_others.get(code, 'it is on its way already')}")
        if life.node.load().seats_left <= 0:
            raise NodeFull("no room")
        life.busy.add(code)
        try:
            blob = await self._claim(code, held_by)
            if blob is None and code in life.unsure:
                raise StoreAway(f"nobody knows whether {code} is ours")
            if blob is None:
                raise LookupError(f"{code} is not {acting_for(held_by)}'s any more")
            if not await self._restoring.restore({code: blob}, held_by):
                raise NodeFull(self._restoring.left_to_others.get(code, f"{code} could not be had"))
        finally:
            life.busy.discard(code)
