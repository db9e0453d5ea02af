"""What holds after every step of every game: nobody in a wall, no speed above the rules', no point from nowhere."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tickroom.game.arena.dash import POINTS_A_COIN
from tickroom.game.arena.game import ARENA
from tickroom.game.arena.schema import EventKind, ItemKind
from tickroom.game.arena.units import PLAYER_RADIUS, TILE, pace
from tickroom.game.interface import StepContext
from tickroom.protocol.session_tables import Status
from tickroom.protocol.tables import BoolArray, Int32Array, PublicTables


def clear_of_walls(map_number: int, x: Int32Array, y: Int32Array) -> BoolArray:
    """By exact distance from the circle's centre to every wall tile; no table of the game's is used."""
    lines, columns = np.nonzero(ARENA.maps[map_number].walls)
    at_x, at_y = x.astype(np.int64)[:, None], y.astype(np.int64)[:, None]
    dx = at_x - np.clip(at_x, columns * TILE, (columns + 1) * TILE)
    dy = at_y - np.clip(at_y, lines * TILE, (lines + 1) * TILE)
    return np.asarray((dx * dx + dy * dy >= PLAYER_RADIUS**2).all(axis=1))


def test_the_check_finds_a_player_in_a_wall() -> None:
    x, y = np.array([2 * TILE, TILE + PLAYER_RADIUS, TILE + PLAYER_RADIUS - 1]), np.full(3, 3 * TILE)
    assert clear_of_walls(0, x.astype(np.int32), y.astype(np.int32)).tolist() == [True, True, False]


AXIS = st.sampled_from([-127, -126, -90, -20, -3, -1, 0, 0, 1, 3, 20, 90, 126, 127]) | st.integers(-127, 127)
INPUTS = st.tuples(AXIS, AXIS, st.integers(0, 1))


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    map_number=st.integers(0, 2),
    tick_hz=st.integers(10, 60),
    seats=st.sampled_from([2, 8, 64]),
    holds=st.lists(st.tuples(st.integers(1, 25), st.lists(INPUTS, min_size=8, max_size=8)), min_size=2, max_size=10),
)
def test_invariants_of_a_round(
    seed: int, map_number: int, tick_hz: int, seats: int, holds: list[tuple[int, list[tuple[int, int, int]]]]
) -> None:
    tables = PublicTables(ARENA.schema.layout(seats, ARENA.table_rows(seats)), 1)
    world = ARENA.allocate(tables, seats, tick_hz)
    ARENA.open(world, 0, seed, {"map": map_number, "items": 0})
    for seat in range(seats):
        ARENA.seat(world, 0, seat, 0)
    ARENA.start_round(world, 0, 1)
    everybody, status = np.ones((1, seats), dtype=np.bool_), np.array([Status.ACTIVE], dtype=np.int32)
    inputs = np.zeros((1, seats, 3), dtype=np.int32)
    players, items, base = world.players, world.items, world.base_items
    fastest = pace(tick_hz).dash
    tick = 0
    for ticks, held in holds:
        inputs[0] = [held[seat % len(held)] for seat in range(seats)]
        inputs[0, :, :2] *= np.where(np.arange(seats) % 3, 1, -1)[:, None]  # so that they do not all walk alike
        for _ in range(ticks):
            tick += 1
            before = players.x[0].copy(), players.y[0].copy(), players.score[0].copy(), items.kind[0].copy()
            context = StepContext(np.array([tick]), status, everybody[:, 0], everybody, inputs, tick_hz)
            result = ARENA.step(world, context, ())
            assert clear_of_walls(map_number, players.x[0], players.y[0]).all()
            assert np.abs(players.x[0] - before[0]).max() <= fastest, "around a corner both axes may use the speed"
            assert np.abs(players.y[0] - before[1]).max() <= fastest
            assert (players.score[0] >= 0).all()
            assert not (players.score[0] % POINTS_A_COIN).any()
            _check_points(result.events, before[2], players.score[0], before[3], items.kind[0], base)


def _check_points(
    events: Int32Array,
    scores: Int32Array,
    scores_after: Int32Array,
    kinds: Int32Array,
    kinds_after: Int32Array,
    base: int,
) -> None:
    """Every point that was won or lost has its event, and every coin that fell out lies somewhere, while rows last."""
    expected = scores.copy()
    fallen, taken = 0, 0
    for _, kind, first, second, third, points in events.tolist():
        if kind == EventKind.PICKED:
            expected[first] += points
            assert kinds[second] == third or second < base, "what was picked is what lay there"
            assert kinds_after[second] == ItemKind.NONE
            taken += second >= base
        else:
            expected[second] -= third * POINTS_A_COIN
            fallen += third
    assert expected.tolist() == scores_after.tolist()
    loose_before, loose_after = np.count_nonzero(kinds[base:]), np.count_nonzero(kinds_after[base:])
    gone = loose_before + fallen - taken - loose_after  # vanished after their ten seconds, or found no free row
    assert gone >= 0, "no coin comes from nowhere"
    if fallen and loose_after < kinds[base:].size - taken:
        assert gone <= loose_before, "a coin is lost only when no row is free"
