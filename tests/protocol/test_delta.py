"""Forecast and checksum by example; tests/property/test_delta.py has the general case."""

from __future__ import annotations

import struct
import zlib

import numpy as np

from tickroom.protocol.delta import Forecast, checksum
from tickroom.protocol.tables import Column, Int32Array, Layout, Table

WALKERS = Table("walkers", (Column("x", gliding=True), Column("score"), Column("y", gliding=True)))
LAYOUT = Layout((Table("doors", (Column("open"),)), WALKERS), (2, 2))


def pool(*sessions: list[int]) -> Int32Array:
    return np.array(sessions, dtype=np.int32)


def test_nothing_happens_and_nothing_is_said() -> None:
    forecast = Forecast(LAYOUT, 2)
    assert forecast.collect_surprises(pool([0] * 8, [0] * 8)) == ([], [0, 0, 0])


def test_the_first_column_alone_costs_no_mask() -> None:
    forecast = Forecast(LAYOUT, 1)
    assert forecast.collect_surprises(pool([0, 1, 0, 0, 0, 5, 0, 0]))[0] == [1, 1, 3, 5]


def test_other_columns_cost_one() -> None:
    forecast = Forecast(LAYOUT, 1)
    assert forecast.collect_surprises(pool([0, 0, 0, 7, 0, 5, 6, -7]))[0] == [-3, 2, 7, -4, 7, 5, 6, -7]


def test_who_walks_on_is_not_mentioned() -> None:
    forecast = Forecast(LAYOUT, 1)
    forecast.collect_surprises(pool([0, 0, 10, 0, 0, 0, 0, 0]))
    assert forecast.collect_surprises(pool([0, 0, 20, 0, 0, 0, 0, 0])) == ([], [0, 0])
    assert forecast.collect_surprises(pool([0, 0, 30, 0, 0, 0, 0, 0])) == ([], [0, 0])
    assert forecast.collect_surprises(pool([0, 0, 30, 0, 0, 0, 0, 0])) == ([2, -10], [0, 2])
    assert forecast.collect_surprises(pool([0, 0, 30, 0, 0, 0, 0, 0])) == ([], [0, 0])


def test_a_plain_cell_that_grows_is_mentioned_each_time() -> None:
    forecast = Forecast(LAYOUT, 1)
    for ticks in range(1, 4):
        assert forecast.collect_surprises(pool([0, 0, 0, ticks, 0, 0, 0, 0]))[0] == [-3, 2, 1]


def test_the_same_row_in_two_sessions_is_two_rows() -> None:
    """The last surprise of one session and the first of the next stand in the same row of their tables."""
    forecast = Forecast(LAYOUT, 3)
    cells = pool([0] * 7 + [1], [0] * 8, [0] * 5 + [2, 0, 0])
    assert forecast.collect_surprises(cells) == ([-4, 4, 1, 3, 2], [0, 3, 3, 5])


def test_part_of_a_pool() -> None:
    forecast = Forecast(LAYOUT, 4)
    assert forecast.collect_surprises(pool([0] * 8, [1] + [0] * 7)) == ([0, 1], [0, 0, 2])
    assert not forecast.values[2:].any()


def test_a_view_on_a_larger_array_will_do() -> None:
    cells = np.zeros((3, 16), dtype=np.int32)
    cells[1, 8] = 3
    assert Forecast(LAYOUT, 3).collect_surprises(cells[:, 8:]) == ([0, 3], [0, 0, 2, 2])


def test_a_row_used_again_starts_from_zeros() -> None:
    forecast = Forecast(LAYOUT, 2)
    forecast.collect_surprises(pool([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6, 7, 8]))
    forecast.reset(0)
    assert forecast.keyframe(0) == ([0] * 8, [0] * 4)
    assert forecast.keyframe(1) == ([1, 2, 3, 4, 5, 6, 7, 8], [3, 5, 6, 8])


def test_a_layout_without_gliding_columns() -> None:
    layout = Layout((Table("doors", (Column("open"),)),), (2,))
    forecast = Forecast(layout, 1)
    assert forecast.collect_surprises(pool([0, 4]))[0] == [1, 4]
    assert forecast.keyframe(0) == ([0, 4], [])
    assert forecast.checksum(0) == zlib.crc32(struct.pack("<2i", 0, 4))


def test_the_checksum_is_that_of_zip() -> None:
    values, rates = [1, -2, 2**31 - 1, -(2**31)], [320, -1]
    expected = zlib.crc32(struct.pack("<6i", *values, *rates))
    assert checksum(np.array(values, dtype=np.int32), np.array(rates, dtype=np.int32)) == expected


def test_the_checksum_of_a_session_covers_values_and_rates() -> None:
    forecast = Forecast(LAYOUT, 1)
    forecast.collect_surprises(pool([0, 0, 10, 0, 0, 0, 0, 0]))
    assert forecast.checksum(0) == zlib.crc32(struct.pack("<12i", 0, 0, 10, 0, 0, 0, 0, 0, 10, 0, 0, 0))
