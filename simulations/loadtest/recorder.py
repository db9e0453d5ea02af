"""What the clients of one generator see between the start and the end of the window."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from tickroom.simulations.loadtest.histogram import Histogram


@dataclass
class Counters:
    """Sums over clients; all of the window alone, except ``dropped``, which counts from the start."""

    frames: int = 0  # WebSocket messages received
    state_frames: int = 0  # of them keyframes and deltas
    bytes_in: int = 0  # payloads
    inputs: int = 0
    bytes_out: int = 0
    client_ticks: int = 0
    unanswered_inputs: int = 0  # at the end of the window, older than a second
    errors: int = 0
    checksums: int = 0  # of full copies, compared
    mismatches: int = 0  # of full copies that were out of step
    dropped: int = 0
    drop_reasons: dict[str, int] = field(default_factory=dict)

    def add(self, other: Counters) -> None:
        """Add another generator's."""
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for reason, count in other.drop_reasons.items():
            self.drop_reasons[reason] = self.drop_reasons.get(reason, 0) + count


_NUMBERS = tuple(name for name, kind in Counters.__annotations__.items() if kind == "int")


class Recorder:
    """Shared by the clients of one process. Samples are appended raw, for that is cheapest, and counted at the end.

    Bounded by the window: a sample of each kind a client and tick.
    """

    def __init__(self) -> None:
        self.counters = Counters()
        self.ack_s = array("d")
        self.interval_s = array("d")

    def restart(self) -> None:
        """The window begins: forget what was before, but not who was lost."""
        before = self.counters
        self.counters = Counters(dropped=before.dropped, drop_reasons=before.drop_reasons)
        self.ack_s = array("d")
        self.interval_s = array("d")

    def histograms(self) -> tuple[Histogram, Histogram]:
        """Input-to-ack latencies and intervals between state frames."""
        return Histogram.of(self.ack_s), Histogram.of(self.interval_s)
