"""Public state as tables of int32 columns, and where each cell of it stands.

A *cell* is one value: one column of one row. The cells of a session lie in one flat int32 array, table after table, row
after row, column after column. Rows are numbered through all tables, so that one number names a row on the wire:

    table    rows        row numbers    cells (columns a, b)
    seats    2           0, 1           a0 b0 a1 b1
    items    3           2, 3, 4        a2 b2 a3 b3 a4 b4
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Int32Array = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

MAX_COLUMNS = 30  # a row's mask must fit a positive int32


@dataclass(frozen=True, slots=True)
class Column:
    """One int32 column. ``gliding``: both ends advance it by its last difference every tick; else *plain*."""

    name: str
    meaning: str = ""
    gliding: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A named list of columns. Put the column that changes most often first: it alone costs no mask on the wire."""

    name: str
    columns: tuple[Column, ...]

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if not 1 <= len(names) <= MAX_COLUMNS or len(set(names)) != len(names):
            raise ValueError(f"table {self.name!r}: 1 to {MAX_COLUMNS} columns with distinct names, not {names}")

    def index(self, column: str) -> int:
        """Position of a column in a row. Raises KeyError for an unknown name."""
        for position, candidate in enumerate(self.columns):
            if candidate.name == column:
                return position
        raise KeyError(f"table {self.name!r} has no column {column!r}")


@dataclass(frozen=True)
class Layout:
    """Tables with their row counts: fixed for the life of a session, told to the client in the welcome."""

    tables: tuple[Table, ...]
    rows: tuple[int, ...]

    def __post_init__(self) -> None:
        if len(self.tables) != len(self.rows) or min(self.rows, default=0) < 0:
            raise ValueError("a layout needs one row count, zero or more, for each table")
        names = [table.name for table in self.tables]
        if len(set(names)) != len(names):
            raise ValueError(f"tables need distinct names, not {names}")

    @cached_property
    def cells(self) -> int:
        """Number of cells of one session."""
        return sum(len(table.columns) * rows for table, rows in zip(self.tables, self.rows, strict=True))

    @cached_property
    def total_rows(self) -> int:
        """Number of rows of all tables."""
        return sum(self.rows)

    def span(self, name: str) -> tuple[int, int, int]:
        """First cell, row count and column count of a table. Raises KeyError for an unknown name."""
        first = 0
        for table, rows in zip(self.tables, self.rows, strict=True):
            if table.name == name:
                return first, rows, len(table.columns)
            first += rows * len(table.columns)
        raise KeyError(f"no table {name!r}")

    def first_row(self, name: str) -> int:
        """Row number of a table's first row. Raises KeyError for an unknown name."""
        first = 0
        for table, rows in zip(self.tables, self.rows, strict=True):
            if table.name == name:
                return first
            first += rows
        raise KeyError(f"no table {name!r}")

    @cached_property
    def row_of_cell(self) -> Int32Array:
        """(cells,) int32: the row number of each cell."""
        return np.repeat(np.arange(self.total_rows, dtype=np.int32), self.columns_of_row)

    @cached_property
    def column_of_cell(self) -> Int32Array:
        """(cells,) int32: the column of each cell within its row, which is also its place in the row's mask."""
        columns: Int32Array = np.arange(self.cells, dtype=np.int32) - self.first_cell_of_row[self.row_of_cell]
        return columns

    @cached_property
    def bit_of_cell(self) -> Int32Array:
        """(cells,) int32: 1 << ``column_of_cell``."""
        bits: Int32Array = np.left_shift(np.int32(1), self.column_of_cell, dtype=np.int32)
        return bits

    @cached_property
    def first_cell_of_row(self) -> Int32Array:
        """(total_rows,) int32: the first cell of each row."""
        first_cells: Int32Array = np.cumsum(self.columns_of_row, dtype=np.int32) - self.columns_of_row
        return first_cells

    @cached_property
    def columns_of_row(self) -> Int32Array:
        """(total_rows,) int32: how many columns each row has."""
        return np.repeat([len(table.columns) for table in self.tables], self.rows).astype(np.int32)

    @cached_property
    def gliding(self) -> BoolArray:
        """(cells,) bool: True where the cell's column is gliding."""
        parts = [
            np.tile(np.array([column.gliding for column in table.columns], dtype=np.bool_), rows)
            for table, rows in zip(self.tables, self.rows, strict=True)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.bool_)

    @cached_property
    def glide_mask(self) -> Int32Array:
        """(cells,) int32: all bits set where the cell's column is gliding, else 0."""
        return -self.gliding.astype(np.int32)

    @cached_property
    def gliding_cells(self) -> NDArray[np.intp]:
        """Cells that glide, ascending: the order of the rates in a keyframe."""
        return np.flatnonzero(self.gliding)


class PublicTables:
    """The public state of many sessions: ``cells`` is (capacity, layout.cells) int32, a session a row.

    Games read and write through ``column``, which is a view: the state on the wire *is* the state.
    """

    def __init__(self, layout: Layout, capacity: int) -> None:
        self.layout = layout
        self.cells: Int32Array = np.zeros((capacity, layout.cells), dtype=np.int32)

    def column(self, table: str, column: str) -> Int32Array:
        """A (capacity, rows) int32 view on one column of all sessions. Raises KeyError for an unknown name."""
        first, rows, width = self.layout.span(table)
        for candidate in self.layout.tables:
            if candidate.name == table:
                block = self.cells[:, first : first + rows * width].reshape(self.cells.shape[0], rows, width)
                return block[:, :, candidate.index(column)]
        raise KeyError(f"no table {table!r}")
