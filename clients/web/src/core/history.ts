/** The last states of a session, and what stood in them at any moment between: for drawing, never for deciding. */

import { Blend } from "./blend.ts";
import type { Layout } from "./layout.ts";
import type { Replica } from "./replica.ts";

const KEPT_FRAMES = 48;
const FORECAST_MS = 400; // without news the last motion goes on this long, then stands: heartbeats come every 250 ms
const BLEND_MS = 100;
const JUMP_FACTOR = 1.5; // a forecast that is wrong by more than its motion explains was no motion: a jump, drawn as one

interface Frame {
  tick: number;
  readonly values: Int32Array;
  readonly rates: Int32Array;
}

/** One moment between frames. The object is used again: read it before asking for the next. */
export interface Moment {
  readonly tick: number;
  /** A plain cell: what it was in the last tick that was over. */
  plain(cell: number): number;
  /** A gliding cell, in fractions. */
  gliding(cell: number): number;
}

export class History implements Moment {
  tick = -1;
  readonly #layout: Layout;
  readonly #frames: Frame[] = [];
  readonly #forecastTicks: number;
  readonly #blend: Blend;
  #from: Frame | null = null;
  #to: Frame | null = null;

  constructor(layout: Layout, tickHz: number) {
    this.#layout = layout;
    this.#forecastTicks = (FORECAST_MS * tickHz) / 1000;
    this.#blend = new Blend(layout.cells, BLEND_MS);
  }

  /** Keep the state that the replica has now. What was drawn beyond the newest one was a forecast: see how far off. */
  record(replica: Replica, nowMs: number): void {
    const newest = this.#frames.at(-1);
    if (newest === undefined || replica.tick < newest.tick || this.tick <= newest.tick) {
      this.#keep(replica, newest);
      return;
    }
    const { glidingCells } = this.#layout;
    this.#blend.advance(nowMs);
    const gap = Math.min(this.tick - newest.tick, this.#forecastTicks);
    const drawn = Float64Array.from(glidingCells, (cell) => this.gliding(cell));
    this.#keep(replica, newest);
    this.#find(this.tick);
    const kept = this.#frames.at(-1)!;
    glidingCells.forEach((cell, position) => {
      const off = drawn[position]! - this.gliding(cell);
      if (off === 0) return;
      const explained = (Math.abs(newest.rates[cell]!) + Math.abs(kept.rates[cell]!)) * gap;
      if (Math.abs(off) <= JUMP_FACTOR * explained) this.#blend.add(cell, off);
      else this.#blend.drop(cell);
    });
  }

  /** What stood at `tick`, a fraction between frames, drawn at `nowMs`; null before the first frame. */
  at(tick: number, nowMs: number): Moment | null {
    if (this.#frames.length === 0) return null;
    this.#blend.advance(nowMs);
    this.#find(tick);
    return this;
  }

  plain(cell: number): number {
    return this.#from!.values[cell]!;
  }

  gliding(cell: number): number {
    const from = this.#from!;
    const to = this.#to;
    const start = from.values[cell]! + this.#blend.offset(cell);
    const rate = from.rates[cell]!;
    if (to === null) return start + rate * Math.min(this.tick - from.tick, this.#forecastTicks);
    // Up to the tick before `to` the motion was the forecast; the surprise was in the last step.
    const turn = to.tick - 1;
    if (this.tick <= turn) return start + rate * (this.tick - from.tick);
    const before = from.values[cell]! + rate * (turn - from.tick);
    return this.#blend.offset(cell) + before + (to.values[cell]! - before) * (this.tick - turn);
  }

  #find(tick: number): void {
    const frames = this.#frames;
    let next = frames.length;
    while (next > 0 && frames[next - 1]!.tick > tick) next--;
    this.#from = frames[Math.max(0, next - 1)]!;
    this.#to = next > 0 ? (frames[next] ?? null) : null;
    this.tick = Math.max(tick, this.#from.tick);
  }

  #keep(replica: Replica, newest: Frame | undefined): void {
    if (newest !== undefined && replica.tick < newest.tick) this.#frames.length = 0; // another life of the session
    const frame = this.#frames.length < KEPT_FRAMES ? emptyFrame(replica) : this.#frames.shift()!;
    frame.tick = replica.tick;
    frame.values.set(replica.values);
    frame.rates.set(replica.rates);
    this.#frames.push(frame);
  }
}

function emptyFrame(replica: Replica): Frame {
  return { tick: 0, values: new Int32Array(replica.values.length), rates: new Int32Array(replica.rates.length) };
}
