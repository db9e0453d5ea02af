"""A token bucket as one integer: the time at which it is full again."""

from __future__ import annotations

NS = 1_000_000_000


class Bucket:
    """``burst`` at once, and ``per_second`` sustained. In any span of ``t`` seconds at most ``burst + t * per_second``.

    Source: the generic cell rate algorithm (ITU-T I.371, virtual scheduling), exact in integers.
    """

    __slots__ = ("_each_ns", "_full_at_ns", "_span_ns")

    def __init__(self, per_second: int, burst: int) -> None:
        self._each_ns = NS // per_second
        self._span_ns = self._each_ns * (burst - 1)
        self._full_at_ns = -NS

    def take(self, now_ns: int) -> int:
        """Take one: 0. If there is none, take nothing: the nanoseconds until there is one."""
        full_at_ns = max(self._full_at_ns, now_ns)
        wait_ns = full_at_ns - now_ns - self._span_ns
        if wait_ns > 0:
            return wait_ns
        self._full_at_ns = full_at_ns + self._each_ns
        return 0
