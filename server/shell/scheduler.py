"""The tick scheduler: calls each phase when it is due, on an absolute schedule; collects garbage in between."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable

from tickroom.server.core.placement import Phase, Placement
from tickroom.server.shell.statistics import Statistics

MAX_CATCH_UP_TICKS = 5  # after a stall, so many missed ticks are made up for at once; the rest are skipped and counted
COLLECT_EVERY_NS = 1_000_000_000
FULL_COLLECTION_EVERY = 600  # collections; a closed connection leaves no cycles (test_memory.py), so it finds little
EARLY_NS = 600_000  # libuv's timers count milliseconds: a tick that is due within half of one is due now
NS = 1_000_000_000


class Scheduler:
    """Ticks every open phase at its rate. The schedule is absolute: lateness of one tick never moves the next.

    ``now_ns``: a monotonic clock in nanoseconds.
    """

    def __init__(
        self,
        placement: Placement,
        tick_phase: Callable[[Phase, int], None],
        statistics: Statistics,
        now_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._placement = placement
        self._tick_phase = tick_phase
        self._statistics = statistics
        self._now_ns = now_ns
        self._origin_ns = now_ns()
        self._next: dict[Phase, int] = {}  # the number of the next tick since the origin
        self._timer: asyncio.TimerHandle | None = None
        self._collected_ns = 0
        self._collections = 0
        self._stopped = False
        self._armed_for_ns = 0

    def start(self) -> None:
        """Begin. From here on the collector runs when the schedule has room, never in the middle of a tick."""
        gc.disable()
        self._run()

    def stop(self) -> None:
        """Tick no more."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        gc.enable()

    def wake(self) -> None:
        """A session was opened: its phase may have been asleep."""
        if not self._stopped:
            self._arm()

    def next_due_ns(self) -> int:
        """When the next tick of any phase is due, on the clock."""
        return min(self._due_ns(phase) for phase in self._next)

    def _due_ns(self, phase: Phase) -> int:
        slots = self._next[phase] * self._placement.phases + phase.number
        return self._origin_ns + slots * NS // (phase.tick_hz * self._placement.phases)

    def _follow_phases(self, now_ns: int) -> None:
        open_phases = self._placement.open_phases()
        for phase in open_phases:
            if phase not in self._next:
                self._next[phase] = (now_ns - self._origin_ns) * phase.tick_hz // NS + 1
        if len(self._next) > len(open_phases):
            self._next = {phase: number for phase, number in self._next.items() if phase in open_phases}

    def _run(self) -> None:
        try:
            self.run_due()
            self._collect_garbage()
        finally:
            self._arm()

    def run_if_due(self) -> None:
        """Tick if it is time; cheap if not. For callers in the middle of much input.

        libuv reads sockets as long as they have something, up to 48 times 1,024 of them, before it looks at a timer:
        without this, a flood of input held ticks up for seconds.
        """
        if self._timer is not None and self._now_ns() >= self._armed_for_ns:
            self._run()

    def run_due(self) -> None:
        """Tick what is due now, the longest due first."""
        self._follow_phases(self._now_ns())
        for phase in sorted(self._next, key=self._due_ns):
            self._run_phase(phase)

    def _run_phase(self, phase: Phase) -> None:
        made_up = 0
        while (late_ns := self._now_ns() - self._due_ns(phase)) >= -EARLY_NS:
            if made_up == MAX_CATCH_UP_TICKS:
                behind = max(0, late_ns * phase.tick_hz // NS)
                self._statistics.ticks_skipped += behind
                self._next[phase] += behind
                return
            made_up += 1
            began_ns = self._due_ns(phase) + late_ns
            self._statistics.tick_lateness.record(max(0, late_ns) // 1000)
            self._next[phase] += 1
            self._tick_phase(phase, began_ns)
            self._statistics.tick_duration.record((self._now_ns() - began_ns) // 1000)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now_ns = self._now_ns()
        self._follow_phases(now_ns)
        if self._stopped:
            return
        # With nothing to tick, only the garbage of refused sockets and the like is due now and then.
        self._armed_for_ns = self.next_due_ns() if self._next else now_ns + COLLECT_EVERY_NS
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(0, self._armed_for_ns - now_ns) / NS, self._run)

    def _collect_garbage(self) -> None:
        began_ns = self._now_ns()
        if began_ns - self._collected_ns < COLLECT_EVERY_NS:
            return
        self._collected_ns = began_ns
        self._collections += 1
        gc.collect(2 if self._collections % FULL_COLLECTION_EVERY == 0 else 1)
        self._statistics.garbage_pause.record((self._now_ns() - began_ns) // 1000)
