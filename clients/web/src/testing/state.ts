/** The state that a mock server holds, changed by naming values: it finds the deltas that tell a client of it. */

import type { DeltaMessage } from "../core/codec.ts";
import { Layout } from "../core/layout.ts";
import { Replica } from "../core/replica.ts";
import type { GameSchema } from "../core/schema.ts";
import { CHECKED_DELTA_KIND, DELTA_KIND, type Keyframe } from "../generated/protocol.ts";

type TableOf<G extends GameSchema> = G["tables"][number];

/** A table's name in the game's schema. */
export type TableName<G extends GameSchema> = TableOf<G>["name"];

/** A column's name in one of the game's tables. */
export type ColumnName<G extends GameSchema, Name extends TableName<G>> = Extract<
  TableOf<G>,
  { readonly name: Name }
>["columns"][number];

/** Values by table, row and column: `{ players: { 0: { x: 480 } } }`. Rows count from 0 in each table. */
export type Changes<G extends GameSchema> = {
  readonly [Name in TableName<G>]?: {
    readonly [row: number]: { readonly [Column in ColumnName<G, Name>]?: number };
  };
};

export interface ChangeOptions {
  /** How many ticks later it is then: 1 to 127. Default 1. */
  readonly ticks?: number;
  /** Whether the delta carries the checksum. Default false. */
  readonly checked?: boolean;
}

export class MockState<G extends GameSchema> {
  readonly rows: readonly number[];
  readonly #game: G;
  readonly #replica: Replica;

  /** All values are 0 at first. `rows`: how many rows each table has; `session` has one, the others `seats` unless named. */
  constructor(game: G, seats: number, rows: Partial<Record<TableName<G>, number>>, tick: number) {
    this.#game = game;
    const named: Readonly<Record<string, number | undefined>> = rows;
    this.rows = game.tables.map(({ name }) => named[name] ?? (name === "session" ? 1 : seats));
    const layout = new Layout(game.tables, this.rows);
    this.#replica = new Replica(layout);
    const zeros = (length: number) => Array.from({ length }, () => 0);
    this.#replica.loadKeyframe(tick, zeros(layout.cells), zeros(layout.glidingCells.length));
  }

  get tick(): number {
    return this.#replica.tick;
  }

  /** One value as it is now. Throws RangeError for what the schema does not have. */
  value<Name extends TableName<G>>(table: Name, row: number, column: ColumnName<G, Name>): number {
    return this.#replica.values[this.#cell(table, row, column)]!;
  }

  /** Set values without a delta and in no time: for a state that nobody has seen yet. */
  set(changes: Changes<G>): void {
    for (const [cell, value] of this.#cellsOf(changes)) this.#replica.values[cell] = value;
  }

  /**
   * Advance, and set values. What is not named goes on as a client foresees it: plain ones stay, gliding ones move by their
   * last difference. Gliding values that are named move on by *their* difference from then on.
   *
   * Returns the delta that tells of it. Throws RangeError for what the schema does not have.
   */
  change(changes: Changes<G>, { ticks = 1, checked = false }: ChangeOptions = {}): DeltaMessage {
    if (!Number.isInteger(ticks) || ticks < 1 || ticks > 127) throw new RangeError("a delta spans 1 to 127 ticks");
    const { values, rates } = this.#replica;
    const differences = new Map<number, number>();
    for (const [cell, value] of this.#cellsOf(changes)) {
      const difference = (value - (values[cell]! + Math.imul(rates[cell]!, ticks))) | 0;
      if (difference !== 0) differences.set(cell, difference);
    }
    const shortTick = (this.tick + ticks) & 127;
    const tokens = this.#tokensOf(differences);
    this.#replica.applyDelta([DELTA_KIND, shortTick, ...tokens]);
    const head = checked ? [CHECKED_DELTA_KIND, shortTick, this.#replica.checksum()] : [DELTA_KIND, shortTick];
    return { kind: "delta", tokens: [...head, ...tokens] };
  }

  /** The whole state. */
  keyframe(): Keyframe {
    const { values, rates, layout, tick } = this.#replica;
    const ratesOfGliding = Array.from(layout.glidingCells, (cell) => rates[cell]!);
    return { kind: "keyframe", tick, values: [...values], rates: ratesOfGliding };
  }

  /** docs/protocol.md, "Delta": a row, then the difference of its column 0, or a mask and several. */
  #tokensOf(differences: ReadonlyMap<number, number>): number[] {
    const { firstCellOfRow, columnsOfRow } = this.#replica.layout;
    const tokens: number[] = [];
    for (let row = 0; row < firstCellOfRow.length; row++) {
      const found: number[] = [];
      let mask = 0;
      for (let column = 0; column < columnsOfRow[row]!; column++) {
        const difference = differences.get(firstCellOfRow[row]! + column);
        if (difference === undefined) continue;
        mask |= 1 << column;
        found.push(difference);
      }
      if (mask === 1) tokens.push(row, ...found);
      else if (mask !== 0) tokens.push(-1 - row, mask, ...found);
    }
    return tokens;
  }

  #cellsOf(changes: Changes<G>): [cell: number, value: number][] {
    const tables = changes as Readonly<Record<string, Readonly<Record<number, Readonly<Record<string, number>>>>>>;
    return Object.entries(tables).flatMap(([table, rows]) =>
      Object.entries(rows).flatMap(([row, columns]) =>
        Object.entries(columns).map(([column, value]): [number, number] => [
          this.#cell(table, Number(row), column),
          value | 0,
        ]),
      ),
    );
  }

  #cell(table: string, row: number, column: string): number {
    const span = this.#replica.layout.span(table);
    const position = this.#game.tables.find(({ name }) => name === table)!.columns.indexOf(column);
    if (position < 0) throw new RangeError(`table ${table} has no column ${column}`);
    if (!Number.isInteger(row) || row < 0 || row >= span.rows) throw new RangeError(`table ${table} has no row ${row}`);
    return span.first + row * span.width + position;
  }
}
