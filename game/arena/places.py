"""Where players start and items lie: tiles and places within them, drawn by hash and kept apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tickroom.game.arena.units import ITEM_RADIUS, PLAYER_RADIUS, TILE
from tickroom.game.interface import Int64Array
from tickroom.game.maps import TileMap
from tickroom.protocol.tables import BoolArray, Int32Array

TRIES = 5  # places looked at before the best of them is taken; at most 7, see purposes.py
_ITEM_JITTER = TILE // 2 - ITEM_RADIUS  # an item never overlaps a wall
_PLAYER_JITTER = TILE // 2 - PLAYER_RADIUS


@dataclass(frozen=True)
class Places:
    """Centres of floor tiles and of start tiles, in subunits; read-only.

    ``floor``, ``starts``: (maps, most tiles of any, 2) int32, the tail of shorter rows is zeros.
    ``floor_count``, ``start_count``: (maps,) int64.
    """

    floor: Int32Array
    floor_count: Int64Array
    starts: Int32Array
    start_count: Int64Array

    @classmethod
    def build(cls, maps: tuple[TileMap, ...]) -> Places:
        """The places of these maps, in their order."""
        floor, floor_count = _stack([tile_map.floor_tiles for tile_map in maps])
        starts, start_count = _stack([tile_map.start_tiles for tile_map in maps])
        return cls(floor, floor_count, starts, start_count)

    def floor_places(self, map_number: Int32Array, tile_draw: Int64Array, place_draw: Int64Array) -> Int32Array:
        """Places for items on drawn floor tiles.

        Args:
            map_number, tile_draw, place_draw: one shape, or broadcast to it; draws are 0 to 2**32 - 1.
        Returns:
            that shape and (2,): int32, x and y in subunits, an item's radius or more from the tile's edge.
        """
        tile = (tile_draw * self.floor_count[map_number]) >> 32
        spots: Int32Array = self.floor[map_number, tile] + jitter(place_draw, _ITEM_JITTER)
        return spots

    def start_places(self, map_number: int, tile_draw: Int64Array, place_draw: Int64Array) -> Int32Array:
        """Places for players on drawn start tiles, clear of walls; shapes as in ``floor_places``."""
        tile = (tile_draw * self.start_count[map_number]) >> 32
        spots: Int32Array = self.starts[map_number, tile] + jitter(place_draw, _PLAYER_JITTER)
        return spots

    def scattered(self, map_number: int, tile_draw: Int64Array, place_draw: Int64Array) -> Int32Array:
        """As many places for items as ``place_draw`` is long, each on a floor tile of its own: those of lowest draw.

        Args:
            tile_draw: a draw for each floor tile of the map. Equal draws: in reading order.
        """
        tile = np.argsort(tile_draw, kind="stable")[: place_draw.size]
        spots: Int32Array = self.floor[map_number, tile] + jitter(place_draw, _ITEM_JITTER)
        return spots


def jitter(draw: Int64Array, most: int) -> Int32Array:
    """An x and a y from -most to most for each draw: its shape and (2,), int32."""
    span = 2 * most + 1
    places = np.empty((*draw.shape, 2), dtype=np.int32)
    places[..., 0], places[..., 1] = draw % span - most, draw // span % span - most
    return places


def nearest_square(
    places: Int32Array, others_x: Int32Array, others_y: Int32Array, present: BoolArray, cap: int
) -> Int32Array:
    """The squared distance from each place to the nearest of those present, at most ``cap * cap``.

    Args:
        places: (groups, places, 2) int32. others_x, others_y: (groups, others) int32. present: (groups, others) bool.
        cap: below 2**15, so that squares fit int32.
    Returns:
        (groups, places) int32.
    """
    dx = np.minimum(np.abs(places[:, :, :1] - others_x[:, None, :]), np.int32(cap))  # so that squares fit
    dy = np.minimum(np.abs(places[:, :, 1:] - others_y[:, None, :]), np.int32(cap))
    square: Int32Array = dx * dx + dy * dy
    np.copyto(square, cap * cap, where=~present[:, None, :])
    nearest: Int32Array = square.min(axis=2, initial=cap * cap)
    return nearest


def _stack(tiles: list[Int32Array]) -> tuple[Int32Array, Int64Array]:
    most = max(len(of_map) for of_map in tiles)
    centres = np.zeros((len(tiles), most, 2), dtype=np.int32)
    for number, of_map in enumerate(tiles):
        centres[number, : len(of_map)] = of_map * TILE + TILE // 2
    count = np.array([len(of_map) for of_map in tiles], dtype=np.int64)
    centres.flags.writeable = False
    count.flags.writeable = False
    return centres, count
