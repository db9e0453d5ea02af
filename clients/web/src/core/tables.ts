/** Tables as things with names: `state.players.at(3).x`. Rows are windows on cells; they copy nothing, and are used again. */

import type { SEATS_TABLE, SESSION_TABLE } from "../generated/protocol.ts";
import type { Layout } from "./layout.ts";
import type { GameSchema, TableSchema } from "./schema.ts";

/** Where cells are read. */
export interface CellSource {
  cell(index: number): number;
}

/** One row: its number, and each column by name. */
export type RowOf<Table extends TableSchema> = { readonly row: number } & {
  readonly [Column in Table["columns"][number]]: number;
};

/** All tables of a game by name; `session` has one row, and stands for it. */
export type TablesOf<Game extends GameSchema> = {
  readonly [Table in Game["tables"][number] as Table["name"]]: Table["name"] extends "session"
    ? RowOf<Table>
    : TableView<RowOf<Table>>;
} & {
  // Every game has these two, which the type of one whose schema was fetched cannot say.
  readonly seats: TableView<RowOf<typeof SEATS_TABLE>>;
  readonly session: RowOf<typeof SESSION_TABLE>;
};

/** The rows of one table. */
export class TableView<Row> implements Iterable<Row> {
  readonly #rows: readonly Row[];

  constructor(rows: readonly Row[]) {
    this.#rows = rows;
  }

  get length(): number {
    return this.#rows.length;
  }

  /** A row by number. Throws RangeError for one that the table does not have. */
  at(row: number): Row {
    const found = this.#rows[row];
    if (found === undefined) throw new RangeError(`no row ${row}: the table has ${this.#rows.length}`);
    return found;
  }

  [Symbol.iterator](): Iterator<Row> {
    return this.#rows[Symbol.iterator]();
  }
}

const FIRST = Symbol("first cell");

interface Window {
  readonly [FIRST]: number;
}

/** All tables of a session, read from `source`. */
export function tablesOf<Game extends GameSchema>(schema: Game, layout: Layout, source: CellSource): TablesOf<Game> {
  const tables: Record<string, unknown> = {};
  for (const table of schema.tables) {
    const rows = rowsOf(table, layout, source);
    tables[table.name] = table.name === "session" ? rows[0] : new TableView(rows);
  }
  return tables as TablesOf<Game>;
}

function rowsOf(table: TableSchema, layout: Layout, source: CellSource): object[] {
  const { first, rows, width } = layout.span(table.name);
  const prototype = {};
  table.columns.forEach((name, column) => {
    Object.defineProperty(prototype, name, {
      enumerable: true,
      get(this: Window) {
        return source.cell(this[FIRST] + column);
      },
    });
  });
  return Array.from({ length: rows }, (_, row) =>
    Object.create(prototype, { row: { value: row, enumerable: true }, [FIRST]: { value: first + row * width } }),
  );
}
