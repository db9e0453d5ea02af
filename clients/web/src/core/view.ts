/**
 * What to draw now: every table, the others a little in the past between two states, the own row a little in the future.
 *
 * One object a welcome, used again at each display frame: read it before asking for the next.
 */

import type { History, Moment } from "./history.ts";
import type { Layout, Span } from "./layout.ts";
import type { Prediction } from "./prediction.ts";
import type { Replica } from "./replica.ts";
import type { GameSchema } from "./schema.ts";
import { type CellSource, type TablesOf, tablesOf } from "./tables.ts";

export class View implements CellSource, Moment {
  readonly layout: Layout;
  /** Whether the prediction has something to tell: not before its first state. */
  predicting = false;
  readonly #history: History;
  readonly #replica: Replica;
  #prediction: Prediction | null = null;
  #own: Span | null = null; // the cells of the own row, as a span of one row
  #predicted: (number | null)[] = []; // of the own row's columns: where the prediction has them, null for not there

  constructor(layout: Layout, history: History, replica: Replica) {
    this.layout = layout;
    this.#history = history;
    this.#replica = replica;
  }

  /** The tick that everything but the own row is drawn at, with its fraction. */
  get tick(): number {
    return this.#history.tick;
  }

  /** The tick that the own row is drawn at; the same as `tick` without prediction. */
  get ownTick(): number {
    return this.predicting ? this.#prediction!.tick : this.#history.tick;
  }

  /** From now on the own row comes from this prediction; null for none. */
  predictWith(prediction: Prediction | null, width: number): void {
    this.#prediction = prediction;
    this.predicting = false;
    this.#own = prediction && { first: prediction.firstCell, rows: 1, width };
    this.#predicted = Array.from({ length: width }, (_, column) => (prediction?.covers(column) ? column : null));
  }

  /** A cell as it is drawn: one that glides in fractions, another as a whole. */
  cell(index: number): number {
    const own = this.#own;
    if (this.predicting && own && index >= own.first && index < own.first + own.width) {
      const column = this.#predicted[index - own.first]!;
      return column === null ? this.#replica.values[index]! : this.#prediction!.column(column);
    }
    return this.layout.gliding[index] ? this.#history.gliding(index) : this.#history.plain(index);
  }

  plain(cell: number): number {
    return this.cell(cell);
  }

  gliding(cell: number): number {
    return this.cell(cell);
  }
}

/** A view with the tables of a game on it. */
export type ViewOf<Game extends GameSchema> = View & TablesOf<Game>;

/** Put a game's tables on a view. */
export function withTables<Game extends GameSchema>(view: View, schema: Game): ViewOf<Game> {
  return Object.assign(view, tablesOf(schema, view.layout, view));
}
