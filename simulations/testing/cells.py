"""Tables and names in the flat array of a session's cells."""

from __future__ import annotations

from tickroom.protocol.tables import Int32Array, Layout


def table_in(layout: Layout, cells: Int32Array, name: str) -> Int32Array:
    """A (rows, columns) view on one table of (cells,) int32. Raises KeyError for an unknown name."""
    first, rows, width = layout.span(name)
    table: Int32Array = cells[first : first + rows * width].reshape(rows, width)
    return table


def cell_name(layout: Layout, cell: int) -> str:
    """How a person calls a cell, such as ``players[2].x``. Raises KeyError for one that there is not."""
    for table in layout.tables:
        first, rows, width = layout.span(table.name)
        if first <= cell < first + rows * width:
            row, column = divmod(cell - first, width)
            return f"{table.name}[{row}].{table.columns[column].name}"
    raise KeyError(cell)
