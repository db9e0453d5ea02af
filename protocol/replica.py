"""A client's copy of one session's public state: keyframes in, deltas in, tables out. The mirror of ``delta.py``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tickroom.protocol.delta import TICK_MASK, checksum
from tickroom.protocol.tables import Int32Array, Layout


class OutOfStep(ValueError):
    """A delta does not fit the copy (no keyframe yet, unknown row, cut short): ask for a keyframe."""


class Replica:
    """The public state at ``tick``: ``values`` and ``rates``, (cells,) int32. ``tick`` is -1 before the first keyframe."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.tick = -1
        self.values: Int32Array = np.zeros(layout.cells, dtype=np.int32)
        self.rates: Int32Array = np.zeros(layout.cells, dtype=np.int32)
        self._first_cell: list[int] = layout.first_cell_of_row.tolist()
        self._columns: list[int] = layout.columns_of_row.tolist()
        self._gliding: list[bool] = layout.gliding.tolist()

    def load_keyframe(self, tick: int, values: Sequence[int], rates: Sequence[int]) -> None:
        """Take a whole state. Raises OutOfStep when its size is not the layout's."""
        if len(values) != self.layout.cells or len(rates) != self.layout.gliding_cells.size:
            raise OutOfStep("the keyframe has another layout")
        self.values[:] = values
        self.rates[self.layout.gliding_cells] = rates
        self.tick = tick

    def advance_to(self, short_tick: int) -> int:
        """Forecast up to the next tick whose low seven bits are ``short_tick``; returns that tick.

        Raises OutOfStep before the first keyframe.
        """
        if self.tick < 0:
            raise OutOfStep("a delta came before any keyframe")
        ahead = (short_tick - self.tick) & TICK_MASK
        for _ in range(ahead):
            self.values += self.rates
        self.tick += ahead
        return self.tick

    def apply_tokens(self, tokens: Sequence[int]) -> None:
        """Add a delta's surprises to a state that was advanced to its tick. Raises OutOfStep when they do not fit."""
        at, end = 0, len(tokens)
        try:
            while at < end:
                head = tokens[at]
                at += 1
                if head >= 0:
                    self._surprise(self._first_cell[head], tokens[at])
                    at += 1
                    continue
                row, mask = -1 - head, tokens[at]
                at += 1
                if not 0 < mask < 1 << self._columns[row]:
                    raise OutOfStep(f"row {row} has no such columns: {mask:#x}")
                cell = self._first_cell[row]
                while mask:
                    if mask & 1:
                        self._surprise(cell, tokens[at])
                        at += 1
                    mask >>= 1
                    cell += 1
        except IndexError:
            raise OutOfStep("the delta names an unknown row or is cut short") from None

    def checksum(self) -> int:
        """The checksum that a checked delta of this tick must carry."""
        return checksum(self.values, self.rates[self.layout.gliding_cells])

    def table(self, name: str) -> Int32Array:
        """A (rows, columns) int32 view on one table. Raises KeyError for an unknown name."""
        first, rows, width = self.layout.span(name)
        return self.values[first : first + rows * width].reshape(rows, width)

    def _surprise(self, cell: int, difference: int) -> None:
        if self._gliding[cell]:
            self.rates[cell] = _wrapped(int(self.rates[cell]) + difference)
        self.values[cell] = _wrapped(int(self.values[cell]) + difference)


def _wrapped(value: int) -> int:
    """``value`` modulo 2**32, as int32 arithmetic has it."""
    return (value + 2**31) % 2**32 - 2**31
