/** What is held: when the server is told (on change, and once a second), and what held in which tick, for prediction. */

import type { Input } from "../generated/protocol.ts";

const HEARTBEAT_MS = 1000;
const HEARTBEAT_FROM = 0.7; // of a tick: one that names a tick early in it would make a key pressed later wait for the next
const REFUSED_MS = 1000; // the server tells of refusals once a second: one that follows sooner would go unheard
const AHEAD_TICKS = 2; // quick changes are named for successive ticks, this far; beyond, the last one wins
const KEPT = 128; // told inputs that are not in a state yet; the oldest is forgotten beyond

interface Told {
  readonly tick: number;
  readonly values: readonly number[];
}

export class Inputs {
  readonly #rest: readonly number[];
  #held: readonly number[];
  #changed = true; // the server holds zeros after a welcome; say once what is held
  #told: Told[] = []; // ascending; the first may be older than the newest state: what held then
  #lastTick = 0;
  #acknowledged = 0;
  #refused: { readonly tick: number; readonly atMs: number } | null = null;
  #lastSentMs = Number.NEGATIVE_INFINITY;

  /** `rest`: what the server takes for held before it is told anything: zeros. `held`: what is held at first. */
  constructor(rest: readonly number[], held: readonly number[]) {
    this.#rest = [...rest];
    this.#held = [...held];
  }

  get held(): readonly number[] {
    return this.#held;
  }

  /** The newest tick that was named and not refused since the seat was taken; 0 before the first. */
  get lastTick(): number {
    return this.#lastTick;
  }

  /** The tick that the newest input in a state named; 0 before the first. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Hold these values from now on; true when that is a change. */
  hold(values: readonly number[]): boolean {
    const change = values.some((value, position) => value !== this.#held[position]);
    if (change) {
      this.#changed = true;
      this.#held = [...values];
    }
    return change;
  }

  /** The seat was taken (again): nothing that was named before counts. */
  restart(): void {
    this.#changed = true;
    this.#told = [];
    this.#lastTick = 0;
    this.#acknowledged = 0;
    this.#refused = null;
  }

  /** A state shows that the input that named `stamp` was applied. How many told before it were overtaken, unseen: late. */
  acknowledge(stamp: number): number {
    const overtaken = this.#told.filter(({ tick }) => tick > this.#acknowledged && tick < stamp).length;
    // One that was not told, or was taken for refused: whatever was told after it, for earlier ticks, the server dropped.
    if (stamp > this.#acknowledged && !this.#told.some(({ tick }) => tick === stamp)) this.#changed = true;
    this.#acknowledged = stamp;
    this.#lastTick = Math.max(this.#lastTick, stamp);
    while (this.#told.length > 1 && this.#told[1]!.tick <= stamp) this.#told.shift();
    return overtaken;
  }

  /** At `nowMs` the server told that an input named a tick too far ahead: nothing since the last stamp counts as said. */
  refuse(nowMs: number): void {
    this.#refused = { tick: this.#lastTick, atMs: nowMs };
    this.#lastTick = this.#acknowledged;
    this.#told = this.#told.filter(({ tick }) => tick <= this.#acknowledged);
    this.#changed = true;
  }

  /** What the server holds in `tick`, given that in the state of `newest` it had what is acknowledged. */
  heldIn(tick: number, newest: number): readonly number[] {
    for (let at = this.#told.length - 1; at >= 0; at--) {
      const told = this.#told[at]!;
      // What should have been in by now and was not is late: it holds from the next tick on at the earliest.
      const from = told.tick > this.#acknowledged ? Math.max(told.tick, newest + 1) : told.tick;
      if (from <= tick) return told.values;
    }
    return this.#rest;
  }

  /** The input to send at `nowMs`, if there is one; the player is at `ownTick`, and the next tick is the one to name. */
  next(ownTick: number, nowMs: number): Input | null {
    if (!this.#changed && !this.#isHeartbeatDue(ownTick, nowMs)) return null;
    const tick = Math.floor(ownTick) + 1;
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
    this.#told.push({ tick: named, values: this.#held });
    if (this.#told.length > KEPT) this.#told.shift();
    return { kind: "input", tick: named, values: [...this.#held] };
  }

  #isHeartbeatDue(ownTick: number, nowMs: number): boolean {
    const sinceMs = nowMs - this.#lastSentMs;
    return sinceMs >= 2 * HEARTBEAT_MS || (sinceMs >= HEARTBEAT_MS && ownTick % 1 >= HEARTBEAT_FROM);
  }
}
