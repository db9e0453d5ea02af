"""Line of sight: whether a wall stands between two points."""

from __future__ import annotations

import numpy as np

from tickroom.game.arena.terrain import Terrain
from tickroom.game.arena.units import TILE
from tickroom.protocol.tables import BoolArray, Int32Array


def clear_sight(
    terrain: Terrain, first_tile: Int32Array, ax: Int32Array, ay: Int32Array, bx: Int32Array, by: Int32Array
) -> BoolArray:
    """Whether the straight line from a to b touches no wall tile, for many pairs of points at once.

    A tile is a closed square: a line that runs along a wall's edge or meets its corner touches it. The answer is the
    same from b to a.

    Args:
        first_tile: (pairs,) int32, number of the first tile of each pair's map.
        ax, ay, bx, by: (pairs,) int32 subunits; the points are in the map and at most 6,000 apart along each axis, so
            that products fit int32.
    Returns:
        (pairs,) bool.
    Method: a line and a square are apart iff the square lies beyond the line's box, or all of it on one side of the
    line, that is when the cross product of the line and the way to the square's middle exceeds
    (half a tile) * (|dx| + |dy|): the separating axis theorem. All doubled, to stay with integers.
    """
    if not ax.size:
        return np.zeros(0, dtype=np.bool_)
    low_column = -(-np.minimum(ax, bx) // TILE) - 1  # a point on the edge between two tiles touches both
    low_line = -(-np.minimum(ay, by) // TILE) - 1
    high_column, high_line = np.maximum(ax, bx) // TILE, np.maximum(ay, by) // TILE
    columns = low_column[:, None] + np.arange(int((high_column - low_column).max()) + 1, dtype=np.int32)
    lines = low_line[:, None] + np.arange(int((high_line - low_line).max()) + 1, dtype=np.int32)

    dx, dy = (bx - ax)[:, None, None], (by - ay)[:, None, None]
    to_middle_x = (columns * (2 * TILE) + TILE - 2 * ax[:, None])[:, None, :]
    to_middle_y = (lines * (2 * TILE) + TILE - 2 * ay[:, None])[:, :, None]
    touched = np.abs(dx * to_middle_y - dy * to_middle_x) <= TILE * (np.abs(dx) + np.abs(dy))
    touched &= (columns <= high_column[:, None])[:, None, :] & (lines <= high_line[:, None])[:, :, None]
    # Outside the span nothing counts, but the lookup must stay within the table.
    tile = first_tile[:, None, None] + lines[:, :, None] * terrain.width + columns[:, None, :]
    blocked = touched & terrain.walls.take(tile, mode="clip")
    clear: BoolArray = ~blocked.any(axis=(1, 2))
    return clear
