"""Integer arithmetic that gives the same bits in Python, numpy and JavaScript: rounding, roots, seconds to ticks."""

from __future__ import annotations

from math import isqrt

import numpy as np

from tickroom.protocol.tables import Int32Array


def rounded_quotient(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` to the nearest integer, halves upwards; both are not negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def ticks_of(milliseconds: int, tick_hz: int) -> int:
    """A duration in whole ticks, rounded to nearest, at least 1."""
    return max(1, rounded_quotient(milliseconds * tick_hz, 1000))


def round_half_away(numerator: Int32Array, denominator: Int32Array) -> Int32Array:
    """``numerator / denominator`` to the nearest integer, halves away from zero; ``denominator`` is positive.

    The caller sees to it that ``2 * abs(numerator) + denominator`` fits int32.
    """
    quotient: Int32Array = (2 * np.abs(numerator) + denominator) // (2 * denominator)
    return np.where(numerator < 0, -quotient, quotient)


def ceil_sqrt(value: int) -> int:
    """The smallest integer whose square is at least ``value``; ``value`` is not negative."""
    root = isqrt(value)
    return root if root * root == value else root + 1


def lengths_in_256ths(largest_square: int) -> Int32Array:
    """Table: entry n is floor(256 * sqrt(n)), for n from 0 to ``largest_square``."""
    return np.array([isqrt(square * 65536) for square in range(largest_square + 1)], dtype=np.int32)
