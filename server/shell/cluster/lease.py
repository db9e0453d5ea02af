"""A node's own view of its lease: never longer than the store's, so that who trusts it acts for nobody else."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable

from tickroom.server.shell.cluster.interface import Journal, StoreAway

_LAPSED = float("-inf")


def _clock() -> int:
    # Unlike CLOCK_MONOTONIC it goes on while the machine sleeps; both do while this process is stopped.
    return getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def now_s() -> float:
    """Seconds on a clock that never stops and is never set."""
    return time.clock_gettime(_clock())


class Lease:
    """The right to act for ``lease_s`` after a renewal was *sent*: the store counts from when it came.

    Nothing is valid after a pause: time went on, and the clock says so before anything else is done.
    """

    def __init__(self, lease_s: float, clock: Callable[[], float] = now_s) -> None:
        self.lease_s = lease_s
        self._clock = clock
        self._until_s = _LAPSED

    @property
    def lease_ms(self) -> int:
        """The same for the store."""
        return round(self.lease_s * 1000)

    def now(self) -> float:
        """The time by which it is judged, to be taken before a renewal is sent."""
        return self._clock()

    def renewed(self, sent_s: float) -> None:
        """The store said yes to a renewal that was sent at ``sent_s``."""
        self._until_s = max(self._until_s, sent_s + self.lease_s)

    def give_up(self) -> None:
        """It is not ours any more, whatever the clock says."""
        self._until_s = _LAPSED

    @property
    def is_held(self) -> bool:
        """Whether we may act now."""
        return self._clock() < self._until_s

    @property
    def left_s(self) -> float:
        """For how long; 0 when it has run out."""
        return max(0.0, self._until_s - self._clock())


class LeasedJournal:
    """A journal of ours that says nothing was kept while our lease may have run out.

    A process that was stopped finds the store's yes where it left off. The record is kept, and whoever took the session
    over has it: it is theirs to tell. (Asked again, the store says the same, or that we are fenced.)
    """

    def __init__(self, journal: Journal, lease: Lease) -> None:
        self._journal = journal
        self._lease = lease
        self.checkpoint = journal.checkpoint
        self.checkpoint_all = journal.checkpoint_all
        self.trim = journal.trim
        self.look = journal.look

    async def append(self, sequence: int, record: bytes, *, is_after_gap: bool = False) -> None:
        """Keep a record; see Journal. The store renews the lease with it, and so do we: who appends is alive."""
        sent_s = self._lease.now()
        await self._journal.append(sequence, record, is_after_gap=is_after_gap)
        if not self._lease.is_held:
            raise StoreAway("the lease may have run out")
        self._lease.renewed(sent_s)

    def append_now(self, sequence: int, record: bytes, answered: Callable[[bool], None]) -> bool:
        """Begin to append; see Journal."""
        sent_s = self._lease.now()

        def judge(is_kept: bool) -> None:
            is_ours = is_kept and self._lease.is_held
            if is_ours:
                self._lease.renewed(sent_s)
            answered(is_ours)

        return self._journal.append_now(sequence, record, judge)

    def read(self, incarnation: str, after: int) -> AsyncIterator[tuple[int, bytes]]:
        """Records in order; see Journal."""
        return self._journal.read(incarnation, after)
