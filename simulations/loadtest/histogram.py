"""A histogram of durations that can be added to another one: quantiles over many processes without keeping samples.

Averaging the 99th percentiles of several processes gives a number that means nothing; adding their counts and reading
the quantile of the sum is exact to one bucket.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

LEAST_S = 1e-6
BUCKETS_A_DOUBLING = 64  # buckets are 1.1 % wide
DOUBLINGS = 30  # 1 us to 18 minutes
_BUCKETS = BUCKETS_A_DOUBLING * DOUBLINGS


class Histogram:
    """Durations in seconds, counted in buckets 1.1 % wide; the least and the greatest are kept exactly."""

    def __init__(self) -> None:
        self.counts: NDArray[np.int64] = np.zeros(_BUCKETS, dtype=np.int64)
        self.greatest_s = 0.0

    @classmethod
    def of(cls, samples: Iterable[float]) -> Histogram:
        """Count samples in seconds."""
        histogram = cls()
        values = np.fromiter(samples, dtype=np.float64)
        if values.size:
            buckets = np.floor(np.log2(np.maximum(values, LEAST_S) / LEAST_S) * BUCKETS_A_DOUBLING).astype(np.int64)
            histogram.counts = np.bincount(np.minimum(buckets, _BUCKETS - 1), minlength=_BUCKETS)
            histogram.greatest_s = float(values.max())
        return histogram

    @classmethod
    def merged(cls, parts: Iterable[Histogram]) -> Histogram:
        """The histogram of all samples of all parts."""
        whole = cls()
        for part in parts:
            whole.counts = whole.counts + part.counts
            whole.greatest_s = max(whole.greatest_s, part.greatest_s)
        return whole

    @property
    def total(self) -> int:
        """Number of samples."""
        return int(self.counts.sum())

    def quantile_s(self, share: float) -> float:
        """The duration that ``share`` (0 to 1) of all samples stay at or below, to one bucket; 0.0 without samples."""
        total = self.total
        if not total:
            return 0.0
        rank = max(1, int(np.ceil(share * total)))
        bucket = int(np.searchsorted(np.cumsum(self.counts), rank))
        upper_s: float = LEAST_S * 2 ** ((bucket + 1) / BUCKETS_A_DOUBLING)
        return min(upper_s, self.greatest_s)

    def cumulative(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Upper bounds in seconds of the buckets in use, and the share of samples up to each: for a plot."""
        used = np.flatnonzero(self.counts)
        bounds = LEAST_S * 2.0 ** ((used + 1) / BUCKETS_A_DOUBLING)
        return bounds, np.cumsum(self.counts[used]) / max(1, self.total)
