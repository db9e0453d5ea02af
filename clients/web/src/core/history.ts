/** The last states of a session, and what stood in them at any moment between: for drawing, never for deciding. */

import type { Replica } from "./replica.ts";

const KEPT_FRAMES = 48;
const FORECAST_MS = 400; // without news the last motion goes on this long, then stands: heartbeats come every 250 ms

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
  tick = 0;
  readonly #frames: Frame[] = [];
  readonly #forecastTicks: number;
  #from: Frame | null = null;
  #to: Frame | null = null;

  constructor(tickHz: number) {
    this.#forecastTicks = (FORECAST_MS * tickHz) / 1000;
  }

  /** Keep the state that the replica has now. */
  record(replica: Replica): void {
    const newest = this.#frames.at(-1);
    if (newest !== undefined && replica.tick < newest.tick) this.#frames.length = 0; // another life of the session
    const frame = this.#frames.length < KEPT_FRAMES ? emptyFrame(replica) : this.#frames.shift()!;
    frame.tick = replica.tick;
    frame.values.set(replica.values);
    frame.rates.set(replica.rates);
    this.#frames.push(frame);
  }

  /** What stood at `tick`, a fraction between frames; null before the first frame. */
  at(tick: number): Moment | null {
    const frames = this.#frames;
    if (frames.length === 0) return null;
    let next = frames.length;
    while (next > 0 && frames[next - 1]!.tick > tick) next--;
    this.#from = frames[Math.max(0, next - 1)]!;
    this.#to = next > 0 ? (frames[next] ?? null) : null;
    this.tick = Math.max(tick, this.#from.tick);
    return this;
  }

  plain(cell: number): number {
    return this.#from!.values[cell]!;
  }

  gliding(cell: number): number {
    const from = this.#from!;
    const to = this.#to;
    const start = from.values[cell]!;
    const rate = from.rates[cell]!;
    if (to === null) return start + rate * Math.min(this.tick - from.tick, this.#forecastTicks);
    // Up to the tick before `to` the motion was the forecast; the surprise was in the last step.
    const turn = to.tick - 1;
    if (this.tick <= turn) return start + rate * (this.tick - from.tick);
    const before = start + rate * (turn - from.tick);
    return before + (to.values[cell]! - before) * (this.tick - turn);
  }
}

function emptyFrame(replica: Replica): Frame {
  return { tick: 0, values: new Int32Array(replica.values.length), rates: new Int32Array(replica.rates.length) };
}
