from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickroom.simulations.loadtest.histogram import BUCKETS_A_DOUBLING, Histogram

WIDTH = 2 ** (1 / BUCKETS_A_DOUBLING)
DURATIONS = st.lists(st.floats(1e-6, 500.0), min_size=1, max_size=200)


@given(samples=DURATIONS, share=st.floats(0.001, 1.0))
def test_a_quantile_is_exact_to_one_bucket(samples: list[float], share: float) -> None:
    exact = float(np.quantile(samples, share, method="inverted_cdf"))
    found = Histogram.of(samples).quantile_s(share)
    assert exact / WIDTH / 1.0001 <= found <= exact * WIDTH * 1.0001


@given(parts=st.lists(DURATIONS, min_size=1, max_size=6), share=st.floats(0.0, 1.0))
def test_the_parts_merged_are_the_whole(parts: list[list[float]], share: float) -> None:
    whole = Histogram.of(sample for part in parts for sample in part)
    merged = Histogram.merged(Histogram.of(part) for part in parts)
    assert merged.quantile_s(share) == whole.quantile_s(share)
    assert (merged.total, merged.greatest_s) == (whole.total, whole.greatest_s)


def test_merging_is_not_averaging() -> None:
    """What it is for: nine quick processes and one slow one."""
    quick, slow = [0.001] * 1000, [1.0] * 1000
    parts = [Histogram.of(quick) for _ in range(9)] + [Histogram.of(slow)]
    mean_of_p99 = sum(part.quantile_s(0.99) for part in parts) / len(parts)
    assert mean_of_p99 == pytest.approx(0.1, rel=0.05)
    assert Histogram.merged(parts).quantile_s(0.99) == 1.0
    assert Histogram.merged(parts).quantile_s(0.89) == pytest.approx(0.001, rel=0.02)


def test_nothing_recorded() -> None:
    assert Histogram.of([]).quantile_s(0.99) == 0.0
    assert Histogram.merged([]).total == 0


def test_what_is_off_the_scale_is_counted_at_its_ends() -> None:
    histogram = Histogram.of([0.0, 1e-9, 1e9])
    assert histogram.total == 3
    assert histogram.quantile_s(0.5) < 2e-6
    assert histogram.greatest_s == 1e9


def test_the_cumulative_curve_ends_at_all() -> None:
    bounds, shares = Histogram.of([0.001, 0.002, 0.002, 0.1]).cumulative()
    assert shares.tolist() == [0.25, 0.75, 1.0]
    assert all(before < after for before, after in pairwise(bounds))
