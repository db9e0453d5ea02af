"""Journal, then tell: what a tick asks for waits here until its record is kept, and is told in the order of the ticks.

    ticks ──> add ──> [waiting] ──> Journal.append_now, or append ──> tell
                 └──> keep ──> Journal.checkpoint ──> Journal.trim

A record goes out with the tick, and what it holds is told with the store's word: no task is woken in between, whose
turn would come late on a full core. Where anything is not as usual (nothing connected yet, no answer, a gap, a lost
lease), a task appends what waits, and finds out.

While the store is slow or away, ticks go on and wait, for ``ahead_s``; then there is no more room, and the node pauses
its sessions rather than let them go where nobody may follow.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import NamedTuple

from tickroom.server.core.records import PoolRecord, encode_record
from tickroom.server.shell.cluster.faults import passing
from tickroom.server.shell.cluster.interface import Fenced, Journal, JournalGap, StoreAway
from tickroom.server.shell.publisher import Advanced, Publisher
from tickroom.server.shell.statistics import Histogram

logger = logging.getLogger("tickroom.outbox")

RETRY_S = 0.1
AWAY_AFTER_S = 0.5  # an answer that has not come by then is missed; to find out what is the matter takes as long again
UNDER_WAY_MOST = 16  # records at once
TRIM_EVERY_S = 1.0
GATHER_S = 0.2  # checkpoints of so long go to the store together: the way there costs more than they do
CHECKPOINTS_AT_ONCE = 64


class Ticked(NamedTuple):
    """A tick of a pool: what a replay needs, and what is to be told."""

    record: PoolRecord
    advanced: Advanced


class _Waiting(NamedTuple):
    sequence: int
    at_s: float
    blob: bytes
    advanced: Sequence[Advanced]


class _Kept(NamedTuple):
    code: str
    checkpoint: bytes
    sequence: int


class OutboxEvents(NamedTuple):
    """What the outbox tells its owner. ``away``: the store does not answer; ``back``: it does again.

    ``gap``: records were lost; returns when every session is checkpointed anew. ``fenced``: the outbox has stopped.
    ``lost``: a session turned out to be somebody else's.
    """

    away: Callable[[], None]
    back: Callable[[], None]
    gap: Callable[[], Awaitable[None]]
    fenced: Callable[[], None]
    lost: Callable[[str], None]


class Outbox:
    """The ticks of one incarnation on their way out. ``ahead_s``: how long ticks may go on untold."""

    def __init__(
        self,
        incarnation: str,
        journal: Journal,
        publisher: Publisher,
        events: OutboxEvents,
        *,
        ahead_s: float,
        checkpoint_every_s: float,
    ) -> None:
        self.incarnation = incarnation
        self.sequence = 0  # of the newest record that was added
        self.append_time = Histogram()  # from the tick to the store's word
        self.appends = self.bytes_appended = self.checkpoints = self.checkpoint_bytes = 0
        self._journal = journal
        self._publisher = publisher
        self._events = events
        self._ahead_s = ahead_s
        self._checkpoint_every_s = checkpoint_every_s
        self._waiting: deque[_Waiting] = deque()
        self._begun: _Waiting | None = None  # begun with ``append_now``, and not answered yet
        self._is_usual = False  # whether nothing but ``append_now`` is to be done
        self._unusual = asyncio.Event()  # the task's work
        self._told = asyncio.Event()  # set while nothing waits
        self._told.set()
        self._is_away = False
        self._to_keep: dict[str, _Kept] = {}  # by code: a newer checkpoint replaces one that is not written yet
        self._to_keep_added = asyncio.Event()
        self._kept: dict[str, int] = {}  # the sequence of each session's checkpoint in the store
        self._due_since_s = time.monotonic()
        self._tasks: list[asyncio.Task[None]] = []

    # --- life --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to append. On the event loop."""
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._append_on()), loop.create_task(self._checkpoint_on())]
        for task in self._tasks:
            task.add_done_callback(_log_failure)

    async def stop(self) -> None:
        """End. What waits is never told; sessions that ended in it end."""
        self._is_usual = False
        for task in self._tasks:
            task.cancel()
        self._drop_waiting()  # before anything is waited for: an answer may be on its way
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._drop_waiting()

    async def flushed(self) -> None:
        """Until all that was added by now is told. For ever, if the store is."""
        target = self.sequence
        while self._waiting and self._waiting[0].sequence <= target:
            self._told.clear()
            await self._told.wait()

    def _drop_waiting(self) -> None:
        while self._waiting:
            for advanced in self._waiting.popleft().advanced:
                self._publisher.drop_held(advanced)
        self._told.set()

    # --- ticks -------------------------------------------------------------------------------------------------------

    @property
    def has_room(self) -> bool:
        """Whether another tick may be stepped before one that waits is told."""
        return not self._waiting or time.monotonic() - self._waiting[0].at_s < self._ahead_s

    def add(self, ticked: Sequence[Ticked]) -> None:
        """A tick of a phase: append its record, then tell what it asks for."""
        if not ticked:
            return
        blob = encode_record([one.record for one in ticked])
        self.sequence += 1
        passing("advanced")
        self._waiting.append(_Waiting(self.sequence, time.monotonic(), blob, [one.advanced for one in ticked]))
        self._begin()

    def look(self) -> None:
        """Tell what may be told by now: called now and then in the middle of much input."""
        if self._begun is not None:
            self._journal.look()

    def _begin(self) -> None:
        """Append the oldest that waits, unless one is under way: the next one is begun when that is answered."""
        if not self._is_usual or self._begun is not None or not self._waiting:
            return
        begun = self._begun = self._waiting[0]
        is_begun = False
        try:
            is_begun = self._journal.append_now(
                begun.sequence, begun.blob, lambda kept: self._note_answered(begun, kept)
            )
        except Exception:  # ours: whoever adds a tick must not take it for one that is not here
            logger.exception("record %d could not be begun", begun.sequence)
        if not is_begun:
            self._begun = None
            self._look_into_it()

    def _note_answered(self, begun: _Waiting, is_kept: bool) -> None:
        if self._begun is not begun:
            return
        self._begun = None
        if not self._waiting or self._waiting[0] is not begun:
            return  # it was dropped: this incarnation tells nothing any more
        if is_kept:
            self._note_appended()
            self._begin()
            return
        self._look_into_it()
        if time.monotonic() - begun.at_s >= AWAY_AFTER_S:
            self._note_away(StoreAway("a record is not known to be kept"))

    def _look_into_it(self) -> None:
        self._is_usual = False
        self._unusual.set()

    async def _append_on(self) -> None:
        """What ``append_now`` cannot do."""
        has_gap = is_after_gap = is_wanted = False
        while True:
            if not is_wanted:
                self._unusual.clear()
                self._is_usual = True
                self._begin()  # with ticks that wait, too: on a full core some always do
                await self._unusual.wait()
                is_wanted = True
            try:
                if has_gap:
                    await self._events.gap()
                    has_gap, is_after_gap = False, True
                await self._append_oldest(is_after_gap)
                is_after_gap = is_wanted = False
            except JournalGap:
                logger.error("the store has lost records: every session is checkpointed anew before anything is told")
                has_gap = True
            except Fenced:
                self._events.fenced()
                return
            except Exception as error:  # noqa: BLE001 - logged there; an outbox that ends would hold its node for ever
                self._note_away(error)
                await asyncio.sleep(RETRY_S)

    async def _append_oldest(self, is_after_gap: bool) -> None:
        """Append what waits, and tell it. Where the store is slower than the ticks, several records are under way."""
        if is_after_gap or len(self._waiting) == 1:
            await self._append(self._waiting[0], is_after_gap)
            return
        batch = list(islice(self._waiting, UNDER_WAY_MOST))
        faults = await asyncio.gather(*(self._append(waiting) for waiting in batch), return_exceptions=True)
        if self._waiting:
            kept = self._waiting[0].sequence - batch[0].sequence
            if kept < len(faults) and (fault := faults[kept]) is not None:
                raise fault

    async def _append(self, waiting: _Waiting, is_after_gap: bool = False) -> None:
        """Append a record and tell it at once: a moment later the lease that the store has just seen may be over."""
        await self._journal.append(waiting.sequence, waiting.blob, is_after_gap=is_after_gap)
        # The store takes a record after the one before it only: if it has one, it has all before, though their answers
        # were lost. Sent again they would look like a gap.
        while self._waiting and self._waiting[0].sequence <= waiting.sequence:
            self._note_appended()

    def _note_appended(self) -> None:
        passing("appended")
        self._note_back()
        waiting = self._waiting.popleft()
        self.appends += 1
        self.bytes_appended += len(waiting.blob)
        self.append_time.record(int((time.monotonic() - waiting.at_s) * 1e6))
        for advanced in waiting.advanced:
            self._tell(advanced)
            passing("half_told")
        passing("told")
        self._told.set()

    def _tell(self, advanced: Advanced) -> None:
        try:
            self._publisher.tell_held(advanced)
        except Exception:
            # Ours, as in Node._tick_pool: it must not keep what others wait for.
            logger.exception("a tick could not be told; sessions in it: %d", len(advanced.output.sessions))

    def _note_away(self, error: Exception) -> None:
        if not self._is_away:
            self._is_away = True
            unexpected = None if isinstance(error, StoreAway) else error
            logger.warning("the store does not answer, so nothing is told: %s", error, exc_info=unexpected)
            try:
                self._events.away()
            except Exception:  # ours: whoever is not told of it is told of the end
                logger.exception("that the store is away could not be told")

    def _note_back(self) -> None:
        if self._is_away:
            self._is_away = False
            logger.info("the store answers again")
            self._events.back()

    # --- checkpoints -------------------------------------------------------------------------------------------------

    def checkpoints_due(self, sessions: int) -> int:
        """How many of so many sessions are due now, for each to be checkpointed once in its time; at most all."""
        now_s = time.monotonic()
        if not sessions or len(self._to_keep) >= sessions:
            self._due_since_s = now_s
            return 0
        due = int((now_s - self._due_since_s) * sessions / self._checkpoint_every_s)
        if due:
            self._due_since_s += due * self._checkpoint_every_s / sessions
        return min(due, sessions)

    def keep(self, code: str, checkpoint: bytes, sequence: int) -> None:
        """Have a session's checkpoint stored; ``sequence``: the newest record that it includes."""
        self._to_keep[code] = _Kept(code, checkpoint, sequence)
        self._to_keep_added.set()

    def note_kept(self, code: str, sequence: int) -> None:
        """Somebody else of this node is about to store a checkpoint.

        The records after the one that is stored now stay as well, until a later one of ours is: it may take long.
        """
        self._kept[code] = min(sequence, self._kept.get(code, sequence))

    def supersede(self, code: str) -> None:
        """Somebody else of this node stores a newer checkpoint: one that waits would undo it."""
        self._to_keep.pop(code, None)

    def forget(self, code: str) -> None:
        """A session is not ours any more: its checkpoint holds no records back."""
        self._kept.pop(code, None)
        self._to_keep.pop(code, None)

    async def _checkpoint_on(self) -> None:
        trimmed_s = 0.0
        while True:
            if not self._to_keep:
                self._to_keep_added.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(TRIM_EVERY_S):
                        await self._to_keep_added.wait()
            try:
                if self._to_keep:
                    await asyncio.sleep(GATHER_S)
                    await self._write_checkpoints()
                if time.monotonic() - trimmed_s >= TRIM_EVERY_S:
                    trimmed_s = time.monotonic()
                    await self._journal.trim(1 + min(self._kept.values(), default=self._told_up_to))
            except StoreAway as error:
                self._note_away(error) if self._waiting else None
                await asyncio.sleep(RETRY_S)
            except Exception:  # ours: without checkpoints the journal is never trimmed
                logger.exception("checkpoints that are not written, but taken anew in turn: %d", len(self._to_keep))
                self._to_keep.clear()
                await asyncio.sleep(RETRY_S)

    @property
    def _told_up_to(self) -> int:
        return self._waiting[0].sequence - 1 if self._waiting else self.sequence

    async def _write_checkpoints(self) -> None:
        batch = list(islice(self._to_keep.values(), CHECKPOINTS_AT_ONCE))
        lost = await self._journal.checkpoint_all({kept.code: kept.checkpoint for kept in batch})
        for kept in batch:
            if self._to_keep.get(kept.code) is kept:
                del self._to_keep[kept.code]
            if kept.code in lost:
                self._kept.pop(kept.code, None)
                self._events.lost(kept.code)
                continue
            passing("checkpointed")
            self.checkpoints += 1
            self.checkpoint_bytes += len(kept.checkpoint)
            if kept.code in self._kept:  # else it is not ours any more since it was asked
                self._kept[kept.code] = kept.sequence


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("the outbox stopped", exc_info=error)
