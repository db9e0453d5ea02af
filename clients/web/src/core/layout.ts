/** Where each cell of a session's state stands: table after table, row after row, column after column. */

import type { TableSchema } from "./schema.ts";

/** One table's place: its first cell, its rows and the columns of each. */
export interface Span {
  readonly first: number;
  readonly rows: number;
  readonly width: number;
}

export class Layout {
  readonly cells: number;
  /** First cell and column count of each row; rows are numbered through all tables. */
  readonly firstCellOfRow: Int32Array;
  readonly columnsOfRow: Int32Array;
  /** Cells that glide, ascending: the order of the rates in a keyframe. */
  readonly glidingCells: Int32Array;
  /** 1 where the cell glides. */
  readonly gliding: Uint8Array;
  readonly #spans = new Map<string, Span>();

  /** Throws RangeError unless there is one row count, zero or more, for each table. */
  constructor(tables: readonly TableSchema[], rows: readonly number[]) {
    if (tables.length !== rows.length || rows.some((count) => !Number.isInteger(count) || count < 0)) {
      throw new RangeError("a layout needs one row count, zero or more, for each table");
    }
    const firsts: number[] = [];
    const widths: number[] = [];
    const gliding: number[] = [];
    tables.forEach((table, position) => {
      const count = rows[position]!;
      const width = table.gliding.length;
      this.#spans.set(table.name, { first: gliding.length, rows: count, width });
      for (let row = 0; row < count; row++) {
        firsts.push(gliding.length);
        widths.push(width);
        for (const glides of table.gliding) gliding.push(glides ? 1 : 0);
      }
    });
    this.cells = gliding.length;
    this.firstCellOfRow = Int32Array.from(firsts);
    this.columnsOfRow = Int32Array.from(widths);
    this.gliding = Uint8Array.from(gliding);
    this.glidingCells = Int32Array.from(gliding.flatMap((glides, cell) => (glides ? [cell] : [])));
  }

  /** A table's place among the cells. Throws RangeError for an unknown name. */
  span(table: string): Span {
    const span = this.#spans.get(table);
    if (span === undefined) throw new RangeError(`no table ${table}`);
    return span;
  }
}
