"""Where each cell stands."""

from __future__ import annotations

import numpy as np
import pytest

from tickroom.protocol.tables import MAX_COLUMNS, Column, Layout, PublicTables, Table

SEATS = Table("seats", (Column("a"), Column("b")))
EMPTY = Table("empty", (Column("a"),))
ITEMS = Table("items", (Column("x", gliding=True), Column("kind"), Column("y", gliding=True)))
LAYOUT = Layout((SEATS, EMPTY, ITEMS), (2, 0, 2))


def test_rows_and_cells_are_numbered_through_all_tables() -> None:
    assert (LAYOUT.cells, LAYOUT.total_rows) == (10, 4)
    assert LAYOUT.row_of_cell.tolist() == [0, 0, 1, 1, 2, 2, 2, 3, 3, 3]
    assert LAYOUT.column_of_cell.tolist() == [0, 1, 0, 1, 0, 1, 2, 0, 1, 2]
    assert LAYOUT.bit_of_cell.tolist() == [1, 2, 1, 2, 1, 2, 4, 1, 2, 4]
    assert LAYOUT.first_cell_of_row.tolist() == [0, 2, 4, 7]
    assert LAYOUT.columns_of_row.tolist() == [2, 2, 3, 3]
    assert LAYOUT.gliding_cells.tolist() == [4, 6, 7, 9]
    assert LAYOUT.glide_mask.tolist() == [0, 0, 0, 0, -1, 0, -1, -1, 0, -1]


def test_spans_and_first_rows() -> None:
    assert LAYOUT.span("seats") == (0, 2, 2)
    assert LAYOUT.span("empty") == (4, 0, 1)
    assert LAYOUT.span("items") == (4, 2, 3)
    assert [LAYOUT.first_row(name) for name in ("seats", "empty", "items")] == [0, 2, 2]
    for lookup in (LAYOUT.span, LAYOUT.first_row):
        with pytest.raises(KeyError, match="no table 'ghosts'"):
            lookup("ghosts")


def test_everything_in_a_layout_is_int32() -> None:
    for array in (LAYOUT.row_of_cell, LAYOUT.column_of_cell, LAYOUT.bit_of_cell, LAYOUT.first_cell_of_row):
        assert array.dtype == np.int32
    assert LAYOUT.columns_of_row.dtype == LAYOUT.glide_mask.dtype == np.int32


def test_the_widest_row_s_mask_is_a_positive_int32() -> None:
    layout = Layout((Table("wide", tuple(Column(f"c{number}") for number in range(MAX_COLUMNS))),), (1,))
    assert 0 < int(layout.bit_of_cell.sum()) < 2**31


def test_a_column_is_a_view_of_all_sessions() -> None:
    tables = PublicTables(LAYOUT, 3)
    kind = tables.column("items", "kind")
    assert kind.shape == (3, 2)
    kind[1] = [7, 8]
    assert tables.cells.tolist() == [[0] * 10, [0] * 5 + [7, 0, 0, 8, 0], [0] * 10]
    assert tables.column("empty", "a").shape == (3, 0)
    with pytest.raises(KeyError, match="no column 'z'"):
        tables.column("items", "z")
    with pytest.raises(KeyError, match="no table"):
        tables.column("ghosts", "x")


@pytest.mark.parametrize("columns", [(), (Column("a"), Column("a")), tuple(Column(f"c{n}") for n in range(31))])
def test_a_table_has_1_to_30_columns_with_distinct_names(columns: tuple[Column, ...]) -> None:
    with pytest.raises(ValueError, match="1 to 30 columns"):
        Table("bad", columns)


@pytest.mark.parametrize("rows", [(), (1,), (1, -1)])
def test_a_layout_has_a_row_count_for_each_table(rows: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="one row count"):
        Layout((SEATS, ITEMS), rows)


def test_tables_of_a_layout_have_distinct_names() -> None:
    with pytest.raises(ValueError, match="distinct names"):
        Layout((SEATS, SEATS), (1, 1))


def test_a_layout_without_cells() -> None:
    layout = Layout((EMPTY,), (0,))
    assert (layout.cells, layout.total_rows, layout.gliding.size) == (0, 0, 0)
