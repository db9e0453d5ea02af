"""One timer for the deadlines of all sockets of a server: keep-alive pings, closing handshakes, lingering."""

import asyncio
from typing import Final, Protocol

RESOLUTION_S: Final = 0.1
"""Deadlines fall up to this much late. A timer for each of thousands of sockets would cost a heap entry each, and a
cancelled one stays in the heap; here to set and to clear is one dictionary access."""

_GOLDEN: Final = 0.6180339887498949


class Waiter(Protocol):
    """Something with at most one deadline at a time."""

    deadline: int | None
    """Owned by :class:`Deadlines`: the slot it waits in; None when it waits for nothing."""

    def deadline_reached(self) -> None:
        """The time set last is over; the waiter has no deadline now and may set its next."""


class Deadlines:
    """A timing wheel on the event loop. Its timer runs only while somebody waits: it never outlives a server."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._slots: dict[int, set[Waiter]] = {}
        self.turn = 0
        """The slot that was served last: grows by one each ``RESOLUTION_S`` while somebody waits."""
        self._timer: asyncio.TimerHandle | None = None
        self._spread = 0.0

    def set(self, waiter: Waiter, delay_s: float) -> None:
        """Call ``waiter.deadline_reached`` after ``delay_s``, instead of any deadline it had."""
        self.clear(waiter)
        now = int(self._loop.time() / RESOLUTION_S)
        if self._timer is None:
            self.turn = now
            self._timer = self._loop.call_later(RESOLUTION_S, self._advance)
        waiter.deadline = max(self.turn, now + int(delay_s / RESOLUTION_S)) + 1
        self._slots.setdefault(waiter.deadline, set()).add(waiter)

    def clear(self, waiter: Waiter) -> None:
        """Forget the deadline of ``waiter``, if it has one."""
        if waiter.deadline is not None:
            slot = self._slots[waiter.deadline]
            slot.discard(waiter)
            if not slot:
                del self._slots[waiter.deadline]
            waiter.deadline = None

    def spread(self, delay_s: float) -> float:
        """A delay between half of ``delay_s`` and all of it, evenly spread over the calls.

        Thousands of clients that reconnected in one second must not all be pinged in one tick ever after.
        """
        self._spread = (self._spread + _GOLDEN) % 1.0
        return delay_s * (0.5 + 0.5 * self._spread)

    def _advance(self) -> None:
        now = int(self._loop.time() / RESOLUTION_S)
        while self.turn < now:
            self.turn += 1
            for waiter in tuple(self._slots.get(self.turn, ())):
                # An earlier waiter of this slot may have cleared or moved this one.
                if waiter.deadline == self.turn:
                    self.clear(waiter)
                    waiter.deadline_reached()
        self._timer = self._loop.call_later(RESOLUTION_S, self._advance) if self._slots else None
