"""What the emulator did, as it reports it at the end."""

from __future__ import annotations

from dataclasses import dataclass, field

from tickroom.simulations.network.conditions import Delivery

BUCKET_US = 50
BUCKETS = 20_000  # a second


class Lateness:
    """How much later than due chunks came out, in buckets of 50 microseconds; the greatest exactly."""

    def __init__(self) -> None:
        self._counts = [0] * BUCKETS
        self._greatest_us = 0

    def record(self, late_us: int) -> None:
        """Count one."""
        self._counts[min(late_us // BUCKET_US, BUCKETS - 1)] += 1
        self._greatest_us = max(self._greatest_us, late_us)

    def summary(self) -> dict[str, float]:
        """p50, p99 and max in milliseconds; quantiles are upper bounds of their bucket, 0 when nothing was counted."""
        return {"p50": self._quantile_ms(0.5), "p99": self._quantile_ms(0.99), "max": self._greatest_us / 1000}

    def _quantile_ms(self, share: float) -> float:
        wanted = share * sum(self._counts)
        seen = 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if seen >= wanted and seen:
                return min((bucket + 1) * BUCKET_US, self._greatest_us) / 1000
        return 0.0


@dataclass
class WayCounts:
    """One direction. ``stalled``: chunks that a stall held up."""

    chunks: int = 0
    bytes: int = 0
    stalled: int = 0


@dataclass
class Counts:
    """All of it. ``reset``: connections that a cut ended; ``unreachable``: those whose server did not answer."""

    connections: int = 0
    open: int = 0
    reset: int = 0
    unreachable: int = 0
    cuts: int = 0
    up: WayCounts = field(default_factory=WayCounts)
    down: WayCounts = field(default_factory=WayCounts)
    lateness: Lateness = field(default_factory=Lateness)

    def record(self, way: WayCounts, delivery: Delivery, now_us: int) -> None:
        """Count a chunk that came out."""
        way.chunks += 1
        way.bytes += len(delivery.chunk)
        way.stalled += delivery.stalled
        self.lateness.record(now_us - delivery.due_us)

    def summary(self) -> dict[str, object]:
        """For JSON."""
        return {
            "connections": self.connections,
            "open": self.open,
            "reset": self.reset,
            "unreachable": self.unreachable,
            "cuts": self.cuts,
            "up": vars(self.up),
            "down": vars(self.down),
            "late_ms": self.lateness.summary(),
        }
