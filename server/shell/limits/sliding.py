"""Budgets over a sliding span: exactly so many in any span of that length, for each of very many keys."""

from __future__ import annotations

from collections import deque

KEYS_MOST = 50_000
"""Addresses that are remembered at a time; one more and the one that was quiet for longest is forgotten. Who wants to
be forgotten needs as many addresses (of IPv6: whole /64 networks) within the span."""


class SlidingBudgets:
    """``most`` in any ``span_ns``, for each key by itself; ``most`` 0: without limit, and nothing is remembered.

    A bucket would let twice as many through in its first span. Memory: one time for each that was let through within
    the span, of at most ``keys_most`` keys.
    """

    def __init__(self, most: int, span_ns: int, keys_most: int = KEYS_MOST) -> None:
        self.most = most
        self._span_ns = span_ns
        self._keys_most = keys_most
        self._taken: dict[str, deque[int]] = {}  # by key, the one that took last at the end

    def wait_ns(self, key: str, now_ns: int) -> int:
        """0 when ``key`` has something left; else the nanoseconds until it has."""
        taken = self._taken.get(key)
        if not self.most or taken is None or len(taken) < self.most:
            return 0
        return max(0, taken[0] + self._span_ns - now_ns)

    def take(self, key: str, now_ns: int) -> int:
        """Take one: 0. If nothing is left, take nothing: the nanoseconds until something is."""
        if not self.most:
            return 0
        wait_ns = self.wait_ns(key, now_ns)
        if wait_ns:
            return wait_ns
        taken = self._taken.pop(key, None)
        if taken is None:
            taken = deque(maxlen=self.most)
            self._forget(now_ns)
        taken.append(now_ns)  # full: the oldest goes, and it was beyond the span
        self._taken[key] = taken
        return 0

    def give_back(self, key: str) -> None:
        """Undo the newest ``take`` that succeeded, if it is remembered."""
        taken = self._taken.get(key)
        if taken is not None:
            taken.pop()
            if not taken:
                del self._taken[key]

    def __len__(self) -> int:
        return len(self._taken)

    def _forget(self, now_ns: int) -> None:
        """Make room for one more key: those beyond the span go (two at most, so that no call is slow)."""
        for _ in range(2):
            oldest = next(iter(self._taken), None)
            if oldest is None:
                return
            is_over = self._taken[oldest][-1] + self._span_ns <= now_ns
            if not is_over and len(self._taken) < self._keys_most:
                return
            del self._taken[oldest]
