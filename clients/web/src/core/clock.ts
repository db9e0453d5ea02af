/** The server's clock, seen from here: an estimate from pings and pongs. Times in milliseconds of a steady local clock. */

import type { Pong } from "../generated/protocol.ts";

const KEPT_SAMPLES = 8; // with a ping every two seconds: the best of the last 16 seconds
const JUMP_TICKS = 4; // an error beyond this is set right at once, a smaller one little by little
const SLACK_MS = 1; // ages come in microseconds, and a tick may begin so much after it is due
const SLEW = 0.25; // of the error, with each pong

interface Sample {
  readonly roundTripMs: number;
  /** Server tick, with its fraction, at local time 0. */
  readonly origin: number;
}

export class ServerClock {
  readonly tickMs: number;
  #samples: Sample[] = [];
  #origin: number;

  /** `tick` is the newest that the server had when it wrote what was received at `nowMs`. */
  constructor(tickHz: number, tick: number, nowMs: number) {
    this.tickMs = 1000 / tickHz;
    this.#origin = tick - nowMs / this.tickMs;
  }

  /** The server's tick now, with the fraction of it that has gone by. */
  tickAt(nowMs: number): number {
    return this.#origin + nowMs / this.tickMs;
  }

  /** The least round trip of late; 0 before the first pong. */
  get roundTripMs(): number {
    return this.#best()?.roundTripMs ?? 0;
  }

  /** A pong came at `nowMs` for the ping sent at `sentMs`. */
  receivePong(pong: Pong, sentMs: number, nowMs: number): void {
    const roundTripMs = Math.max(0, nowMs - sentMs);
    // Half the round trip ago, at our best guess, the server was `ageUs` into `tick`.
    const tickNow = pong.tick + (pong.ageUs / 1000 + roundTripMs / 2) / this.tickMs;
    const sample = { roundTripMs, origin: tickNow - nowMs / this.tickMs };
    // The server stood still and skipped ticks: what was true before is true no more.
    if (this.#samples.some((earlier) => this.#contradict(sample, earlier))) this.#samples = [];
    this.#samples.push(sample);
    const first = this.#samples.length === 1;
    if (this.#samples.length > KEPT_SAMPLES) this.#samples.shift();
    const error = this.#best()!.origin - this.#origin;
    this.#origin += first || Math.abs(error) > JUMP_TICKS ? error : error * SLEW;
  }

  /** A frame of `tick` came at `nowMs`: the server is there already. */
  receiveTick(tick: number, nowMs: number): void {
    if (this.tickAt(nowMs) < tick) this.#origin = tick - nowMs / this.tickMs;
  }

  /** Whether no origin is within half a round trip of both. */
  #contradict(one: Sample, other: Sample): boolean {
    const apartMs = Math.abs(one.origin - other.origin) * this.tickMs;
    return apartMs > (one.roundTripMs + other.roundTripMs) / 2 + SLACK_MS;
  }

  #best(): Sample | undefined {
    let best = this.#samples[0];
    for (const sample of this.#samples) if (sample.roundTripMs < best!.roundTripMs) best = sample;
    return best;
  }
}
