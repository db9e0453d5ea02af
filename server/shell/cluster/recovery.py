"""From checkpoints and a dead node's journal to sessions at their last tick, in slices: others play here meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tickroom.game.interface import Game
from tickroom.server.core.checkpoint import Checkpoint, take_checkpoint
from tickroom.server.core.records import RecordUnreadable, decode_record
from tickroom.server.core.replay import Replay

logger = logging.getLogger("tickroom.cluster")

SLICE_S = 0.002  # of work, then the ticks of this node's own sessions have their turn
LEFT = -1  # the pool of a checkpoint after which its node never ticked the session: no record is for it

Record = tuple[int, bytes]


class Slices:
    """Work in slices: ``await slices.turn()`` now and then lets others in when one is over."""

    def __init__(self, slice_s: float = SLICE_S, clock: Callable[[], float] = time.perf_counter) -> None:
        self._slice_s = slice_s
        self._clock = clock
        self._since_s = clock()

    async def turn(self) -> None:
        """Let the event loop run if this slice is over."""
        if self._clock() - self._since_s >= self._slice_s:
            await asyncio.sleep(0)
            self._since_s = self._clock()


class Recovered(NamedTuple):
    """``living``: each at its last tick. ``ended``: codes of those that ended before. ``unreadable``: code and why."""

    living: list[Checkpoint]
    ended: list[str]
    unreadable: dict[str, Exception]


class _Stretch(NamedTuple):
    """Sessions that go on with the same records: those after ``after`` and before ``before``; None: to the end."""

    checkpoints: list[Checkpoint]
    after: int
    before: int | None


def stretches(checkpoints: Iterable[Checkpoint], sequences: Sequence[int]) -> Iterator[_Stretch]:
    """The checkpoints by what is there of the journal: each goes on until the first record that is missing.

    ``sequences``: of the records that are there, rising.
    """
    # From the first record that is missing to the next that is there.
    holes = [(before + 1, after) for before, after in itertools.pairwise([0, *sequences]) if after != before + 1]
    by_end: dict[int | None, list[Checkpoint]] = {}
    for checkpoint in checkpoints:
        needed = checkpoint.sequence + 1
        end = next((max(needed, missing) for missing, there in holes if needed < there), None)
        by_end.setdefault(end, []).append(checkpoint)
    for end, members in by_end.items():
        yield _Stretch(members, min(one.sequence for one in members), end)


async def recover(
    games: Mapping[str, Game[Any]], incarnation: str, checkpoints: Sequence[Checkpoint], records: Sequence[Record]
) -> Recovered:
    """Bring sessions to the end of the journal of ``incarnation``, whose ``records`` these are, in order.

    Where a record is missing or damaged they stay where they were before it: what came after is lost, never guessed.
    """
    recovered = Recovered([one for one in checkpoints if one.pool == LEFT], [], {})
    slices = Slices()
    going_on = [one for one in checkpoints if one.pool != LEFT]
    for stretch in stretches(going_on, [sequence for sequence, _ in records]):
        if stretch.before is not None:
            codes = ", ".join(one.code for one in stretch.checkpoints)
            logger.error("the journal of %s has no record %d: %s stay before it", incarnation, stretch.before, codes)
        theirs = [
            (sequence, blob)
            for sequence, blob in records
            if stretch.after < sequence and (stretch.before is None or sequence < stretch.before)
        ]
        await _Following(games, incarnation, theirs, recovered, slices).follow(stretch.checkpoints)
    return recovered


class _Following(NamedTuple):
    games: Mapping[str, Game[Any]]
    incarnation: str
    records: Sequence[Record]
    recovered: Recovered
    slices: Slices

    async def follow(self, checkpoints: Sequence[Checkpoint]) -> None:
        """All at once, which costs least; if that fails, each alone, so that one does no harm to the others."""
        try:
            replay = Replay(self.games, checkpoints)
            for sequence, blob in self.records:
                replay.advance(sequence, decode_record(blob))
                await self.slices.turn()
        except RecordUnreadable:
            if len(checkpoints) > 1:
                await self._follow_one_by_one(checkpoints)
                return
            code = checkpoints[0].code
            logger.exception("%s: the journal of %s ends before record %d", code, self.incarnation, sequence)
        except Exception:  # ours or a game's: a session that cannot be replayed ends, and nothing else does
            if len(checkpoints) > 1:
                await self._follow_one_by_one(checkpoints)
                return
            logger.exception("session %s cannot be replayed, and ends", checkpoints[0].code)
            self.recovered.ended.append(checkpoints[0].code)
            return
        for session in replay.finish():
            self.recovered.living.append(take_checkpoint(session, self.incarnation, 0))
            await self.slices.turn()
        self.recovered.ended.extend(replay.ended)
        self.recovered.unreadable.update(replay.unreadable)

    async def _follow_one_by_one(self, checkpoints: Sequence[Checkpoint]) -> None:
        for checkpoint in checkpoints:
            await self.follow([checkpoint])
