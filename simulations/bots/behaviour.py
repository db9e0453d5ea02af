"""What a bot sees and what it decides. A behaviour is pure but for its own memory: no socket, no clock."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tickroom.game.arena.schema import ITEMS, PLAYERS
from tickroom.protocol.session_tables import SEATS, Presence, Status
from tickroom.protocol.tables import Int32Array
from tickroom.simulations.bots.floor_plan import FloorPlan

FULL = 127
DIRECTIONS = 32  # a bot aims in so many directions: coarse enough not to send an input for every pixel


class Intent(NamedTuple):
    """What a bot holds from now on, and the item that it asks for once, if any."""

    x: int = 0
    y: int = 0
    buttons: int = 0
    collect: int | None = None


@dataclass(frozen=True, slots=True)
class View:
    """The arena as one bot sees it: tables of (rows, columns) int32 as the schema has them, glided on to ``tick``."""

    tick: int
    tick_hz: int
    seat: int
    status: Status
    seats: Int32Array
    players: Int32Array
    items: Int32Array
    plan: FloorPlan

    @property
    def position(self) -> tuple[int, int]:
        """Where the bot is, in subunits."""
        return self.player(self.seat, "x"), self.player(self.seat, "y")

    def player(self, seat: int, column: str) -> int:
        """One value of a player's row."""
        return int(self.players[seat, PLAYERS.index(column)])

    def item(self, row: int, column: str) -> int:
        """One value of an item's row."""
        return int(self.items[row, ITEMS.index(column)])

    def others(self) -> list[int]:
        """The seats of everybody else who is there."""
        presence = self.seats[:, SEATS.index("presence")]
        return [seat for seat in range(len(presence)) if seat != self.seat and presence[seat] != Presence.EMPTY]


class Behaviour(Protocol):
    """Decides, about ten times a second."""

    def decide(self, view: View) -> Intent:
        """What to do now."""
        ...


def towards(dx: int, dy: int) -> tuple[int, int]:
    """Full speed in the one of 32 directions that is nearest to (dx, dy)."""
    step = 2 * math.pi / DIRECTIONS
    angle = round(math.atan2(dy, dx) / step) * step
    return round(FULL * math.cos(angle)), round(FULL * math.sin(angle))
