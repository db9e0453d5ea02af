/**
 * What to draw now: every table, the others a little in the past between two states, the own row a little in the future.
 *
 * One object a welcome, used again at each display frame: read it before asking for the next.
 */

import type { History } from "./history.ts";
import type { Layout } from "./layout.ts";
import type { Prediction } from "./prediction.ts";
import type { Replica } from "./replica.ts";
import type { GameSchema } from "./schema.ts";
import { type CellSource, type TablesOf, tablesOf } from "./tables.ts";

export class View implements CellSource {
  /** Whether the prediction has something to tell: not before its first state. */
  predicting = false;
  readonly #layout: Layout;
  readonly #history: History;
  readonly #replica: Replica;
  #prediction: Prediction | null = null;
  #own = 0; // the first cell of the own row
  #predicted: readonly boolean[] = []; // which of its columns come from the prediction; none without one

  constructor(layout: Layout, history: History, replica: Replica) {
    this.#layout = layout;
    this.#history = history;
    this.#replica = replica;
  }

  get tick(): number {
    return this.#history.tick;
  }

  get ownTick(): number {
    return this.predicting ? this.#prediction!.tick : this.#history.tick;
  }

  /** From now on the own row comes from this prediction; null for none. */
  predictWith(prediction: Prediction | null): void {
    this.#prediction = prediction;
    this.predicting = false;
    this.#own = prediction?.firstCell ?? 0;
    this.#predicted = prediction?.covered ?? [];
  }

  /** A cell as it is drawn: one that glides in fractions, another as a whole. */
  cell(index: number): number {
    const column = index - this.#own;
    if (this.predicting && column >= 0 && column < this.#predicted.length) {
      return this.#predicted[column] ? this.#prediction!.column(column) : this.#replica.values[index]!;
    }
    return this.#layout.gliding[index] ? this.#history.gliding(index) : this.#history.plain(index);
  }
}

/** A game's tables as they are drawn. */
export type ViewOf<Game extends GameSchema> = TablesOf<Game> & {
  /** The tick that everything but the own row is drawn at, with its fraction. */
  readonly tick: number;
  /** The tick that the own row is drawn at; the same as `tick` without prediction. */
  readonly ownTick: number;
};

/** The tables of a game, read from a view. */
export function viewOf<Game extends GameSchema>(view: View, schema: Game, layout: Layout): ViewOf<Game> {
  return Object.defineProperties(tablesOf(schema, layout, view), {
    tick: { get: () => view.tick },
    ownTick: { get: () => view.ownTick },
  }) as ViewOf<Game>;
}
