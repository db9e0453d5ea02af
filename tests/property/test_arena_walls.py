"""Nobody ever reaches into a wall: random walks with dashes and boots, at every tick rate, on every map."""

from __future__ import annotations

import numpy as np
import pytest

from tickroom.game.arena.game import ARENA
from tickroom.game.arena.movement import Held, Runners, move
from tickroom.game.arena.units import PLAYER_RADIUS, TILE, pace
from tickroom.protocol.tables import BoolArray, Int32Array

PLAYERS, TICKS = 600, 120


def clear_of_walls(map_numbers: Int32Array, x: Int32Array, y: Int32Array) -> BoolArray:
    """By exact distance to the nine tiles around; no table of the movement's is used."""
    padded = np.stack([np.pad(each.walls, ((0, 32 - each.height), (0, 48 - each.width))) for each in ARENA.maps])
    clear = np.ones(x.size, dtype=np.bool_)
    for beside in (-1, 0, 1):
        for below in (-1, 0, 1):
            column, line = x // TILE + beside, y // TILE + below
            dx = (x - np.clip(x, column * TILE, (column + 1) * TILE)).astype(np.int64)
            dy = (y - np.clip(y, line * TILE, (line + 1) * TILE)).astype(np.int64)
            clear &= ~(padded[map_numbers, line, column] & (dx * dx + dy * dy < PLAYER_RADIUS**2))
    return clear


@pytest.mark.parametrize("tick_hz", range(10, 61))
def test_random_walks(tick_hz: int) -> None:
    chance = np.random.default_rng(tick_hz)
    maps = chance.integers(0, 3, PLAYERS).astype(np.int32)
    start = np.array([ARENA.maps[number].start_tiles[0] for number in maps]) * TILE + TILE // 2
    runners = Runners(*(np.zeros(PLAYERS, dtype=np.int32) for _ in Runners._fields))
    runners.x[:], runners.y[:] = start.T
    axes, buttons = np.zeros((2, PLAYERS), dtype=np.int32), np.zeros(PLAYERS, dtype=np.int32)
    everybody = np.ones(PLAYERS, dtype=np.bool_)
    speeds = pace(tick_hz)
    for tick in range(1, TICKS):
        turns = np.flatnonzero(chance.random(PLAYERS) < 0.1)
        axes[:, turns] = chance.choice([-127, -126, -64, -2, 0, 0, 1, 64, 127], (2, turns.size))
        buttons[turns] = chance.integers(0, 2, turns.size)
        shod = np.flatnonzero(chance.random(PLAYERS) < 0.01)
        runners.boots_from[shod], runners.boots_until[shod] = tick + 1, tick + 40
        before_x, before_y = runners.x.copy(), runners.y.copy()
        tick_column = np.full(PLAYERS, tick, dtype=np.int32)
        move(
            runners,
            Held(axes, buttons, tick_column, everybody, maps * ARENA.terrain.tiles_a_map),
            ARENA.terrain,
            speeds,
        )
        assert clear_of_walls(maps, runners.x, runners.y).all()
        limit = np.where(
            runners.dash_until >= tick, speeds.dash, np.where(runners.boots_until >= tick, speeds.boots, speeds.walk)
        )
        assert (np.abs(runners.x - before_x) <= limit).all()
        assert (np.abs(runners.y - before_y) <= limit).all()
    assert (np.hypot(runners.x - start[:, 0], runners.y - start[:, 1]) > TILE).mean() > 0.5, "they do get about"
