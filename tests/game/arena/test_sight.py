"""Line of sight against exact fractions: a closed segment and closed squares."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from tickroom.game.arena.sight import clear_sight
from tickroom.game.arena.units import SUB, TILE
from tickroom.game.randomness import draw

from .stage import ARENA, arena_of


def touches(ax: int, ay: int, bx: int, by: int, column: int, line: int) -> bool:
    """Liang and Barsky's clipping, exact: does the closed segment meet the closed tile?"""
    low, high = Fraction(0), Fraction(1)
    for start, way, least in ((ax, bx - ax, column * TILE), (ay, by - ay, line * TILE)):
        if way == 0:
            if not least <= start <= least + TILE:
                return False
            continue
        ends = sorted((Fraction(least - start, way), Fraction(least + TILE - start, way)))
        low, high = max(low, ends[0]), min(high, ends[1])
    return low <= high


def see(arena_number: int, a: tuple[int, int], b: tuple[int, int]) -> bool:
    first = np.array([arena_number * ARENA.terrain.tiles_a_map], dtype=np.int32)
    points = (np.array([value], dtype=np.int32) for value in (*a, *b))
    return bool(clear_sight(ARENA.terrain, first, *points)[0])


def test_against_exact_fractions_and_the_same_both_ways() -> None:
    answers = set()
    for map_number, tile_map in enumerate(ARENA.maps):
        for number in range(250):
            drawn = draw(map_number, number, 1, np.arange(5)).tolist()
            column, line = tile_map.floor_tiles[drawn[0] % len(tile_map.floor_tiles)].tolist()
            a = column * TILE + drawn[1] % TILE, line * TILE + drawn[2] % TILE
            b = a[0] + drawn[3] % 9001 - 4500, a[1] + drawn[4] % 9001 - 4500
            if number % 5 == 0:  # along edges and through corners
                a, b = tuple(value // TILE * TILE for value in a), tuple(value // TILE * TILE for value in b)
            b = min(max(b[0], 0), tile_map.width * TILE - 1), min(max(b[1], 0), tile_map.height * TILE - 1)
            blocked = any(touches(*a, *b, int(wall[1]), int(wall[0])) for wall in np.argwhere(tile_map.walls))
            assert see(map_number, a, b) is not blocked, (tile_map.name, a, b)
            assert see(map_number, b, a) is not blocked
            answers.add(blocked)
    assert answers == {True, False}


def test_nobody_sees_through_the_gap_between_two_corners() -> None:
    arena = arena_of("######\n#S.#.#\n#..#.#\n#.#..#\n#....#\n######")
    first = np.zeros(2, dtype=np.int32)
    middle = 3 * TILE  # the corner where walls (3, 2) and (2, 3) meet
    a = np.array([middle - 300, middle - 300], dtype=np.int32)
    b = np.array([middle + 300, middle + 300], dtype=np.int32)
    assert not clear_sight(arena.terrain, first, a, a, b, b).any()


def test_many_at_once_as_one_by_one() -> None:
    count = 200
    drawn = draw(5, 5, 5, np.arange(5 * count)).reshape(5, count)
    tiles = ARENA.maps[1].floor_tiles[drawn[0] % len(ARENA.maps[1].floor_tiles)]
    ax, ay = (tiles.T * TILE + TILE // 2).astype(np.int32)
    bx = np.clip(ax + drawn[1] % (192 * SUB) - 96 * SUB, TILE, 31 * TILE - 1).astype(np.int32)
    by = np.clip(ay + drawn[2] % (192 * SUB) - 96 * SUB, TILE, 19 * TILE - 1).astype(np.int32)
    first = np.full(count, ARENA.terrain.tiles_a_map, dtype=np.int32)
    together = clear_sight(ARENA.terrain, first, ax, ay, bx, by)
    alone = [see(1, (int(a), int(b)), (int(c), int(d))) for a, b, c, d in zip(ax, ay, bx, by, strict=True)]
    assert together.tolist() == alone
    assert clear_sight(ARENA.terrain, *(np.zeros(0, dtype=np.int32) for _ in range(5))).size == 0
