"""A pool of n sessions gives exactly what n pools of one give: random games of every map, seed and tick in one pool."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tickroom.game.arena.game import ARENA
from tickroom.game.conformance import Script, play
from tickroom.game.interface import StepContext, export_row
from tickroom.protocol.session_tables import Status
from tickroom.protocol.tables import PublicTables

SCRIPTS = st.builds(
    Script,
    seed=st.integers(0, 2**32 - 1),
    first_tick=st.integers(1, 2**30),
    settings=st.fixed_dictionaries({"map": st.integers(0, 2), "items": st.sampled_from([0, 1, 7, 200])}),
)


@settings(max_examples=25, deadline=None)
@given(
    scripts=st.lists(st.none() | SCRIPTS, min_size=2, max_size=6),
    seats=st.sampled_from([1, 2, 4, 7, 16]),
    tick_hz=st.integers(10, 60),
)
def test_a_pool_is_its_sessions(scripts: list[Script | None], seats: int, tick_hz: int) -> None:
    together = play(ARENA, scripts, seats=seats, tick_hz=tick_hz, ticks=60)
    for script, told in zip(scripts, together, strict=True):
        if script:
            (alone,) = play(ARENA, [script], seats=seats, tick_hz=tick_hz, ticks=60)
            for tick, (mine, its) in enumerate(zip(told, alone, strict=True)):
                assert mine.same(its), (script, tick)


def test_the_order_of_rows_does_not_matter() -> None:
    scripts = [Script(seed, 1 + seed * 1000, {"map": seed % 3, "items": 0}) for seed in range(5)]
    forward = play(ARENA, scripts, seats=4, tick_hz=20, ticks=100)
    backward = play(ARENA, scripts[::-1], seats=4, tick_hz=20, ticks=100)[::-1]
    for mine, its in zip(forward, backward, strict=True):
        assert all(one.same(other) for one, other in zip(mine, its, strict=True))


def test_different_seeds_give_different_games() -> None:
    one, other = (
        play(ARENA, [Script(seed, 1, {"map": 0, "items": 0})], seats=4, tick_hz=20, ticks=2)[0] for seed in (1, 2)
    )
    assert not one[-1].same(other[-1])
    assert not np.array_equal(one[-1].arrays[0], other[-1].arrays[0])


def test_rows_behind_the_stepped_ones_are_left_alone() -> None:
    tables = PublicTables(ARENA.schema.layout(2, ARENA.table_rows(2)), 4)
    world = ARENA.allocate(tables, 2, 30)
    for row in range(4):
        ARENA.open(world, row, row, {"map": 0, "items": 0})
        ARENA.seat(world, row, 0, 1)
        ARENA.start_round(world, row, 1)
    before = [export_row(world, row) for row in range(4)]
    seated = np.tile([True, False], (3, 1))
    inputs = np.full((3, 2, 3), 1, dtype=np.int32)
    live, status = np.ones(3, dtype=np.bool_), np.full(3, Status.ACTIVE, dtype=np.int32)
    ARENA.step(world, StepContext(np.full(3, 2), status, live, seated, inputs, 30), ())
    changed = [
        any(not np.array_equal(one, other) for one, other in zip(before[row], export_row(world, row), strict=True))
        for row in range(4)
    ]
    assert changed == [True, True, True, False]
