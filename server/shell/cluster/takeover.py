"""Takeover: the sessions of nodes whose lease ran out go on here, each with exactly one of those who could have it.

    lapsed ──> whose turn is it? ──> claim ──> its journal, once for all ──> replay ──> adopt: checkpoint, found by all

Whoever dies in the middle has claimed under its own name: the next one claims from it, and reads on in the journal that
the checkpoint names. So the journal of a lapsed node stays until nobody can need it any more (FORGET_AFTER_S).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tickroom.server.core.checkpoint import Checkpoint, CheckpointUnreadable, decode_checkpoint
from tickroom.server.shell.cluster.faults import passing
from tickroom.server.shell.cluster.interface import StoreAway
from tickroom.server.shell.cluster.life import Life, acting_for
from tickroom.server.shell.cluster.ownership import AT_ONCE
from tickroom.server.shell.cluster.recovery import LEFT, Record, Slices, recover
from tickroom.server.shell.cluster.rendezvous import is_first
from tickroom.server.shell.node import NodeFull
from tickroom.server.shell.statistics import Histogram

if TYPE_CHECKING:
    from tickroom.server.shell.cluster.membership import Membership

logger = logging.getLogger("tickroom.cluster")

FORGET_AFTER_S = 60.0
"""A claimed session's life stands in the dead node's journal until its new owner has checkpointed it. That takes a
second; who dies meanwhile costs a lease and a takeover more. Counted while this node holds its lease only, that is
while the store takes writes."""
AGAIN_S = 1.0  # after there was no room


@dataclass
class TakeoverFigures:
    """What this node took over. ``duration``: from seeing that a lease ran out until the sessions could be found."""

    sessions: int = 0
    ended: int = 0
    given_back: int = 0
    duration: Histogram = field(default_factory=Histogram)


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
        self._left_to_others: dict[str, str] = {}  # code, and why

    async def watch(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._life.settings.watch_every_s)
            if not self._membership.is_active or self._membership.is_draining:
                continue
            try:
                await self.look()
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
                lapsed.working = life.tasks.spawn(self._take_over(name, lapsed), f"taking {name} over")
        for code in tuple(life.unsure - life.busy):
            life.unsure.discard(code)
            life.tasks.spawn(self._make_sure(code), f"looking after {code}")

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
        if code in self._life.busy or code in self._left_to_others or self._is_gone(code):
            return False
        # The view is some tenths of a second old: who has lapsed may stand in it still.
        nodes = [view for view in self._membership.view if view.entry.incarnation not in self._lapsed]
        return is_late or is_first(code, self._life.entry, nodes)

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
                self._figures.sessions += len(await self.restore(claimed, held_by))
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
            self._life.unsure.add(code)
            return None
        if blob is None:
            return None
        passing("claimed")
        mine = self._life.node.sessions.get(code)
        if mine is None:
            return blob
        # The store had lost that it is ours, and has it again. What we hold is newer than what it has.
        newest = self._life.hold_records(mine)
        await self._life.until_answered(lambda: self._life.journal.checkpoint(code, newest))
        return None

    async def _make_sure(self, code: str) -> None:
        """A session that may be ours, though it is not here."""
        if code not in self._life.node.sessions and not self._is_gone(code):
            await self._take([code], self._life.incarnation, self._clock())

    async def go_back(self, code: str) -> None:
        """A session of ours that is not here any more goes on from what our own journal has of it."""
        await self._life.outbox.flushed()
        await self._make_sure(code)

    async def adopt_from(self, code: str, held_by: str) -> None:
        """Take a session over that ``held_by`` gives away. Raises LookupError, NodeFull, StoreAway."""
        life = self._life
        if code in life.node.sessions:
            return
        if code in life.busy or code in self._left_to_others:
            raise LookupError(f"{code}: {self._left_to_others.get(code, 'it is on its way already')}")
        if life.node.load().seats_left <= 0:
            raise NodeFull("no room")
        life.busy.add(code)
        try:
            blob = await self._claim(code, held_by)
            if blob is None and code in life.unsure:
                raise StoreAway(f"nobody knows whether {code} is ours")
            if blob is None:
                raise LookupError(f"{code} is not {held_by}'s")
            if not await self.restore({code: blob}, held_by):
                raise NodeFull(self._left_to_others.get(code, f"{code} could not be had"))
        finally:
            life.busy.discard(code)

    # --- sessions ----------------------------------------------------------------------------------------------------

    async def restore(self, claimed: dict[str, bytes], held_by: str) -> list[str]:
        """Go on with sessions that were claimed from ``held_by``; codes of those that live here now."""
        by_journal: dict[str, list[Checkpoint]] = {}
        for code, blob in claimed.items():
            try:
                checkpoint = decode_checkpoint(blob)
                if checkpoint.game not in self._life.node.games:
                    raise CheckpointUnreadable(f"there is no game {checkpoint.game!r} here")
                by_journal.setdefault(checkpoint.incarnation, []).append(checkpoint)
            except CheckpointUnreadable as error:
                await self._give_back(code, held_by, error)
        living: list[str] = []
        for incarnation, checkpoints in by_journal.items():
            living += await self._follow(incarnation, checkpoints, held_by)
        return living

    async def _follow(self, incarnation: str, checkpoints: list[Checkpoint], held_by: str) -> list[str]:
        life = self._life
        records: list[Record] = []
        if any(checkpoint.pool != LEFT for checkpoint in checkpoints):
            after = min(checkpoint.sequence for checkpoint in checkpoints)
            records = await life.until_answered(lambda: self._read(incarnation, after))
        recovered = await recover(life.node.games, incarnation, checkpoints, records)
        for code, error in recovered.unreadable.items():
            await self._give_back(code, held_by, error)
        for code in recovered.ended:
            self._figures.ended += 1
            await life.until_answered(lambda code=code: life.store.directory.remove(code, life.incarnation))  # type: ignore[misc]
        turns, slices = asyncio.Semaphore(AT_ONCE), Slices()

        async def adopt(checkpoint: Checkpoint) -> bool:
            async with turns:
                await slices.turn()
                return await self._adopt(checkpoint, held_by)

        adopted = await asyncio.gather(*(adopt(checkpoint) for checkpoint in recovered.living))
        living = [one.code for one, is_here in zip(recovered.living, adopted, strict=True) if is_here]
        if living:
            logger.info("%d sessions of %s go on here", len(living), held_by)
        return living

    async def _read(self, incarnation: str, after: int) -> list[Record]:
        return [record async for record in self._life.journal.read(incarnation, after)]

    async def _adopt(self, checkpoint: Checkpoint, held_by: str) -> bool:
        try:
            session = await self._life.adopt(checkpoint)
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody else may do better; it is logged there
            await self._give_back(checkpoint.code, held_by, error)
            return False
        return session is not None

    async def _give_back(self, code: str, to: str, error: Exception) -> None:
        """We cannot have it: another node may. It is not tried again in this life, but for want of room."""
        is_known = isinstance(error, NodeFull | CheckpointUnreadable)
        logger.error("session %s is left to another node: %s", code, error, exc_info=None if is_known else error)
        self._figures.given_back += 1
        self._left_to_others[code] = str(error)
        life = self._life
        await life.until_answered(lambda: life.store.directory.claim(code, life.incarnation, to))
        if isinstance(error, NodeFull):
            asyncio.get_running_loop().call_later(AGAIN_S, self._left_to_others.pop, code, None)
