/** What is held, and when the server is told: on change, and once a second. */

import type { Input } from "../generated/protocol.ts";

const HEARTBEAT_MS = 1000;
const REFUSED_MS = 1000; // the server tells of refusals once a second: one that follows sooner would go unheard
const AHEAD_TICKS = 2; // quick changes are named for successive ticks, this far; beyond, the last one wins

export class Inputs {
  #held: readonly number[];
  #changed = true; // the server holds zeros after a welcome; say once what is held
  #lastTick = 0;
  #acknowledged = 0;
  #refused: { readonly tick: number; readonly atMs: number } | null = null;
  #lastSentMs = Number.NEGATIVE_INFINITY;

  constructor(held: readonly number[]) {
    this.#held = [...held];
  }

  get held(): readonly number[] {
    return this.#held;
  }

  /** The newest tick that was named and not refused since the seat was taken; 0 before the first. */
  get lastTick(): number {
    return this.#lastTick;
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
    this.#acknowledged = 0;
    this.#refused = null;
  }

  /** The state shows that the input that named `stamp` was applied. */
  acknowledge(stamp: number): void {
    this.#acknowledged = stamp;
    this.#lastTick = Math.max(this.#lastTick, stamp);
  }

  /** At `nowMs` the server told that an input named a tick too far ahead: nothing since the last stamp counts as said. */
  refuse(nowMs: number): void {
    this.#refused = { tick: this.#lastTick, atMs: nowMs };
    this.#lastTick = this.#acknowledged;
    this.#changed = true;
  }

  /** The input to send at `nowMs`, if there is one; `tick` is the one to name if it is free. */
  next(tick: number, nowMs: number): Input | null {
    if (!this.#changed && nowMs - this.#lastSentMs < HEARTBEAT_MS) return null;
    if (this.#refused !== null) {
      // Until the clock has been set back, whatever is named now would be refused as well.
      if (tick >= this.#refused.tick && nowMs - this.#refused.atMs < REFUSED_MS) return null;
      this.#refused = null;
    }
    const named = Math.max(tick, this.#lastTick + 1); // a later tick than the last one's, as the server demands
    if (named > tick + AHEAD_TICKS) return null;
    this.#changed = false;
    this.#lastTick = named;
    this.#lastSentMs = nowMs;
    return { kind: "input", tick: named, values: [...this.#held] };
  }
}
