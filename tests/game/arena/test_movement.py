"""How movement feels: speeds, analogue input, walls, corners, dashes, boots."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tickroom.game.arena.movement import Held, Runners, move
from tickroom.game.arena.units import PLAYER_RADIUS, SUB, TILE, pace
from tickroom.protocol.session_tables import Status

from .stage import Stage, arena_of

BLOCK = arena_of("\n".join(["#" * 15, "#S" + "." * 12 + "#", *["#" + "." * 13 + "#"] * 4, "#......#......#",
                            *["#" + "." * 13 + "#"] * 6, "#" * 15]))  # fmt: skip
BLOCK_LEFT, BLOCK_TOP = 7 * 32, 6 * 32  # in units: one wall tile in the open
CORRIDOR = arena_of("########\n#S.....#\n###.####\n###.####\n#......#\n########")


@pytest.mark.parametrize("tick_hz", [10, 12, 15, 16, 20, 24, 25, 30, 40, 48, 50, 60])
@pytest.mark.parametrize(("x", "y"), [(127, 0), (-127, 0), (0, 127), (0, -127)])
def test_two_hundred_units_a_second_exactly(tick_hz: int, x: int, y: int) -> None:
    stage = Stage([(320, 240)], tick_hz=tick_hz)
    stage.hold(0, x, y)
    stage.run(tick_hz // 2)
    distance = 200 * SUB * (tick_hz // 2) // tick_hz
    assert stage.at(0) == (320 * SUB + x // 127 * distance, 240 * SUB + y // 127 * distance)


def test_other_rates_are_rounded_to_the_nearest_subunit() -> None:
    stage = Stage([(320, 240)], tick_hz=11)
    stage.hold(0, 127, 0)
    stage.step()
    assert stage.at(0)[0] - 320 * SUB == 873  # 9600 / 11 = 872.7


def test_a_held_input_glides_at_one_velocity() -> None:
    stage = Stage([(200, 200)])
    stage.hold(0, 61, -33)
    steps = set()
    for _ in range(30):
        before = stage.at(0)
        stage.step()
        steps.add((stage.at(0)[0] - before[0], stage.at(0)[1] - before[1]))
    assert steps == {(154, -83)}  # 320 * 61 / 127 = 153.7, 320 * 33 / 127 = 83.1


def test_diagonals_are_no_faster_and_mirror_images_are_equal() -> None:
    moves = set()
    for x, y in ((127, 127), (-127, 127), (127, -127), (-127, -127)):
        stage = Stage([(320, 240)])
        stage.hold(0, x, y)
        stage.step()
        moved = stage.at(0)[0] - 320 * SUB, stage.at(0)[1] - 240 * SUB
        moves.add((abs(moved[0]), abs(moved[1])))
    assert moves == {(226, 226)}


def test_half_tilt_is_half_speed_and_tiny_tilts_move() -> None:
    stage = Stage([(320, 240)])
    stage.hold(0, 64, 0)
    stage.step()
    assert stage.at(0)[0] - 320 * SUB == 161
    stage.hold(0, 1, 0)
    stage.step()
    assert stage.at(0)[0] - 320 * SUB == 161 + 3


def test_nobody_moves_without_input_or_seat_or_when_finished() -> None:
    stage = Stage([(320, 240), (200, 200)])
    stage.hold(1, 127, 0, 1)
    stage.seated[0, 1] = False
    before = [stage.at(0), stage.at(1)]
    stage.run(5)
    stage.hold(0, 127, 0, 1)
    stage.status = Status.FINISHED
    stage.run(5)
    assert [stage.at(0), stage.at(1)] == before
    assert stage.world.players.dash_until[0].tolist() == [0, 0]


def test_waiting_players_run_about() -> None:
    stage = Stage([(320, 240)])
    stage.status = Status.WAITING
    stage.hold(0, 127, 0)
    stage.step()
    assert stage.at(0) == (320 * SUB + 320, 240 * SUB)


def test_walking_flat_into_a_wall_stops_at_the_radius() -> None:
    for y in range(BLOCK_TOP, BLOCK_TOP + 32, 4):
        stage = Stage([(BLOCK_LEFT - 60, y)], arena=BLOCK)
        stage.hold(0, 127, 0)
        stage.run(40)
        assert stage.at(0) == (BLOCK_LEFT * SUB - PLAYER_RADIUS, y * SUB)


@pytest.mark.parametrize("side", [-1, 1])
def test_diagonal_input_slides_along_a_wall_at_the_speed_of_its_axis(side: int) -> None:
    stage = Stage([(32 + 12, 240)])
    stage.hold(0, -127, 127 * side)
    for _ in range(20):
        before = stage.at(0)
        stage.step()
        assert stage.at(0) == (before[0], before[1] + 226 * side)


@pytest.mark.parametrize("direction", [(1, 0), (-1, 0), (0, 1), (0, -1)])
@pytest.mark.parametrize("offset", [-11, -6, -1, 1, 6, 11])
def test_a_corner_touched_with_a_part_of_the_circle_is_slid_around(direction: tuple[int, int], offset: int) -> None:
    """``offset``: how far, in units, the centre passes outside the block's edge; on either side."""
    dx, dy = direction
    middle = (BLOCK_LEFT + 16, BLOCK_TOP + 16)
    beside = (16 + abs(offset)) * (1 if offset > 0 else -1)
    stage = Stage([(middle[0] - 80 * dx + beside * abs(dy), middle[1] - 80 * dy + beside * abs(dx))], arena=BLOCK)
    stage.hold(0, 127 * dx, 127 * dy)
    beyond = []
    for _ in range(36):
        before = stage.at(0)
        stage.step()
        moved = abs(stage.at(0)[0] - before[0]) + abs(stage.at(0)[1] - before[1])
        assert 0 < moved <= 320, "it neither sticks nor jumps"
        beyond.append((stage.at(0)[0] - middle[0] * SUB) * dx + (stage.at(0)[1] - middle[1] * SUB) * dy)
    assert beyond[-1] > 2 * TILE
    across = (stage.at(0)[1] - middle[1] * SUB) if dx else (stage.at(0)[0] - middle[0] * SUB)
    assert across == (TILE // 2 + PLAYER_RADIUS) * (1 if offset > 0 else -1), "just clear of the block, no farther"


@pytest.mark.parametrize("tick_hz", [10, 20, 30, 60])
def test_no_direction_sticks_at_a_lone_block(tick_hz: int) -> None:
    """From anywhere around it, any input that is not (nearly) straight gets past the block."""
    tilts = [(x, y) for x in range(-127, 128, 23) for y in range(-127, 128, 23) if min(abs(x), abs(y)) >= 20]
    cases = np.array([(x, y, offset) for x, y in tilts for offset in range(-26, 27, 2)], dtype=np.int32).T
    axes, length = cases[:2].copy(), np.abs(cases[:2]).max(axis=0)
    middle = np.array([[BLOCK_LEFT + 16], [BLOCK_TOP + 16]]) * SUB
    start = middle - 70 * SUB * axes // length
    start[0] += cases[2] * SUB
    count = cases.shape[1]
    runners = Runners(*(np.zeros(count, dtype=np.int32) for _ in Runners._fields))
    runners.x[:], runners.y[:] = start
    nothing, everybody = np.zeros(count, dtype=np.int32), np.ones(count, dtype=np.bool_)
    ahead = np.full(count, -(10**9))
    for tick in range(4 * tick_hz):
        held = Held(axes, nothing, np.full(count, tick, dtype=np.int32), everybody, nothing)
        move(runners, held, BLOCK.terrain, pace(tick_hz))
        far = ((runners.x - middle[0]) * axes[0] + (runners.y - middle[1]) * axes[1]) // length
        ahead = np.maximum(ahead, far)
    stuck = ahead < 60 * SUB
    assert not stuck.any(), cases[:, stuck].T.tolist()


def test_an_opening_one_tile_wide_is_easy_to_enter() -> None:
    for off in range(-27, 28, 3):
        stage = Stage([(112 + off, 48)], arena=CORRIDOR)
        stage.hold(0, 0, 127)
        stage.run(60)
        if abs(off) < 16:
            assert stage.at(0)[1] > 4 * TILE, off
        else:
            assert stage.at(0)[1] == 2 * TILE - PLAYER_RADIUS, off


def test_a_dash_starts_at_once_keeps_its_direction_and_cools_down() -> None:
    stage = Stage([(100, 240)])
    stage.hold(0, 60, 80, 1)
    stage.step()
    players = stage.world.players
    assert (players.dash_x[0, 0], players.dash_y[0, 0]) == (76, 102)  # length 127
    assert players.dash_until[0, 0] == stage.tick + 5  # 0.2 s at 30 Hz: six ticks
    assert players.dash_ready[0, 0] == stage.tick + 60
    assert stage.at(0) == (100 * SUB + 574, 240 * SUB + 770)  # 960 a tick
    stage.hold(0, -127, 0, 1)
    stage.run(5)
    assert stage.at(0) == (100 * SUB + 6 * 574, 240 * SUB + 6 * 770)
    stage.step()
    assert stage.at(0)[0] == 100 * SUB + 6 * 574 - 320, "the input counts again"
    until = int(players.dash_until[0, 0])
    stage.run(52)
    assert players.dash_until[0, 0] == until
    stage.run(2)
    assert players.dash_until[0, 0] == until + 60, "held on: again as soon as it is ready"


def test_no_dash_without_a_direction() -> None:
    stage = Stage([(100, 240)])
    stage.hold(0, 0, 0, 1)
    stage.step()
    assert stage.world.players.dash_ready[0, 0] == 0
    stage.hold(0, 0, -1, 1)
    stage.step()
    assert stage.world.players.dash_y[0, 0] == -127


@pytest.mark.parametrize("tick_hz", [10, 11, 20, 60])
def test_a_dash_ends_at_the_wall_however_few_ticks_it_has(tick_hz: int) -> None:
    stage = Stage([(BLOCK_LEFT - 40, BLOCK_TOP + 16)], arena=BLOCK, tick_hz=tick_hz)
    stage.hold(0, 127, 0, 1)
    stage.run(max(1, round(tick_hz * 0.2)))
    assert stage.at(0) == (BLOCK_LEFT * SUB - PLAYER_RADIUS, (BLOCK_TOP + 16) * SUB)


def test_boots_count_from_their_first_tick_to_their_last() -> None:
    stage = Stage([(100, 240)])
    stage.world.players.boots_from[0, 0] = stage.tick + 2
    stage.world.players.boots_until[0, 0] = stage.tick + 3
    stage.hold(0, 127, 0)
    places = [stage.at(0)[0]]
    for _ in range(4):
        stage.step()
        places.append(stage.at(0)[0])
    assert [b - a for a, b in pairwise(places)] == [320, 480, 480, 320]
