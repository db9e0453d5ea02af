"""What a node counts about itself. Plain integers and one histogram; nothing here decides anything."""

from __future__ import annotations

import gc
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path

# Upper bounds in microseconds, about 12 % apart: quantiles are exact to one bucket.
_BOUNDS_US = [int(50 * 1.12**step) for step in range(100)]


class Histogram:
    """Counts of durations in microseconds; quantiles are the upper bound of the bucket they fall into."""

    def __init__(self) -> None:
        self._counts = [0] * (len(_BOUNDS_US) + 1)
        self.maximum_us = 0
        self.total = 0

    def record(self, duration_us: int) -> None:
        """Count one duration."""
        self._counts[bisect_left(_BOUNDS_US, duration_us)] += 1
        self.total += 1
        if duration_us > self.maximum_us:
            self.maximum_us = duration_us

    def quantile_us(self, share: float) -> int:
        """The duration that ``share`` (0 to 1) of all stay at or below; 0 when nothing was recorded."""
        wanted = share * self.total
        seen = 0
        for bound, count in zip(_BOUNDS_US, self._counts, strict=False):
            seen += count
            if seen >= wanted and seen:
                return min(bound, self.maximum_us)
        return self.maximum_us

    def summary(self) -> dict[str, int]:
        """p50, p99 and max in microseconds, and how many there were."""
        return {
            "p50": self.quantile_us(0.5),
            "p99": self.quantile_us(0.99),
            "max": self.maximum_us,
            "count": self.total,
        }

    def clear(self) -> None:
        """Forget everything."""
        self.__init__()  # type: ignore[misc]


@dataclass
class Statistics:
    """Counters of one node since its start (or the last reset)."""

    tick_lateness: Histogram = field(default_factory=Histogram)
    tick_duration: Histogram = field(default_factory=Histogram)
    garbage_pause: Histogram = field(default_factory=Histogram)
    ticks: int = 0  # of sessions
    ticks_skipped: int = 0  # that a stalled process did not make up for
    ticks_paused: int = 0  # of a phase, while nothing could be journaled
    facts_out: int = 0
    states_out: int = 0
    states_skipped: int = 0  # not sent to a client that was behind
    keyframes_out: int = 0
    malformed: int = 0
    resyncs: int = 0
    refused: int = 0
    origins_refused: int = 0  # requests and sockets of pages that may not
    hosts_refused: int = 0  # that meant another host
    not_authenticated: int = 0  # requests and hellos without a token that counts
    limited: dict[str, int] = field(default_factory=dict)  # refused by a limit, by which
    sessions_failed: int = 0
    closes: dict[str, int] = field(default_factory=dict)  # by reason

    def count_close(self, reason: str) -> None:
        """Count a connection that the server closed."""
        self.closes[reason] = self.closes.get(reason, 0) + 1

    def count_limited(self, limit: str) -> None:
        """Count something that a limit refused."""
        self.limited[limit] = self.limited.get(limit, 0) + 1

    def clear_timings(self) -> None:
        """Start the histograms anew, for a measurement that should not see the start-up."""
        self.tick_lateness.clear()
        self.tick_duration.clear()
        self.garbage_pause.clear()


def resident_bytes() -> int:
    """Memory of this process that is in RAM; 0 where the system does not tell (no /proc)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError):
        return 0
    return pages * 4096


def freeze_garbage() -> None:
    """Move all that lives now out of the collector's sight: start-up objects are never garbage."""
    gc.collect()
    gc.freeze()
