"""Made-up views of an arena, for deciding without a server."""

from collections.abc import Mapping

import numpy as np

from tickroom.game.arena.schema import ITEMS, PLAYERS
from tickroom.protocol.session_tables import SEATS, Presence, Status
from tickroom.simulations.bots.behaviour import View
from tickroom.simulations.bots.floor_plan import FloorPlan, Tile

TILE = 1536
ROWS = (
    "##########",
    "#........#",
    "#.######.#",
    "#........#",
    "##########",
)
PLAN = FloorPlan(ROWS, TILE)


def view(
    *,
    at: Tile,
    items: Mapping[Tile, int] | None = None,
    others: Mapping[Tile, int] | None = None,
    tick: int = 100,
    status: Status = Status.ACTIVE,
    dash_ready: int = 0,
) -> View:
    """The bot in seat 0; ``items``: kind of each; ``others``: score of each."""
    items, others = items or {}, others or {}
    seats = np.zeros((1 + len(others), len(SEATS.columns)), dtype=np.int32)
    seats[:, SEATS.index("presence")] = Presence.CONNECTED
    players = np.zeros((1 + len(others), len(PLAYERS.columns)), dtype=np.int32)
    players[0, PLAYERS.index("dash_ready")] = dash_ready
    for seat, tile in enumerate((at, *others)):
        players[seat, [PLAYERS.index("x"), PLAYERS.index("y")]] = PLAN.centre(tile)
    for seat, score in enumerate(others.values(), 1):
        players[seat, PLAYERS.index("score")] = score
    table = np.zeros((len(items) + 1, len(ITEMS.columns)), dtype=np.int32)  # the last row is a free one
    for row, (tile, kind) in enumerate(items.items()):
        table[row, ITEMS.index("kind")] = kind
        table[row, [ITEMS.index("x"), ITEMS.index("y")]] = PLAN.centre(tile)
    return View(tick, 20, 0, status, seats, players, table, PLAN)
