"""One session's row of a pool's arrays, as bytes: taken out, and put into a row of the same or another pool."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct

from tickroom.game.interface import arrays_of
from tickroom.protocol.delta import Forecast
from tickroom.protocol.tables import Int32Array

_LITTLE = np.dtype("<i4")  # on a little-endian machine nothing is copied


class SavedRow(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """What arrays hold of a session.

    ``cells``: the public tables; ``rates``: of the cells that glide, as clients expect them; both int32, little-endian.
    ``hidden``: what is held in each seat, then the game's own arrays; ``layout`` says their types and shapes.
    """

    cells: bytes
    rates: bytes
    layout: str
    hidden: list[bytes]


class Rows:
    """The rows of one pool. ``held``: (sessions, seats, fields) int32, the inputs in force."""

    def __init__(self, world: object, cells: Int32Array, held: Int32Array, forecast: Forecast) -> None:
        self._cells = cells
        self._forecast = forecast
        self._gliding = forecast.layout.gliding_cells
        self._hidden: list[np.ndarray[Any, Any]] = [held, *(one for one in arrays_of(world) if one.base is not cells)]
        # With the order of the bytes: where it is another one, the row is refused.
        self._layout = " ".join(f"{array.dtype.str}{list(array.shape[1:])}" for array in self._hidden)

    def save(self, row: int) -> SavedRow:
        """A copy of one row."""
        return SavedRow(
            self._cells[row].astype(_LITTLE, copy=False).tobytes(),
            self._forecast.rates[row, self._gliding].astype(_LITTLE, copy=False).tobytes(),
            self._layout,
            [array[row].tobytes() for array in self._hidden],
        )

    def restore(self, row: int, saved: SavedRow, *, is_told: bool) -> None:
        """Put a row back. ``is_told``: not before its first tick, so that clients expect what the cells hold.

        Raises ValueError, and has changed nothing, when it is the row of another game or size.
        """
        cells, rates, hidden = self._decoded(saved)
        self._cells[row] = cells
        self._forecast.reset(row)
        if is_told:
            self._forecast.values[row] = cells
            self._forecast.rates[row, self._gliding] = rates
        for array, value in zip(self._hidden, hidden, strict=True):
            array[row] = value

    def _decoded(self, saved: SavedRow) -> tuple[Int32Array, Int32Array, list[np.ndarray[Any, Any]]]:
        if saved.layout != self._layout:
            raise ValueError(f"arrays laid out as {saved.layout!r}, not as {self._layout!r}")
        cells = _decode(saved.cells, _LITTLE, self._cells.shape[1:])
        rates = _decode(saved.rates, _LITTLE, self._gliding.shape)
        hidden = [
            _decode(value, array.dtype, array.shape[1:])
            for array, value in zip(self._hidden, saved.hidden, strict=True)
        ]
        return cells, rates, hidden


def _decode(value: bytes, dtype: np.dtype[Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """Raises ValueError when there are more or fewer bytes."""
    return np.frombuffer(value, dtype=dtype).reshape(shape)
