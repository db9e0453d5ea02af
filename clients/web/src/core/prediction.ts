/**
 * The own row, run ahead of the server: its newest state, and every tick since with the inputs that were told.
 *
 *     newest state ──> compare with what was predicted for its tick ──> the same: go on; else: replay from it
 *
 * The twin steps with integers as the server does, so that with no late input the two are the same bits and nothing is
 * ever corrected. Where they differ the drawn place does not jump: the difference is blended out.
 */

import type { GameDescription } from "./api.ts";
import { Blend } from "./blend.ts";
import type { Inputs } from "./inputs.ts";
import type { Span } from "./layout.ts";
import type { Replica } from "./replica.ts";
import type { TableSchema } from "./schema.ts";

const KEPT_TICKS = 128; // a power of two; further ahead of the newest state than this nothing is predicted
const INPUT_BLEND_MS = 40; // a key pressed within a tick counts from its start: what that moves at once is spread a little
const CORRECTION_BLEND_MS = 80;

/** The session's own row, as a twin needs it. */
export interface SessionFacts {
  readonly status: number;
  readonly round: number;
  readonly startsAt: number;
  readonly endsAt: number;
}

/** How a game's server moves one player, said again for the browser, bit for bit. */
export interface Twin {
  /** The table with a row for each seat. */
  readonly table: string;
  /** The columns that `step` reads or writes; those that glide are places. */
  readonly columns: readonly string[];
  /** Take `row`, all columns of the table, into `tick`, in which the player holds `held`. */
  step(row: Int32Array, held: readonly number[], tick: number, session: SessionFacts): void;
}

/** Makes the twin for a session; null when there is none for it. */
export type MakeTwin = (context: {
  readonly assets: GameDescription;
  readonly settings: Readonly<Record<string, number>>;
  readonly tickHz: number;
}) => Twin | null;

/** What a newly arrived state said about the prediction. */
export interface Verdict {
  /** How far the predicted place was wrong, in the columns' units; 0 for exact. */
  readonly correction: number;
  /** The rules changed, or put the player elsewhere (a round began, a seat was taken): not an error of prediction. */
  readonly moved: boolean;
}

const EXACT: Verdict = { correction: 0, moved: false };

export class Prediction {
  readonly #twin: Twin;
  readonly #inputs: Inputs;
  readonly #span: Span;
  readonly #seat: number;
  readonly #columns: readonly number[];
  readonly #places: readonly number[];
  readonly #rows: Int32Array[];
  readonly #inputBlend: Blend;
  readonly #correctionBlend: Blend;
  #facts: SessionFacts = { status: -1, round: -1, startsAt: 0, endsAt: 0 };
  #base = -1; // tick of the newest state
  #done = -1; // newest tick that is predicted
  #drawn = -1; // the moment that was asked for last

  /** Of the row `seat` of the twin's table, which has the place `span` and the columns of `schema`. */
  constructor(twin: Twin, inputs: Inputs, schema: TableSchema, span: Span, seat: number) {
    this.#twin = twin;
    this.#inputs = inputs;
    this.#span = span;
    this.#seat = seat;
    this.#columns = twin.columns.map((name) => columnOf(schema, name));
    this.#places = this.#columns.filter((column) => schema.gliding[column]);
    this.#rows = Array.from({ length: KEPT_TICKS }, () => new Int32Array(span.width));
    this.#inputBlend = new Blend(span.width, INPUT_BLEND_MS);
    this.#correctionBlend = new Blend(span.width, CORRECTION_BLEND_MS);
  }

  /** The first cell of the own row. */
  get firstCell(): number {
    return this.#span.first + this.#seat * this.#span.width;
  }

  /** A new state came; `inputs` know already what it acknowledges. */
  receiveState(replica: Replica, facts: SessionFacts, nowMs: number): Verdict {
    const tick = replica.tick;
    const known = this.#base >= 0 && tick >= this.#base && tick <= this.#done;
    const sameFacts = known && isSame(facts, this.#facts);
    const sameRow = known && this.#matches(tick, replica.values);
    const sameRules = this.#facts.round === facts.round && this.#facts.status === facts.status;
    this.#base = tick;
    this.#facts = facts;
    if (sameFacts && sameRow) return EXACT;
    if (!known) {
      this.#takeRow(replica);
      this.#drawn = tick;
      return { correction: this.#clear(), moved: true };
    }
    return { correction: this.#replay(replica, sameRow || sameRules, nowMs), moved: !sameFacts };
  }

  /** What is held changed, from the tick `from` on: predict anew from there. */
  holdFrom(from: number, nowMs: number): void {
    if (this.#base < 0 || from > this.#done) return;
    const drawn = this.#drawn;
    this.#inputBlend.before(this.#places, (column) => this.#placeAt(column, drawn), nowMs);
    this.#done = this.#base;
    this.#predictTo(Math.floor(drawn) + 1);
    this.#inputBlend.after(this.#places, (column) => this.#placeAt(column, drawn), nowMs);
  }

  /** Be ready to tell of `tick`, a fraction; nothing is told before the first state. True when there is something. */
  advanceTo(tick: number, nowMs: number): boolean {
    if (this.#base < 0) return false;
    this.#drawn = Math.min(Math.max(tick, this.#base), this.#base + KEPT_TICKS - 2);
    this.#predictTo(Math.floor(this.#drawn) + 1);
    this.#inputBlend.advance(nowMs);
    this.#correctionBlend.advance(nowMs);
    return true;
  }

  /** The moment that was asked for last. */
  get tick(): number {
    return this.#drawn;
  }

  /** Of each column of the table: whether the twin has a say in it. */
  get covered(): readonly boolean[] {
    return Array.from({ length: this.#span.width }, (_, column) => this.#columns.includes(column));
  }

  /** A column of the own row at that moment: places in fractions, blended; others as they are in the tick under way. */
  column(column: number): number {
    if (!this.#places.includes(column)) return this.#row(Math.floor(this.#drawn) + 1)[column]!;
    const blended = this.#inputBlend.offset(column) + this.#correctionBlend.offset(column);
    return this.#placeAt(column, this.#drawn) + blended;
  }

  /** Step again from the state. How far off the newest place was, or 0 when it is not blended but left at once. */
  #replay(replica: Replica, blend: boolean, nowMs: number): number {
    const drawn = this.#drawn;
    const newest = this.#done;
    this.#correctionBlend.before(this.#places, (column) => this.#placeAt(column, drawn), nowMs);
    const before = this.#places.map((column) => this.#row(newest)[column]!);
    this.#takeRow(replica);
    this.#predictTo(newest);
    if (!blend) return this.#clear();
    this.#correctionBlend.after(this.#places, (column) => this.#placeAt(column, drawn), nowMs);
    const wrong = this.#places.map((column, at) => this.#row(newest)[column]! - before[at]!);
    return Math.hypot(...wrong);
  }

  /** What is drawn leaves for where the row is now. */
  #clear(): 0 {
    this.#inputBlend.clear();
    this.#correctionBlend.clear();
    return 0;
  }

  #predictTo(tick: number): void {
    while (this.#done < tick) {
      const row = this.#row(this.#done + 1);
      row.set(this.#row(this.#done));
      this.#done += 1;
      this.#twin.step(row, this.#inputs.heldIn(this.#done, this.#base), this.#done, this.#facts);
    }
  }

  /** A place between the last tick that is over and the one under way. */
  #placeAt(column: number, moment: number): number {
    const tick = Math.max(Math.floor(moment), this.#base);
    const start = this.#row(tick)[column]!;
    return start + (this.#row(Math.min(tick + 1, this.#done))[column]! - start) * Math.max(0, moment - tick);
  }

  #matches(tick: number, values: Int32Array): boolean {
    const row = this.#row(tick);
    for (const column of this.#columns) if (row[column] !== values[this.firstCell + column]) return false;
    return true;
  }

  /** Begin anew from the row that the server has. */
  #takeRow({ tick, values }: Replica): void {
    this.#row(tick).set(values.subarray(this.firstCell, this.firstCell + this.#span.width));
    this.#done = tick;
  }

  #row(tick: number): Int32Array {
    return this.#rows[tick & (KEPT_TICKS - 1)]!;
  }
}

function isSame(one: SessionFacts, other: SessionFacts): boolean {
  return (
    one.status === other.status &&
    one.round === other.round &&
    one.startsAt === other.startsAt &&
    one.endsAt === other.endsAt
  );
}

function columnOf(schema: TableSchema, name: string): number {
  const column = schema.columns.indexOf(name);
  if (column < 0) throw new RangeError(`the table ${schema.name} has no column ${name}`);
  return column;
}
