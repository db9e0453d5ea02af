import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickroom.simulations.clock import LEAD_MAX_S, Lead, ServerClock


@given(
    delays=st.lists(
        st.tuples(st.floats(0.0001, 0.2), st.floats(0.0001, 0.2)),
        min_size=1,
        max_size=8,
    )
)
def test_the_error_is_at_most_half_of_the_shortest_round_trip(delays: list[tuple[float, float]]) -> None:
    """Whatever the ways there and back take, and however unequal they are."""
    epoch_s, period_s = 1000.0, 1 / 20
    clock = ServerClock(20)
    for number, (there_s, back_s) in enumerate(delays):
        sent_s = 1010.0 + number
        at_server_s = sent_s + there_s
        tick, age_s = divmod(at_server_s - epoch_s, period_s)
        clock.observe(int(tick), int(age_s * 1e6), sent_s, at_server_s + back_s)
    shortest_s = min(there_s + back_s for there_s, back_s in delays)
    error_s = abs(clock.tick_at(2000.0) * period_s - (2000.0 - epoch_s))
    assert error_s <= shortest_s / 2 + 2e-6  # the age comes in whole microseconds


def test_a_server_that_stood_still_is_believed_at_once() -> None:
    clock = ServerClock(20)
    clock.observe(100, 0, 5.0, 5.0)
    clock.observe(110, 0, 7.0, 7.1)  # should be at tick 140 by now: it lost one and a half seconds
    assert clock.tick_at(7.05) == pytest.approx(110)
    clock.observe(112, 0, 7.14, 7.16)
    assert clock.tick_at(7.15) == pytest.approx(112)


def test_a_slow_pong_does_not_outweigh_a_quick_one() -> None:
    clock = ServerClock(20)
    clock.observe(100, 0, 5.0, 5.001)
    clock.observe(120, 0, 6.0, 6.3)
    assert clock.tick_at(5.0005) == pytest.approx(100)


def test_a_first_guess_holds_until_a_pong() -> None:
    clock = ServerClock(10)
    clock.assume(40, 5.0)
    assert not clock.is_set
    assert clock.tick_at(5.5) == pytest.approx(45)
    clock.observe(50, 20_000, 5.5, 5.5)
    assert clock.is_set
    assert clock.tick_at(5.5) == pytest.approx(50.2)


def test_the_lead_stays_within_bounds() -> None:
    lead = Lead(0.005)
    for _ in range(50):
        lead.note_late(0.1)
    assert lead.seconds == LEAD_MAX_S
    for _ in range(5000):
        lead.note_in_time(0.002)
    assert lead.seconds == 0.002
