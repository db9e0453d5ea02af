from itertools import pairwise

import pytest

from tickroom.simulations.loadtest.motion import FULL, HEARTBEAT_S, Motion

TIMES = [100 + 0.05 * step for step in range(2000)]


def inputs(seed: int, *, every_time: bool) -> list[tuple[float, tuple[int, int, int]]]:
    motion = Motion(seed, every_time)
    return [(now_s, motion.values) for now_s in TIMES if motion.is_due(now_s)]


def test_the_same_seed_moves_the_same_way_in_both_modes() -> None:
    every, changed = inputs(7, every_time=True), inputs(7, every_time=False)
    assert every == inputs(7, every_time=True)
    assert every != inputs(8, every_time=True)
    assert len(every) == len(TIMES)
    assert set(changed) <= set(every), "the movement is one; only what is sent of it differs"


def test_a_turn_every_one_to_two_seconds() -> None:
    values = [value for _, value in inputs(7, every_time=True)]
    turns = sum(before != after for before, after in pairwise(values))
    assert 100 / 2.05 - 1 <= turns <= 100


def test_on_change_sends_turns_and_heartbeats_only() -> None:
    sent = inputs(7, every_time=False)
    assert len(sent) < len(TIMES) / 8
    gaps = [after[0] - before[0] for before, after in pairwise(sent)]
    assert max(gaps) == pytest.approx(HEARTBEAT_S, abs=0.06)


def test_everybody_is_always_at_full_speed() -> None:
    for _, (x, y, buttons) in inputs(7, every_time=True):
        assert FULL - 1 <= (x * x + y * y) ** 0.5 <= FULL + 1
        assert buttons == 0
