"""The maps as tables that one lookup a player answers: is there a wall on this side of this tile?

All maps share one width and height (the largest) and are padded with walls, so that a tile is one number:
``map * tiles_a_map + row * width + column``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tickroom.game.arena.units import PLAYER_RADIUS, TILE
from tickroom.game.fixed import ceil_sqrt
from tickroom.game.maps import TileMap
from tickroom.protocol.tables import BoolArray, Int32Array

# What stands in the way on one side of a tile. Multiplied by TILE, so that code + (place within the tile) is an index.
OPEN, CORNER, FLAT = 0, TILE, 2 * TILE


@dataclass(frozen=True)
class Terrain:
    """Read-only tables over all maps; every array is int32 unless it says otherwise.

    ``walls``: (tiles,) bool, flat, by tile number. ``sides_x``, ``sides_y``: (tiles * 6,): OPEN, CORNER or FLAT at
    ``tile * 6 + positive * 3 + near``, where ``positive`` is 1 for rightwards (downwards) and ``near`` is what
    ``NEAR`` says of the place across.
    """

    maps: tuple[TileMap, ...]
    width: int
    tiles_a_map: int
    walls: BoolArray
    sides_x: Int32Array
    sides_y: Int32Array

    @classmethod
    def build(cls, maps: tuple[TileMap, ...]) -> Terrain:
        """The tables of these maps, numbered in their order."""
        width = max(tile_map.width for tile_map in maps)
        height = max(tile_map.height for tile_map in maps)
        walls = np.ones((len(maps), height + 2, width + 2), dtype=np.bool_)  # one more wall all around, cut off below
        for tile_map, padded in zip(maps, walls, strict=True):
            padded[1 : tile_map.height + 1, 1 : tile_map.width + 1] = tile_map.walls
        here = walls[:, 1:-1, 1:-1]
        up, down = walls[:, :-2], walls[:, 2:]
        left, right = walls[:, :, :-2], walls[:, :, 2:]
        sides_x = np.stack(
            [
                _sides(flat[:, 1:-1], before, after)
                for flat, before, after in (
                    (left, up[:, :, :-2], down[:, :, :-2]),
                    (right, up[:, :, 2:], down[:, :, 2:]),
                )
            ],
            axis=-2,
        )
        sides_y = np.stack(
            [
                _sides(flat[:, :, 1:-1], before, after)
                for flat, before, after in (
                    (up, left[:, :-2], right[:, :-2]),
                    (down, left[:, 2:], right[:, 2:]),
                )
            ],
            axis=-2,
        )
        tables = here.ravel(), sides_x.ravel(), sides_y.ravel()
        for table in tables:
            table.flags.writeable = False
        return cls(maps, width, width * height, *tables)


def _sides(flat: BoolArray, before: BoolArray, after: BoolArray) -> Int32Array:
    """(maps, height, width, 3): the codes for a place in the middle, near the lower and near the higher edge across."""
    corners = [np.where(corner, CORNER, OPEN) for corner in (np.zeros_like(flat), before, after)]
    return np.stack([np.where(flat, FLAT, corner) for corner in corners], axis=-1).astype(np.int32)


def _near_edges() -> tuple[Int32Array, Int32Array, Int32Array, Int32Array, Int32Array]:
    near, away, gap, overlap = (np.zeros(TILE, dtype=np.int32) for _ in range(4))
    extent = np.full((3, TILE), -TILE, dtype=np.int32)
    extent[2] = PLAYER_RADIUS
    for place in range(TILE):
        distance = min(place, TILE - place)  # to the nearer edge across; a tile is wider than a player
        if distance < PLAYER_RADIUS:
            near[place] = 1 if place < PLAYER_RADIUS else 2
            away[place] = 1 if place < PLAYER_RADIUS else -1
            gap[place] = distance
            overlap[place] = PLAYER_RADIUS - distance if distance else 0
            extent[1, place] = ceil_sqrt(PLAYER_RADIUS**2 - distance**2)
    for table in (near, away, gap, overlap, extent):
        table.flags.writeable = False
    return near, away, gap, overlap, extent.ravel()


# By the place within a tile, 0 to TILE - 1.
# NEAR: 0 in the middle, 1 nearer than a radius to the lower edge (left, top), 2 to the higher one.
# AWAY: the direction away from that edge. GAP: the distance to it.
# OVERLAP: how far the circle reaches over that edge; 0 where the centre is on the edge itself: that is a flat contact.
# EXTENT: at code + place: how far the circle reaches forward where the obstacle is; -TILE where nothing is.
NEAR, AWAY, GAP, OVERLAP, EXTENT = _near_edges()
