"""Counter-based randomness: a number is a function of what it is for, so there is no generator state to keep.

Source: the SplitMix64 finaliser (Steele, Lea, Flood 2014), chained over the inputs; integers only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

UInt64Array = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


def draw(seed: ArrayLike, tick: ArrayLike, purpose: int, index: ArrayLike) -> NDArray[np.int64]:
    """Uniform integers 0 to 2**32 - 1, one for each (seed, tick, index), the inputs broadcast against each other.

    Args:
        seed, tick, index: non-negative integers, any shapes that broadcast. purpose: a constant a use of randomness.
    Returns:
        int64 array of the broadcast shape; the same inputs always give the same numbers.
    """
    mixed = _mix(np.atleast_1d(np.asarray(seed)).astype(np.uint64) * _GOLDEN + np.uint64(purpose))
    mixed = _mix(mixed + np.asarray(tick).astype(np.uint64) * _FIRST)
    mixed = _mix(mixed + np.asarray(index).astype(np.uint64) * _SECOND)
    shape = np.broadcast_shapes(np.shape(seed), np.shape(tick), np.shape(index))
    return (mixed >> np.uint64(32)).astype(np.int64).reshape(shape)


def _mix(value: UInt64Array) -> UInt64Array:
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))
