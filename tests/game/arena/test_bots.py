"""The arena's bots: they find their way to what lies about, on every map, and stay within the rules."""

from __future__ import annotations

import numpy as np
import pytest

from tickroom.game.arena.bots import FAR, Ways
from tickroom.game.arena.game import ARENA
from tickroom.game.arena.schema import MAP_NAMES, EventKind, ItemKind
from tickroom.game.conformance import check_game
from tickroom.game.interface import PlaysBots, StepContext
from tickroom.protocol.session_tables import Status
from tickroom.protocol.tables import PublicTables

HZ = 30


def play(map_name: str, bots: int, seconds: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """How many items each bot picked in so many seconds, and how often it changed its input."""
    tables = PublicTables(ARENA.schema.layout(bots, ARENA.table_rows(bots)), 1)
    world = ARENA.allocate(tables, bots, HZ)
    ARENA.open(world, 0, seed, {"map": MAP_NAMES.index(map_name), "items": 0})
    for seat in range(bots):
        ARENA.seat(world, 0, seat, 1)
    ARENA.start_round(world, 0, 1)
    inputs = np.zeros((1, bots, 3), dtype=np.int32)
    seated = np.ones((1, bots), dtype=np.bool_)
    changes = np.zeros(bots, dtype=np.int64)
    picked = np.zeros(bots, dtype=np.int64)
    for tick in range(1, seconds * HZ + 1):
        context = StepContext(
            np.array([tick]), np.array([Status.ACTIVE], dtype=np.int32), seated[:, 0], seated, inputs, HZ
        )
        wanted = ARENA.bot_inputs(world, context, seated)
        changes += (wanted != inputs).any(axis=2)[0]
        inputs[:] = wanted
        for _, kind, seat, *_ in ARENA.step(world, context, []).events.tolist():
            picked[seat] += kind == EventKind.PICKED
    return picked, changes


def test_the_arena_plays_bots() -> None:
    assert isinstance(ARENA, PlaysBots)


@pytest.mark.parametrize("map_name", MAP_NAMES)
def test_each_of_them_collects_on_every_map(map_name: str) -> None:
    picked, changes = play(map_name, bots=4, seconds=20)
    assert picked.min() >= 8, picked.tolist()
    assert picked.sum() >= 50, picked.tolist()
    assert changes.max() <= 20 * 6, "it thinks six times a second"


def test_a_bot_that_finds_nothing_goes_for_a_walk() -> None:
    tables = PublicTables(ARENA.schema.layout(1, ARENA.table_rows(1)), 1)
    world = ARENA.allocate(tables, 1, HZ)
    ARENA.open(world, 0, 1, {"map": 0, "items": 0})
    ARENA.seat(world, 0, 0, 1)
    world.items.kind[:] = ItemKind.NONE
    inputs, seated = np.zeros((1, 1, 3), dtype=np.int32), np.ones((1, 1), dtype=np.bool_)
    context = StepContext(np.array([30]), np.array([0], dtype=np.int32), seated[:, 0], seated, inputs, HZ)
    assert ARENA.bot_inputs(world, context, seated)[0, 0, :2].any()
    finished = context._replace(status=np.array([Status.FINISHED], dtype=np.int32))
    assert not ARENA.bot_inputs(world, finished, seated).any()


def test_ways_are_the_same_both_ways_and_end_at_walls() -> None:
    ways, terrain = Ways(ARENA.terrain), ARENA.terrain
    floor = np.flatnonzero(~terrain.walls[: terrain.tiles_a_map])
    first, last = int(floor[0]), int(floor[-1])
    assert ways.steps(first)[last] == ways.steps(last)[first] < FAR
    assert ways.steps(first)[first] == 0
    assert (ways.steps(first)[terrain.walls[: terrain.tiles_a_map]] == FAR).all()
    assert (ways.steps(0) == FAR).all(), "a corner of the border"


@pytest.mark.parametrize("seats", [2, 8])
def test_bots_are_as_deterministic_as_the_rest(seats: int) -> None:
    check_game(ARENA, seats=seats, tick_hz=30, ticks=90, sessions=3)
