"""The high-water mark: above it nothing new is let in, and those inside keep playing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

LOOK_EVERY_NS = 1_000_000_000
LOW_WATER = 0.95  # of the mark: what shut it must give way by so much, or it would open and shut each second


class MemoryMark:
    """Whether this process has no memory for more. Looks at most once a second, when it is asked.

    Args:
        mark_bytes: the mark; 0: none.
        resident: how much of this process is in RAM, in bytes.
    """

    def __init__(self, mark_bytes: int, resident: Callable[[], int]) -> None:
        self._mark_bytes = mark_bytes
        self._resident = resident
        self._looked_ns = -LOOK_EVERY_NS
        self._is_full = False

    def is_full(self, now_ns: int) -> bool:
        """Whether to let nothing new in."""
        if self._mark_bytes and now_ns - self._looked_ns >= LOOK_EVERY_NS:
            self._looked_ns = now_ns
            enough = self._mark_bytes * LOW_WATER if self._is_full else self._mark_bytes
            self._is_full = self._resident() > enough
        return self._is_full


def usable_memory_mb() -> int:
    """What this process may use at most, in MB: the machine's memory or its container's bound; 0 when nobody tells."""
    known = [bytes_ for bytes_ in (_of_machine(), _of_container()) if bytes_]
    return min(known, default=0) // 1_000_000


def _of_machine() -> int:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemTotal:")), 0)


def _of_container() -> int:
    """The bound of control groups, version 2 or 1; ``max`` or absent: none."""
    for place in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            return int(Path(place).read_text())
        except (OSError, ValueError):
            continue
    return 0
