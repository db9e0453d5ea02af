"""When what enters the network comes out: no clock, no socket, only integers of microseconds that the caller passes in.

    chunk arrives ──> + delay + jitter ──> not before the one ahead of it ──> not while the way is stalled ──> delivered

A *way* is one direction of the network, for all connections; a *lane* is one connection's part of it. Chunks of a lane
keep their order, as TCP's bytes do, so that one late chunk holds up those behind it.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

MAX_DELAY_US = 60_000_000
MAX_STALL_US = 600_000_000


class ConditionsInvalid(ValueError):
    """The caller's fault; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Of one direction. A chunk takes ``delay_us`` and, by chance, 0 to ``jitter_us`` more, each as likely.

    Every ``stall_every_us`` nothing passes for ``stall_us``; 0: no such stalls.
    """

    delay_us: int = 0
    jitter_us: int = 0
    stall_every_us: int = 0
    stall_us: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.delay_us <= MAX_DELAY_US and 0 <= self.jitter_us <= MAX_DELAY_US):
            raise ConditionsInvalid(f"delay and jitter must be 0 to {MAX_DELAY_US // 1000} ms")
        if self.stall_every_us and not 0 < self.stall_us < self.stall_every_us:
            raise ConditionsInvalid("a stall must be longer than 0 and shorter than the time from one to the next")
        if self.stall_every_us < 0 or self.stall_us < 0:
            raise ConditionsInvalid("times must not be negative")


class Way:
    """One direction: its conditions, which may change, and when nothing passes."""

    def __init__(self, conditions: Conditions, now_us: int = 0) -> None:
        self.conditions = conditions
        self._stalls_since = now_us  # the first periodic stall begins one period later
        self._stall = (0, 0)  # begin and end of the newest stall that was asked for

    def change(self, conditions: Conditions, now_us: int) -> None:
        """Other conditions for what arrives from now on. New times of stalls count from now."""
        old = self.conditions
        if (conditions.stall_every_us, conditions.stall_us) != (old.stall_every_us, old.stall_us):
            self._stalls_since = now_us
        self.conditions = conditions

    def stall(self, now_us: int, length_us: int) -> None:
        """Nothing passes from now on for so long, or as long as an earlier stall still lasts."""
        if not 0 <= length_us <= MAX_STALL_US:
            raise ConditionsInvalid(f"a stall lasts 0 to {MAX_STALL_US // 1_000_000} s")
        begin, end = self._stall
        self._stall = (begin if now_us < end else now_us, max(end, now_us + length_us))

    def opens_at(self, when_us: int) -> int:
        """The first moment from ``when_us`` on at which something may pass."""
        while True:
            begin, end = self._stall
            opens = self._end_of_periodic(end if begin <= when_us < end else when_us)
            if opens == when_us:
                return when_us
            when_us = opens

    def _end_of_periodic(self, when_us: int) -> int:
        every = self.conditions.stall_every_us
        if every:
            periods, into = divmod(when_us - self._stalls_since, every)
            if periods >= 1 and into < self.conditions.stall_us:
                return when_us - into + self.conditions.stall_us
        return when_us


def jitter_generator(seed: int, connection: int, direction: str) -> random.Random:
    """The generator of one lane: what it draws does not depend on how much other connections send."""
    return random.Random(f"{seed}/{connection}/{direction}")


class Delivery(NamedTuple):
    """A chunk, when it was due, and whether a stall held it up beyond what delay and jitter ask for."""

    chunk: bytes
    due_us: int
    stalled: bool


class Lane:
    """What is on the way in one direction of one connection. ``queued_bytes``: how much that is."""

    def __init__(self, way: Way, generator: random.Random) -> None:
        self.queued_bytes = 0
        self._way = way
        self._generator = generator
        self._queue: deque[tuple[int, bytes]] = deque()
        self._newest_us = 0

    def arrive(self, chunk: bytes, now_us: int) -> None:
        """A chunk enters the network. Each draws once from the generator, jitter or not."""
        conditions = self._way.conditions
        # random() is the one method whose numbers no version of Python changes for a seed.
        extra_us = int(self._generator.random() * (conditions.jitter_us + 1))
        self._newest_us = max(self._newest_us, now_us + conditions.delay_us + extra_us)
        self._queue.append((self._newest_us, chunk))
        self.queued_bytes += len(chunk)

    def due_us(self) -> int | None:
        """When the next chunk comes out, by the stalls that are known now; None if none is on the way."""
        return self._way.opens_at(self._queue[0][0]) if self._queue else None

    def take(self, now_us: int) -> list[Delivery]:
        """All chunks that are out by now, in order."""
        out = []
        while self._queue:
            by_delay_us, chunk = self._queue[0]
            due_us = self._way.opens_at(by_delay_us)
            if due_us > now_us:
                break
            self._queue.popleft()
            self.queued_bytes -= len(chunk)
            out.append(Delivery(chunk, due_us, due_us > by_delay_us))
        return out
