"""Integer arithmetic, against exact fractions."""

from __future__ import annotations

from fractions import Fraction
from math import floor

import numpy as np
import pytest

from tickroom.game.fixed import ceil_sqrt, lengths_in_256ths, round_half_away, rounded_quotient, ticks_of


def test_halves_go_away_from_zero() -> None:
    numerators = np.arange(-60, 61, dtype=np.int32)
    for denominator in (1, 2, 3, 4, 7, 10):
        rounded = round_half_away(numerators, np.full_like(numerators, denominator))
        for numerator, found in zip(numerators.tolist(), rounded.tolist(), strict=True):
            exact = Fraction(abs(numerator), denominator)
            assert abs(found) == floor(exact + Fraction(1, 2))
            assert found == 0 or (found > 0) == (numerator > 0)
        assert rounded.dtype == np.int32


def test_roots() -> None:
    for value in range(2000):
        root = ceil_sqrt(value)
        assert root * root >= value
        assert root == 0 or (root - 1) ** 2 < value
    table = lengths_in_256ths(2000)
    for square, length in enumerate(table.tolist()):
        assert length**2 <= square * 65536 < (length + 1) ** 2


@pytest.mark.parametrize(
    ("milliseconds", "tick_hz", "ticks"),
    [(200, 30, 6), (200, 60, 12), (200, 10, 2), (200, 11, 2), (10, 10, 1), (500, 15, 8)],
)
def test_durations_are_rounded_and_at_least_a_tick(milliseconds: int, tick_hz: int, ticks: int) -> None:
    assert ticks_of(milliseconds, tick_hz) == ticks


def test_quotients_round_halves_up() -> None:
    assert [rounded_quotient(n, 4) for n in range(9)] == [0, 0, 1, 1, 1, 1, 2, 2, 2]
