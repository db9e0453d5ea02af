"""The figures of docs/decisions/0002-only-surprises.md keep being true, and the budget of the design holds."""

from __future__ import annotations

import pytest

from tickroom.simulations.delta_benchmark import (
    Play,
    arena_like_layout,
    delta_bytes,
    full_row_bytes,
    walk,
    without_gliding,
)

TICK_HZ = 20


@pytest.fixture(params=[4, 16], ids="{} seats".format)
def seats(request: pytest.FixtureRequest) -> int:
    return int(request.param)


def bytes_a_player_tick(seats: int, play: Play) -> tuple[float, float, float]:
    """Surprises, plain deltas, full rows."""
    layout = arena_like_layout(seats, 64)
    states = walk(layout, 5, play, 100)
    surprises, plain = delta_bytes(layout, states, TICK_HZ), delta_bytes(without_gliding(layout), states, TICK_HZ)
    return surprises / seats, plain / seats, full_row_bytes(layout, states) / seats


def test_walking_straight_costs_heartbeats_only(seats: int) -> None:
    surprises, plain, full = bytes_a_player_tick(seats, Play("straight", 0, False))
    nobody, _, _ = bytes_a_player_tick(seats, Play("nobody moves", -1, False))
    assert surprises == nobody < 1 / seats
    assert 7 < plain < full / 2


def test_turning_now_and_then_costs_little(seats: int) -> None:
    surprises, plain, full = bytes_a_player_tick(seats, Play("turn", 30, False))
    assert surprises * 10 < plain < full / 2


def test_turning_all_the_time_saves_nothing_and_costs_nothing(seats: int) -> None:
    surprises, plain, _ = bytes_a_player_tick(seats, Play("turn", 1, False))
    assert plain * 0.9 < surprises < plain * 1.1


def test_the_budget_with_inputs_every_tick(seats: int) -> None:
    """The design allows a frame 23 bytes (4 players) and 65 (16 players) with everybody moving and a stamp a tick."""
    surprises, _, _ = bytes_a_player_tick(seats, Play("turn, stamps", 30, True))
    assert surprises * seats < {4: 23, 16: 65}[seats]
