"""Histograms tell the truth to one bucket."""

from hypothesis import given
from hypothesis import strategies as st

from tickroom.server.shell.statistics import Histogram


@given(st.lists(st.integers(0, 5_000_000), min_size=1), st.sampled_from([0.5, 0.9, 0.99]))
def test_a_quantile_is_the_true_one_to_an_eighth(durations: list[int], share: float) -> None:
    histogram = Histogram()
    for duration in durations:
        histogram.record(duration)
    rank = max(1, -(-len(durations) * share // 1))
    true = sorted(durations)[int(rank) - 1]
    told = histogram.quantile_us(share)
    assert true <= told or told == histogram.maximum_us
    assert told <= max(56, true * 1.13 + 1)
    assert histogram.summary()["max"] == max(durations)


def test_an_empty_histogram_is_all_zero() -> None:
    assert Histogram().summary() == {"p50": 0, "p99": 0, "max": 0, "count": 0}
