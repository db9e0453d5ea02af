"""How long the machine itself stood still: a guest whose host is busy does not run at all for a second now and then.

For tests that bound a time which such a second is part of. A server that is slow, or busy, stands out all the same:
what is measured here is a thread that only sleeps, and the system lets that run at once whoever else is busy.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

STEP_S = 0.02
NOTED_S = 0.1  # a thread that wakes no later than that was not standing still


class Standstill:
    """What was seen so far, in seconds: the sum of all standstills, and the longest."""

    def __init__(self) -> None:
        self.total_s = 0.0
        self.longest_s = 0.0

    def note(self, late_s: float) -> None:
        """The thread woke so much later than it was to."""
        if late_s > NOTED_S:
            self.total_s += late_s
            self.longest_s = max(self.longest_s, late_s)


@contextlib.contextmanager
def standstill() -> Iterator[Standstill]:
    """Watch for the length of the block."""
    seen, is_over = Standstill(), threading.Event()

    def watch() -> None:
        before_s = time.monotonic()
        while not is_over.wait(STEP_S):
            now_s = time.monotonic()
            seen.note(now_s - before_s - STEP_S)
            before_s = now_s

    thread = threading.Thread(target=watch, name="standstill", daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        is_over.set()
        thread.join()
