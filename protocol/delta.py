"""Only surprises are sent: how a tick's state becomes a delta, for many sessions at once.

Between ticks both ends *forecast*: a plain cell stays, a gliding cell advances by its rate, which is its last
difference. A delta lists the cells that differ from the forecast, and by how much. For a gliding cell that difference
is also the change of its rate. All arithmetic is modulo 2**32 on int32, so that every difference fits.

    delta          [2, tick & 127, token ...]
    checked delta  [3, tick & 127, checksum, token ...]
    tokens of a row, rows ascending:
        only column 0 differs:   row, difference
        else:                    -1 - row, mask, difference of each column in the mask, ascending

``clients`` of this format: replica.py (Python), clients/web/src/core (TypeScript).
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from tickroom.protocol.tables import Int32Array, Layout

TICK_MASK = 127


def checksum(values: Int32Array, gliding_rates: Int32Array) -> int:
    """CRC-32 of all cells and then the rates of the gliding ones, each as four bytes, little-endian.

    Args:
        values: (cells,) int32, contiguous.
        gliding_rates: (gliding cells,) int32, contiguous.
    """
    little = np.dtype("<i4")  # on a little-endian machine nothing is copied
    cells = zlib.crc32(values.astype(little, copy=False).data)
    return zlib.crc32(gliding_rates.astype(little, copy=False).data, cells)


class Forecast:
    """What every client of every session of a pool expects, and the surprises against it.

    ``values`` and ``rates`` are (capacity, cells) int32; rates of plain cells stay 0.
    """

    def __init__(self, layout: Layout, capacity: int) -> None:
        self.layout = layout
        self.values: Int32Array = np.zeros((capacity, layout.cells), dtype=np.int32)
        self.rates: Int32Array = np.zeros((capacity, layout.cells), dtype=np.int32)
        # Sliced to the span of gliding cells, so that a step never touches the plain rest twice.
        gliding = layout.gliding_cells
        self._first = int(gliding[0]) if gliding.size else 0
        self._last = int(gliding[-1]) + 1 if gliding.size else 0
        self._session_edges = np.arange(capacity + 1) * layout.cells

    def reset(self, row: int) -> None:
        """Forget one session: zeros, as a client starts from before its first keyframe."""
        self.values[row] = 0
        self.rates[row] = 0

    def keyframe(self, row: int) -> tuple[list[int], list[int]]:
        """The values and gliding rates of one session after the last ``collect_surprises``."""
        return self.values[row].tolist(), self.rates[row, self.layout.gliding_cells].tolist()

    def checksum(self, row: int) -> int:
        """The checksum of one session after the last ``collect_surprises``."""
        return checksum(self.values[row], self.rates[row, self.layout.gliding_cells])

    def collect_surprises(self, cells: Int32Array) -> tuple[list[int], list[int]]:
        """Advance the forecast of the first n sessions by one tick, to ``cells``, and list what it had not foreseen.

        Args:
            cells: (n, layout.cells) int32, the state after the step.
        Returns:
            tokens: the tokens of all sessions, one after the other.
            bounds: n + 1 offsets; session i's tokens are ``tokens[bounds[i]:bounds[i + 1]]``.
        Cost: a few array operations over all cells; no Python work a row or a session.
        Source: Quake III's field-table deltas; differs: the baseline is a forecast, and many sessions go at once.
        """
        count = cells.shape[0]
        values, rates = self.values[:count], self.rates[:count]
        glide = slice(self._first, self._last)
        values[:, glide] += rates[:, glide]
        changed = (values != cells).reshape(-1).nonzero()[0]  # positions in the pool's flat cells: session by session
        if not changed.size:
            return [], [0] * (count + 1)
        surprise = cells.reshape(-1)[changed] - values.reshape(-1)[changed]
        values[...] = cells
        cell = changed % self.layout.cells
        rates.reshape(-1)[changed] += surprise & self.layout.glide_mask[cell]
        return self._tokens(changed, cell, surprise, self._session_edges[: count + 1])

    def _tokens(
        self, changed: NDArray[np.intp], cell: NDArray[np.intp], surprise: Int32Array, edges: NDArray[np.intp]
    ) -> tuple[list[int], list[int]]:
        row_start = changed - self.layout.column_of_cell[cell]  # one number for each row of each session
        starts = np.empty(changed.size, dtype=np.bool_)  # True at the first surprise of a row
        starts[0] = True
        np.not_equal(row_start[1:], row_start[:-1], out=starts[1:])
        first = starts.nonzero()[0]
        mask = np.bitwise_or.reduceat(self.layout.bit_of_cell[cell], first)
        masked = mask != 1
        row = self.layout.row_of_cell[cell[first]]

        # Three places for each surprise: head, mask, difference. Those in use, read in order, are the tokens.
        places = np.empty((changed.size, 3), dtype=np.int32)
        used = np.zeros((changed.size, 3), dtype=np.bool_)
        places[first, 0] = np.where(masked, ~row, row)  # ~row is -1 - row
        places[first, 1] = mask
        places[:, 2] = surprise
        used[:, 0] = starts
        used[first, 1] = masked
        used[:, 2] = True
        kept = used.reshape(-1).nonzero()[0]
        bounds = kept.searchsorted(3 * changed.searchsorted(edges))
        return places.reshape(-1)[kept].tolist(), bounds.tolist()
