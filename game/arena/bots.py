"""The arena's own players: to the item with most worth for the way, round the walls, with a dash at who is rich.

A bot thinks six times a second and holds what it decided in between; two bots of a session think in different ticks.
What it decides follows from its session's row, the tick and the seed alone. People can beat it: it walks at three
quarters of full tilt, and never asks for an item by name.

Cost: 40 us a decision where the ways are known, and 1 ms once for each tile that a way begins or ends at.
"""

from __future__ import annotations

from collections import deque
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from tickroom.game.arena import purposes
from tickroom.game.arena.schema import DASH_BUTTON, ItemKind
from tickroom.game.arena.terrain import Terrain
from tickroom.game.arena.units import TILE
from tickroom.game.arena.world import ArenaWorld
from tickroom.game.interface import StepContext
from tickroom.game.randomness import draw
from tickroom.protocol.session_tables import Status
from tickroom.protocol.tables import BoolArray, Int32Array

THOUGHTS_A_SECOND = 6
TILT = 96  # of 127
RICH_SCORE = 30  # as much as one dash can knock loose
DASH_TILES = 3
STROLL_S = 3  # for so long a bot that finds nothing walks to one place
FAR = 2**14  # steps to where no way leads

# By kind: points, or points that it may bring. 0 none, coin, gem, boots, magnet, shield.
WORTH = np.array([0, 10, 50, 15, 20, 15], dtype=np.int64)
WORTH.flags.writeable = False

Steps = NDArray[np.int16]


class Ways:
    """How many steps it is from tile to tile, sideways, up and down. Found when first asked for and then kept: at most
    one row for each tile of the maps."""

    def __init__(self, terrain: Terrain) -> None:
        self._walls = terrain.walls
        self._width = terrain.width
        self._tiles_a_map = terrain.tiles_a_map
        self._steps: dict[int, Steps] = {}

    def steps(self, tile: int) -> Steps:
        """(tiles of a map,) int16: the steps from a tile, given by its number over all maps, to each of its map."""
        known = self._steps.get(tile)
        if known is None:
            known = self._steps[tile] = self._search(tile)
        return known

    def neighbours(self, tile: int) -> tuple[int, int, int, int]:
        """The tiles beside one. The border of every map is wall, so that a floor tile has four."""
        return tile - 1, tile + 1, tile - self._width, tile + self._width

    def _search(self, tile: int) -> Steps:
        first = tile - tile % self._tiles_a_map
        steps = np.full(self._tiles_a_map, FAR, dtype=np.int16)
        if self._walls[tile]:
            return steps
        steps[tile - first] = 0
        frontier = deque([tile])
        while frontier:
            here = frontier.popleft()
            for there in self.neighbours(here):
                if not self._walls[there] and steps[there - first] == FAR:
                    steps[there - first] = steps[here - first] + 1
                    frontier.append(there)
        steps.flags.writeable = False
        return steps


def bot_inputs(ways: Ways, terrain: Terrain, world: ArenaWorld, context: StepContext, bots: BoolArray) -> Int32Array:
    """See ``PlaysBots.bot_inputs``."""
    inputs = context.inputs.copy()
    every = max(1, context.tick_hz // THOUGHTS_A_SECOND)
    turn = (context.ticks[:, None] + np.arange(bots.shape[1])) % every == 0
    for row, seat in np.argwhere(bots & turn & context.live[:, None]).tolist():
        inputs[row, seat] = _Bot(ways, terrain, world, context, row, seat).decide()
    return inputs


class _Bot:
    """One seat in one tick. Places are subunits, tiles are numbers over all maps."""

    def __init__(
        self, ways: Ways, terrain: Terrain, world: ArenaWorld, context: StepContext, row: int, seat: int
    ) -> None:
        self.ways, self.terrain, self.world, self.context = ways, terrain, world, context
        self.row, self.seat = row, seat
        self.first = int(world.first_tile[row])
        self.tick = int(context.ticks[row])
        self.x, self.y = int(world.players.x[row, seat]), int(world.players.y[row, seat])
        self.tile = self._tile(self.x, self.y)

    def decide(self) -> tuple[int, int, int]:
        if self.context.status[self.row] == Status.FINISHED or self.terrain.walls[self.tile]:
            return 0, 0, 0
        victim = self._victim()
        if victim is not None:
            return *self._towards(*victim), DASH_BUTTON
        return *self._towards(*self._next_place()), 0

    def _victim(self) -> tuple[int, int] | None:
        """Where a rich player is, within a dash and with no wall to go around, when ours is ready."""
        players, row = self.world.players, self.row
        if self.context.status[row] != Status.ACTIVE or self.tick < players.dash_ready[row, self.seat]:
            return None
        steps = self.ways.steps(self.tile)
        rich = self.context.seated[row] & (players.score[row] >= RICH_SCORE) & (players.shield_until[row] < self.tick)
        for seat in np.flatnonzero(rich).tolist():
            x, y = int(players.x[row, seat]), int(players.y[row, seat])
            straight = abs(x // TILE - self.x // TILE) + abs(y // TILE - self.y // TILE)
            if seat != self.seat and straight <= DASH_TILES and steps[self._tile(x, y) - self.first] == straight:
                return x, y
        return None

    def _next_place(self) -> tuple[int, int]:
        """The goal, where no wall is between; else the middle of the next tile on the way to it."""
        goal_x, goal_y = self._goal()
        goal = self._tile(goal_x, goal_y)
        if goal == self.tile:
            return goal_x, goal_y
        left = self.ways.steps(goal)
        after = min(self.ways.neighbours(self.tile), key=lambda tile: int(left[tile - self.first]))
        if after == goal:
            return goal_x, goal_y
        return self._middle(after)

    def _goal(self) -> tuple[int, int]:
        """The item with most worth for each step; what each bot finds worth how much differs, lest all run to one."""
        items, row = self.world.items, self.row
        lying = np.flatnonzero(items.kind[row] != ItemKind.NONE)
        seed = int(self.world.seed[row])
        if not lying.size:
            return self._stroll(seed)
        tiles = items.y[row, lying] // TILE * self.terrain.width + items.x[row, lying] // TILE
        taste = 48 + (lying * 7 + self.seat * 13 + seed) % 32  # no draw: one for each item would cost 25 us
        value = WORTH[items.kind[row, lying]] * taste * 64 // (self.ways.steps(self.tile)[tiles] + 1)
        best = lying[int(value.argmax())]
        return int(items.x[row, best]), int(items.y[row, best])

    def _stroll(self, seed: int) -> tuple[int, int]:
        floor = np.flatnonzero(self.ways.steps(self.tile) < FAR)
        choice = draw(seed, self.tick // (STROLL_S * self.context.tick_hz), purposes.BOT_STROLL, self.seat)
        return self._middle(self.first + int(floor[int(choice) % floor.size]))

    def _towards(self, x: int, y: int) -> tuple[int, int]:
        across, down = x - self.x, y - self.y
        length = max(1, isqrt(across * across + down * down))
        return across * TILT // length, down * TILT // length

    def _tile(self, x: int, y: int) -> int:
        return self.first + y // TILE * self.terrain.width + x // TILE

    def _middle(self, tile: int) -> tuple[int, int]:
        line, column = divmod(tile - self.first, self.terrain.width)
        return column * TILE + TILE // 2, line * TILE + TILE // 2
