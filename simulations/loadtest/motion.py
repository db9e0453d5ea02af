"""How a client of the load test moves: always, with a turn every one to two seconds. The same for every target."""

from __future__ import annotations

import math
from random import Random

FULL = 127
TURN_LEAST_S, TURN_MOST_S = 1.0, 2.0
HEARTBEAT_S = 1.0


class Motion:
    """The input held at a time. ``every_time``: an input is due at every opportunity, not only when it changed."""

    def __init__(self, seed: int, every_time: bool) -> None:
        self.values: tuple[int, int, int] = (FULL, 0, 0)
        self._random = Random(seed)
        self._every_time = every_time
        self._turn_s = 0.0
        self._sent_s = 0.0

    def is_due(self, now_s: float) -> bool:
        """Move on to this time; whether an input has to be sent now (and then it counts as sent)."""
        turned = now_s >= self._turn_s
        if turned:
            angle = self._random.random() * 2 * math.pi
            self.values = (round(FULL * math.cos(angle)), round(FULL * math.sin(angle)), 0)
            self._turn_s = now_s + self._random.uniform(TURN_LEAST_S, TURN_MOST_S)
        if turned or self._every_time or now_s - self._sent_s >= HEARTBEAT_S:
            self._sent_s = now_s
            return True
        return False
