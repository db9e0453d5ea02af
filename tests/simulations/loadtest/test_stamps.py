"""The short way of reading a frame against the whole one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tickroom.protocol.delta import Forecast
from tickroom.protocol.messages import CHECKED_DELTA_KIND, DELTA_KIND
from tickroom.protocol.replica import Replica
from tickroom.protocol.session_tables import SEATS, SESSION
from tickroom.protocol.tables import Column, Layout, Table
from tickroom.simulations.loadtest.stamps import stamp_change, stamp_in_keyframe

GAME = Table("things", (Column("x", gliding=True), Column("y", gliding=True), Column("kind")))


@given(
    seats=st.integers(1, 5),
    ticks=st.lists(st.lists(st.tuples(st.integers(0, 200), st.integers(-5, 5)), max_size=12), max_size=12),
    checked=st.booleans(),
)
def test_the_sum_of_changes_is_the_stamp_of_a_full_copy(
    seats: int, ticks: list[list[tuple[int, int]]], checked: bool
) -> None:
    layout = Layout((SEATS, GAME, SESSION), (seats, 3, 1))
    forecast = Forecast(layout, 1)
    cells = np.zeros((1, layout.cells), dtype=np.int32)
    replica = Replica(layout)
    replica.load_keyframe(0, *forecast.keyframe(0))
    stamps = [stamp_in_keyframe(forecast.keyframe(0)[0], seat) for seat in range(seats)]
    for tick, changes in enumerate(ticks, 1):
        for cell, value in changes:
            cells[0, cell % layout.cells] = value
        tokens, _ = forecast.collect_surprises(cells)
        message = [DELTA_KIND, tick, *tokens]
        if checked:
            message = [CHECKED_DELTA_KIND, tick, forecast.checksum(0), *tokens]
        replica.apply_delta(message)
        for seat in range(seats):
            stamps[seat] += stamp_change(message, seat)
    assert stamps == replica.table("seats")[:, 0].tolist()
    assert stamps == [stamp_in_keyframe(forecast.keyframe(0)[0], seat) for seat in range(seats)]


def test_the_forms_of_a_token() -> None:
    row_alone = [DELTA_KIND, 5, 0, 1, 1, 7]
    assert [stamp_change(row_alone, seat) for seat in range(3)] == [1, 7, 0]
    masked = [CHECKED_DELTA_KIND, 5, 123456, -1, 0b110, 9, 9, -2, 0b101, 4, 9]
    assert [stamp_change(masked, seat) for seat in range(3)] == [0, 4, 0]
    assert stamp_change([DELTA_KIND, 5], 0) == 0
