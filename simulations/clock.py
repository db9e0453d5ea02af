"""Where the server's clock stands, and how far ahead of it to name the tick of an input."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

SAMPLES_KEPT = 8  # of the last pongs the one with the shortest round trip is believed
SLACK_S = 0.001  # ages come in microseconds, and a tick may begin so much after it is due
LEAD_MAX_S = 0.5
LEAD_STEP_UP = 1.5  # a late input: the lead grows by one and a half times what it was short of
LEAD_DECAY = 0.995  # an input in time: the lead shrinks by so much, so that a passing stall is forgotten in seconds


class _Sample(NamedTuple):
    round_trip_s: float
    epoch_s: float

    def contradicts(self, other: _Sample) -> bool:
        """Whether no epoch is within half a round trip of both."""
        return abs(self.epoch_s - other.epoch_s) > (self.round_trip_s + other.round_trip_s) / 2 + SLACK_S


class ServerClock:
    """The session's tick as a function of this machine's monotonic time, in seconds.

    Source: Cristian's algorithm; the pong with the shortest round trip of the last few has the smallest error, at
    most half of that round trip.
    """

    def __init__(self, tick_hz: int) -> None:
        self.period_s = 1 / tick_hz
        self._samples: deque[_Sample] = deque(maxlen=SAMPLES_KEPT)
        self._epoch_s = 0.0
        self.round_trip_s = 0.0
        self.newest_told = 0  # the newest tick that the server itself spoke of: it stands there or later

    @property
    def is_set(self) -> bool:
        """Whether a pong has been seen."""
        return bool(self._samples)

    def assume(self, tick: int, now_s: float) -> None:
        """A first guess, before any pong: this tick began right now."""
        self._epoch_s = now_s - tick * self.period_s
        self.note_tick(tick)

    def observe(self, tick: int, age_us: int, sent_s: float, received_s: float) -> None:
        """A pong: half way between sending the ping and receiving it, the session was ``age_us`` into ``tick``."""
        self.note_tick(tick)
        middle = (sent_s + received_s) / 2
        sample = _Sample(received_s - sent_s, middle - age_us / 1e6 - tick * self.period_s)
        if any(sample.contradicts(earlier) for earlier in self._samples):
            self._samples.clear()  # the server stood still and skipped ticks: what was true before is true no more
        self._samples.append(sample)
        self.round_trip_s, self._epoch_s = min(self._samples)

    def note_tick(self, tick: int) -> None:
        """The server has reached this tick; when, is not known."""
        self.newest_told = max(self.newest_told, tick)

    def tick_at(self, now_s: float) -> float:
        """The newest tick and the part of the next that has passed, as one number."""
        return (now_s - self._epoch_s) / self.period_s


class Lead:
    """How long before a tick's step an input for it is sent; grows when inputs come late, shrinks slowly otherwise."""

    def __init__(self, first_s: float) -> None:
        self.seconds = first_s

    def note_late(self, late_s: float) -> None:
        """An input took effect so much later than the tick it named."""
        self.seconds = min(LEAD_MAX_S, self.seconds + LEAD_STEP_UP * late_s)

    def note_in_time(self, least_s: float) -> None:
        """An input took effect in the tick it named; the lead stays above ``least_s``."""
        self.seconds = max(least_s, self.seconds * LEAD_DECAY)
