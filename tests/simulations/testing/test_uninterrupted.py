"""Which checkpoint a session's stay at a node began with; the replay itself is judged by tests/chaos."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from tickroom.simulations.testing.uninterrupted import _chapter, _Decoded

POOL, ROW = 3, 2


def checkpoint(beat: int, tick: int, sequence: int) -> Any:
    return SimpleNamespace(pool=POOL, row=ROW, beat=beat, tick=tick, sequence=sequence)


def first_tick(beat: int, own: list[Any], ends: int | None) -> int | None:
    """Of a stay whose first record, number 50, has this beat."""
    record, part = _Decoded(50, 0.0, {}), SimpleNamespace(pool=POOL, beat=beat)
    return _chapter("node-1", record, cast(Any, part), ROW, own, ends).first_tick


def test_the_checkpoint_at_its_coming_though_records_of_other_pools_lie_between() -> None:
    assert first_tick(100, [checkpoint(99, 726, 46)], None) == 727


def test_a_checkpoint_of_a_later_stay_in_the_same_row_says_nothing_of_this_one() -> None:
    """The session stood still for 41 ticks between the two, while the pool went on."""
    later = checkpoint(299, 885, 300)
    assert first_tick(100, [later], ends=300) is None
    assert first_tick(100, [checkpoint(99, 726, 46), later], ends=300) == 727
    assert first_tick(300, [checkpoint(99, 726, 46), later], None) == 886
