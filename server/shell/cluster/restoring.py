"""From checkpoints that were claimed to sessions that live here, or back to whose they were."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from tickroom.server.core.checkpoint import Checkpoint, CheckpointUnreadable, decode_checkpoint
from tickroom.server.shell.cluster.life import Life, acting_for, counted
from tickroom.server.shell.cluster.ownership import AT_ONCE
from tickroom.server.shell.cluster.recovery import LEFT, Record, Slices, recover
from tickroom.server.shell.node import NodeFull
from tickroom.server.shell.statistics import Histogram

logger = logging.getLogger("tickroom.cluster")

AGAIN_S = 1.0  # after there was no room


@dataclass
class TakeoverFigures:
    """What this node took over. ``duration``: from seeing that a lease ran out until the sessions could be found."""

    sessions: int = 0
    ended: int = 0
    given_back: int = 0
    duration: Histogram = field(default_factory=Histogram)


class Restoring:
    """Brings claimed sessions to life. ``left_to_others``: codes of those for which it could not, and why."""

    def __init__(self, life: Life, figures: TakeoverFigures) -> None:
        self.left_to_others: dict[str, str] = {}
        self._life = life
        self._figures = figures

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
            life.outbox.forget(code)
            await life.until_answered(lambda code=code: life.store.directory.remove(code, life.incarnation))  # type: ignore[misc]
        turns, slices = asyncio.Semaphore(AT_ONCE), Slices()

        async def adopt(checkpoint: Checkpoint) -> bool:
            async with turns:
                await slices.turn()
                return await self._adopt(checkpoint, held_by)

        adopted = await asyncio.gather(*(adopt(checkpoint) for checkpoint in recovered.living))
        living = [one.code for one, is_here in zip(recovered.living, adopted, strict=True) if is_here]
        if living:
            whose = "our own journal" if acting_for(held_by) == life.incarnation else acting_for(held_by)
            logger.info("%s taken over from %s", counted(len(living), "session"), whose)
        return living

    async def _read(self, incarnation: str, after: int) -> list[Record]:
        return [record async for record in self._life.journal.read(incarnation, after)]

    async def _adopt(self, checkpoint: Checkpoint, held_by: str) -> bool:
        try:
            session = await self._life.adopt(checkpoint)
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody else may do better; it is logged there
            await self._give_back(checkpoint.code, held_by, error)
            return False
        self.left_to_others.pop(checkpoint.code, None)
        return session is not None

    async def _give_back(self, code: str, to: str, error: Exception) -> None:
        """We cannot have it: another node may. It is not tried again in this life, but for want of room.

        What was ours stays ours, and is tried again: nobody else may have it as long as we live.
        """
        life = self._life
        is_ours = acting_for(to) == life.incarnation
        is_known = isinstance(error, NodeFull | CheckpointUnreadable)
        if self.left_to_others.get(code) != str(error):
            what = "cannot go on here for now" if is_ours else "is left to another node"
            logger.error("session %s %s: %s", code, what, error, exc_info=None if is_known else error)
        self._figures.given_back += 1
        self.left_to_others[code] = str(error)
        if not is_ours:
            await life.until_answered(lambda: life.store.directory.claim(code, life.incarnation, to))
            life.outbox.forget(code)
        if isinstance(error, NodeFull):
            self.leave_for_now(code, error)

    def leave_for_now(self, code: str, error: Exception) -> None:
        """Not to be tried again at once."""
        self.left_to_others[code] = str(error)
        asyncio.get_running_loop().call_later(AGAIN_S, self.left_to_others.pop, code, None)
