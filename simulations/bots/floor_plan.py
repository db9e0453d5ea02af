"""A tile map as bots use it: which tiles are floor, and the shortest ways between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

Tile = tuple[int, int]  # column, row

WALL = "#"
_STRAIGHT = ((1, 0), (-1, 0), (0, 1), (0, -1))


@dataclass(frozen=True)
class Ways:
    """The shortest ways from one tile to every tile that can be reached: ``steps`` and the tile before on the way."""

    start: Tile
    steps: dict[Tile, int]
    before: dict[Tile, Tile]

    def path(self, goal: Tile) -> list[Tile]:
        """The tiles after the start up to the goal; empty when the goal is the start or cannot be reached."""
        if goal not in self.steps:
            return []
        path = []
        while goal != self.start:
            path.append(goal)
            goal = self.before[goal]
        return path[::-1]


class FloorPlan:
    """Rows of characters, ``#`` a wall; ``tile`` is the side of a tile in subunits. Outside is wall."""

    def __init__(self, rows: Sequence[str], tile: int) -> None:
        self.tile = tile
        self._floor = {(x, y) for y, row in enumerate(rows) for x, mark in enumerate(row) if mark != WALL}

    def is_floor(self, tile: Tile) -> bool:
        """Whether a player's centre may be on it."""
        return tile in self._floor

    def tile_at(self, x: int, y: int) -> Tile:
        """The tile under a point."""
        return x // self.tile, y // self.tile

    def centre(self, tile: Tile) -> tuple[int, int]:
        """The middle of a tile, in subunits."""
        return tile[0] * self.tile + self.tile // 2, tile[1] * self.tile + self.tile // 2

    def ways_from(self, start: Tile) -> Ways:
        """Breadth-first search over floor tiles, straight steps only: a player fits through any gap of one tile."""
        steps = {start: 0}
        before: dict[Tile, Tile] = {}
        queue = deque([start])
        while queue:
            tile = queue.popleft()
            for dx, dy in _STRAIGHT:
                neighbour = tile[0] + dx, tile[1] + dy
                if neighbour in self._floor and neighbour not in steps:
                    steps[neighbour] = steps[tile] + 1
                    before[neighbour] = tile
                    queue.append(neighbour)
        return Ways(start, steps, before)

    def is_open(self, start: Tile, goal: Tile) -> bool:
        """Whether every tile of the rectangle with these corners is floor: then the straight way between is free."""
        columns = range(min(start[0], goal[0]), max(start[0], goal[0]) + 1)
        rows = range(min(start[1], goal[1]), max(start[1], goal[1]) + 1)
        return all((x, y) in self._floor for y in rows for x in columns)
