"""A bot that stands still: a seat taken, nothing sent but the heartbeat."""

from __future__ import annotations

from tickroom.simulations.bots.behaviour import Intent, View


class Idle:
    """Does nothing."""

    def decide(self, view: View) -> Intent:
        """Nothing, whatever there is to see."""
        del view
        return Intent()
