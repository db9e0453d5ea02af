"""A bot that walks about: a new direction every one to two seconds, and sooner where a wall stops it."""

from __future__ import annotations

import math
from random import Random

from tickroom.simulations.bots.behaviour import Intent, View, towards


class Wander:
    """The same seed and the same walls give the same walk."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._until_tick = 0
        self._direction = (0, 0)
        self._last = (-1, -1, -1)  # tick and place of the last look

    def decide(self, view: View) -> Intent:
        """The direction held, or a new one."""
        if view.tick >= self._until_tick or self._is_stuck(view):
            self._until_tick = view.tick + self._random.randint(view.tick_hz, 2 * view.tick_hz)
            angle = self._random.random() * 2 * math.pi
            self._direction = towards(round(1000 * math.cos(angle)), round(1000 * math.sin(angle)))
        self._last = (view.tick, *view.position)
        return Intent(*self._direction)

    def _is_stuck(self, view: View) -> bool:
        tick, x, y = self._last
        return view.tick > tick >= 0 and (x, y) == view.position
