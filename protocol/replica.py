"""A client's copy of one session's public state: keyframes in, deltas in, tables out. The mirror of ``delta.py``.

The bytes come from a server, which is trusted no more than any other peer: whatever arrives, the copy is in step, or it
says that it is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import numpy as np

from tickroom.protocol.delta import TICK_MASK, checksum
from tickroom.protocol.errors import OutOfStep as OutOfStep
from tickroom.protocol.messages import CHECKED_DELTA_KIND, DELTA_KIND, INT32_MAX
from tickroom.protocol.tables import Int32Array, Layout

NO_TICK = -1


class Replica:
    """The public state at ``tick``: ``values`` and ``rates``, (cells,) int32.

    ``tick`` is -1 before the first keyframe and after every ``OutOfStep``, until the next keyframe. What ``values``
    hold meanwhile is at best an older state, forecast: fit to be drawn, not to be trusted.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.tick = NO_TICK
        self.values: Int32Array = np.zeros(layout.cells, dtype=np.int32)
        self.rates: Int32Array = np.zeros(layout.cells, dtype=np.int32)
        self._first_cell: list[int] = layout.first_cell_of_row.tolist()
        self._columns: list[int] = layout.columns_of_row.tolist()
        self._gliding: list[bool] = layout.gliding.tolist()

    def load_keyframe(self, tick: int, values: Sequence[int], rates: Sequence[int]) -> None:
        """Take a whole state: all of it, or nothing and ``OutOfStep`` when anything about it is wrong."""
        if type(tick) is not int or not 0 <= tick <= INT32_MAX:
            self._fall_out("a keyframe without a tick")  # never its repr: it may be nested too deep for that
        new_values = self._int32s("values", values, self.layout.cells)
        new_rates = self._int32s("rates", rates, self.layout.gliding_cells.size)
        self.values[:] = new_values
        self.rates[self.layout.gliding_cells] = new_rates
        self.tick = tick

    def apply_delta(self, message: Sequence[int]) -> int:
        """Take one whole delta, checked or not: advance, add the surprises, compare the checksum. Returns the tick.

        Args:
            message: the decoded array, ``[2, tick & 127, *tokens]`` or ``[3, tick & 127, checksum, *tokens]``.

        Raises:
            OutOfStep: it is not such an array, does not fit the copy, or the checksum differs.
        """
        if not isinstance(message, list | tuple):
            self._fall_out("not a delta")
        kind, short_tick, *rest = message if len(message) >= 2 else (None, None)
        if type(kind) is not int or kind not in (DELTA_KIND, CHECKED_DELTA_KIND):
            self._fall_out("not a delta")
        self.advance_to(short_tick)
        if kind == DELTA_KIND:
            self.apply_tokens(rest)
            return self.tick
        if not rest:
            self._fall_out("a checked delta without a checksum")
        self.apply_tokens(rest[1:])
        if rest[0] != self.checksum():
            self._fall_out("the checksum differs")
        return self.tick

    def advance_to(self, short_tick: int) -> int:
        """Forecast up to the next tick whose low seven bits are ``short_tick``; returns that tick.

        Raises:
            OutOfStep: no keyframe yet; not seven bits; or the tick that the copy is at already, for there is one frame
                a tick at most, and frames are never more than 127 ticks apart.
        """
        if self.tick < 0:
            raise OutOfStep("a delta came before any keyframe")
        if type(short_tick) is not int or not 0 <= short_tick <= TICK_MASK:
            self._fall_out("a delta without the low bits of a tick")
        ahead = (short_tick - self.tick) & TICK_MASK
        if not ahead:
            self._fall_out(f"a second delta for tick {self.tick}")
        self.values += self.rates * np.int32(ahead)  # modulo 2**32, as adding so many times would be
        self.tick += ahead
        return self.tick

    def apply_tokens(self, tokens: Sequence[int]) -> None:
        """Add a delta's surprises to a state that was advanced to its tick: all of them, or none and ``OutOfStep``."""
        if self.tick < 0:
            raise OutOfStep("a delta came before any keyframe")
        if not _are_int32(tokens):
            self._fall_out("a delta holds int32 only")
        try:
            surprises = self._read_surprises(tokens)
        except IndexError:
            self._fall_out("the delta names an unknown row or column, or is cut short")
        for cell, difference in surprises:
            if self._gliding[cell]:
                self.rates[cell] = _wrapped(int(self.rates[cell]) + difference)
            self.values[cell] = _wrapped(int(self.values[cell]) + difference)

    def checksum(self) -> int:
        """The checksum that a checked delta of this tick must carry."""
        return checksum(self.values, self.rates[self.layout.gliding_cells])

    def table(self, name: str) -> Int32Array:
        """A (rows, columns) int32 view on one table. Raises KeyError for an unknown name."""
        first, rows, width = self.layout.span(name)
        return self.values[first : first + rows * width].reshape(rows, width)

    def _read_surprises(self, tokens: Sequence[int]) -> list[tuple[int, int]]:
        """(cell, difference) of each surprise. Raises IndexError for an unknown row and for tokens cut short."""
        surprises: list[tuple[int, int]] = []
        at = 0
        while at < len(tokens):
            head = tokens[at]
            if head >= 0:
                surprises.append((self._first_cell[head], tokens[at + 1]))
                at += 2
                continue
            row, mask = -1 - head, tokens[at + 1]
            at += 2
            if not 0 < mask < 1 << self._columns[row]:
                raise IndexError(f"row {row} has no such columns: {mask:#x}")
            cell = self._first_cell[row]
            while mask:
                if mask & 1:
                    surprises.append((cell, tokens[at]))
                    at += 1
                mask >>= 1
                cell += 1
        return surprises

    def _int32s(self, what: str, numbers: Sequence[int], count: int) -> Int32Array:
        if not isinstance(numbers, list | tuple) or len(numbers) != count or not _are_int32(numbers):
            self._fall_out(f"a keyframe of this layout has {count} {what}, all int32")
        return np.array(numbers, dtype=np.int32)

    def _fall_out(self, reason: str) -> NoReturn:
        tick, self.tick = self.tick, NO_TICK
        raise OutOfStep(reason, max(tick, 0), self.checksum())


def _are_int32(numbers: Sequence[int]) -> bool:
    """Neither bool nor float, nothing nested or wider: MessagePack carries all of these, and Python would add them."""
    if not numbers:
        return True
    return set(map(type, numbers)) == {int} and min(numbers) >= -INT32_MAX - 1 and max(numbers) <= INT32_MAX


def _wrapped(value: int) -> int:
    """``value`` modulo 2**32, as int32 arithmetic has it."""
    return (value + 2**31) % 2**32 - 2**31
