"""Fault points: where a test lets this very process die, as if it were killed between two instructions.

``TICKROOM_FAULT="appended:3"`` kills it when it passes the point ``appended`` for the third time. Unset, as everywhere
but in tests, each passage costs one look at a variable.
"""

from __future__ import annotations

import os
import signal

POINTS = ("accepted", "advanced", "appended", "half_told", "told", "checkpointed", "claimed", "adopted")


class FaultsInvalid(ValueError):
    """The variable names no point, or no count."""


class _Fault:
    """The point at which this process dies; none by default."""

    def __init__(self, text: str) -> None:
        self.point, _, count = text.partition(":")
        if text and (self.point not in POINTS or not count.isdigit()):
            raise FaultsInvalid(f"TICKROOM_FAULT is one of {', '.join(POINTS)} with a count, not {text!r}")
        self._left = int(count or 0)

    def count_down(self) -> None:
        """One passage less; at the last one the process is gone."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


_fault = _Fault(os.environ.get("TICKROOM_FAULT", ""))


def passing(point: str) -> None:
    """Say that this point is passed."""
    if _fault.point == point:
        _fault.count_down()
