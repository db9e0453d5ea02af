"""Tile maps in plain text, checked when they are read.

    #  wall      .  floor      S  floor where players may start

A map is a rectangle with a closed border of walls, and every floor tile can be reached from every other.

    MapError    a map file is not such a map; says which file, line and column (both counted from 1)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import TypeVar

import numpy as np

from tickroom.protocol.tables import BoolArray, Int32Array

WALL, FLOOR, START = "#", ".", "S"


class MapError(ValueError):
    """A map's text breaks a rule of this module."""

    def __init__(self, name: str, line: int, column: int, fault: str) -> None:
        super().__init__(f"map {name!r}, line {line}, column {column}: {fault}")
        self.line = line
        self.column = column


@dataclass(frozen=True)
class TileMap:
    """One map: its name and its rows of text, from top to bottom."""

    name: str
    rows: tuple[str, ...]

    @property
    def width(self) -> int:
        """Tiles from left to right."""
        return len(self.rows[0])

    @property
    def height(self) -> int:
        """Tiles from top to bottom."""
        return len(self.rows)

    @cached_property
    def walls(self) -> BoolArray:
        """(height, width) bool, read-only: True where a wall stands."""
        return _frozen(np.array([[tile == WALL for tile in row] for row in self.rows], dtype=np.bool_))

    @cached_property
    def floor_tiles(self) -> Int32Array:
        """(floor tiles, 2) int32, read-only: column and row of each, in reading order. Starts are floor."""
        return _frozen(np.argwhere(~self.walls)[:, ::-1].astype(np.int32))

    @cached_property
    def start_tiles(self) -> Int32Array:
        """(starts, 2) int32, read-only: column and row of each tile where players may start, in reading order."""
        starts = np.array([[tile == START for tile in row] for row in self.rows], dtype=np.bool_)
        return _frozen(np.argwhere(starts)[:, ::-1].astype(np.int32))


def read_map(name: str, text: str, *, least_floor: int = 1, least_starts: int = 0) -> TileMap:
    """Read and check a map. Line ends are free; blank lines at the end do not count.

    Raises:
        MapError: unknown characters, not a rectangle, an open border, unreachable floor, or fewer than
            ``least_floor`` floor tiles or ``least_starts`` starts.
    """
    rows = tuple(text.rstrip().splitlines())
    if len(rows) < 3 or len(rows[0]) < 3:
        raise MapError(name, 1, 1, "a map has at least three lines of three tiles")
    for line, row in enumerate(rows, start=1):
        _check_row(name, line, row, len(rows[0]), border=line in (1, len(rows)))
    tile_map = TileMap(name, rows)
    _check_connected(tile_map)
    for kind, found, least in (
        ("floor tiles", len(tile_map.floor_tiles), least_floor),
        ("start tiles", len(tile_map.start_tiles), least_starts),
    ):
        if found < least:
            raise MapError(name, 1, 1, f"{found} {kind}; at least {least} are needed")
    return tile_map


def read_maps(folder: Traversable, names: Iterable[str], *, least_floor: int, least_starts: int) -> tuple[TileMap, ...]:
    """The maps ``<name>.txt`` of a folder, in the order of their names. Raises MapError."""
    return tuple(
        read_map(name, (folder / f"{name}.txt").read_text("utf-8"), least_floor=least_floor, least_starts=least_starts)
        for name in names
    )


def _check_row(name: str, line: int, row: str, width: int, *, border: bool) -> None:
    for column, tile in enumerate(row, start=1):
        if tile not in (WALL, FLOOR, START):
            raise MapError(name, line, column, f"{tile!r} is none of '{WALL}', '{FLOOR}', '{START}'")
    if len(row) != width:
        raise MapError(name, line, min(len(row), width) + 1, f"{len(row)} tiles wide, but the first line has {width}")
    for column, tile in enumerate(row, start=1):
        if tile != WALL and (border or column in (1, width)):
            raise MapError(name, line, column, "the border must be closed by walls")


def _check_connected(tile_map: TileMap) -> None:
    floor = {(int(column), int(row)) for column, row in tile_map.floor_tiles}
    if not floor:
        raise MapError(tile_map.name, 1, 1, "no floor at all")
    first = min(floor, key=lambda tile: (tile[1], tile[0]))
    floor.remove(first)
    frontier = [first]
    while frontier:
        column, row = frontier.pop()
        for tile in ((column + 1, row), (column - 1, row), (column, row + 1), (column, row - 1)):
            if tile in floor:
                floor.remove(tile)
                frontier.append(tile)
    if floor:
        column, row = min(floor, key=lambda tile: (tile[1], tile[0]))
        raise MapError(tile_map.name, row + 1, column + 1, "this floor cannot be reached from the first floor tile")


Array = TypeVar("Array", BoolArray, Int32Array)


def _frozen(array: Array) -> Array:
    array.flags.writeable = False
    return array
