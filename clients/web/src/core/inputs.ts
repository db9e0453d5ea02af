/** What is held, and when the server is told: on change, and once a second. */

import type { Input } from "../generated/protocol.ts";

const HEARTBEAT_MS = 1000;
const AHEAD_TICKS = 2; // quick changes are named for successive ticks, this far; beyond, the last one wins

export class Inputs {
  #held: readonly number[];
  #changed = true; // the server holds zeros after a welcome; say once what is held
  #lastTick = 0;
  #lastSentMs = Number.NEGATIVE_INFINITY;

  constructor(held: readonly number[]) {
    this.#held = [...held];
  }

  get held(): readonly number[] {
    return this.#held;
  }

  /** Hold these values from now on. */
  hold(values: readonly number[]): void {
    if (values.some((value, position) => value !== this.#held[position])) this.#changed = true;
    this.#held = [...values];
  }

  /** The seat was taken (again): nothing that was named before counts. */
  restart(): void {
    this.#changed = true;
    this.#lastTick = 0;
  }

  /** The input to send at `nowMs`, if there is one; `tick` is the one to name if it is free. */
  next(tick: number, nowMs: number): Input | null {
    if (!this.#changed && nowMs - this.#lastSentMs < HEARTBEAT_MS) return null;
    const named = Math.max(tick, this.#lastTick + 1); // a later tick than the last one's, as the server demands
    if (named > tick + AHEAD_TICKS) return null;
    this.#changed = false;
    this.#lastTick = named;
    this.#lastSentMs = nowMs;
    return { kind: "input", tick: named, values: [...this.#held] };
  }
}
