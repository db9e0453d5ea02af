/** The server's clock, seen from here: an estimate from pings and pongs. Times in milliseconds of a steady local clock. */

import type { Pong } from "../generated/protocol.ts";
import { SteadyHand } from "./steady.ts";

const KEPT_SAMPLES = 16; // with a ping a second: the best of the last 16 seconds
const JUMP_TICKS = 1; // what is further behind jumps; a smaller error is made good by running faster
const SLACK_MS = 1; // ages come in microseconds, and a tick may begin so much after it is due

interface Sample {
  readonly roundTripMs: number;
  /** Server tick, with its fraction, at local time 0. */
  readonly origin: number;
}

/** What one pong tells. */
export interface PongReading {
  readonly roundTripMs: number;
  /** Ticks from sending the ping, by this clock, to its arrival, by the server's: the way there, and this clock's error. */
  readonly wayThereTicks: number;
}

export class ServerClock {
  readonly tickMs: number;
  readonly #hand: SteadyHand;
  #samples: Sample[] = [];
  #origin: number;

  /** `tick` is the newest that the server had when it wrote what was received at `nowMs`. */
  constructor(tickHz: number, tick: number, nowMs: number) {
    this.tickMs = 1000 / tickHz;
    this.#origin = tick - nowMs / this.tickMs;
    this.#hand = new SteadyHand(this.tickMs, JUMP_TICKS);
  }

  /** The server's tick now, with the fraction of it that has gone by; never less than the answer before. */
  tickAt(nowMs: number): number {
    return this.#hand.follow(this.#origin + nowMs / this.tickMs, nowMs);
  }

  /** The least round trip of late; 0 before the first pong. */
  get roundTripMs(): number {
    return this.#best()?.roundTripMs ?? 0;
  }

  /** A pong came at `nowMs` for the ping sent at `sentMs`. */
  receivePong(pong: Pong, sentMs: number, nowMs: number): PongReading {
    const roundTripMs = Math.max(0, nowMs - sentMs);
    const tickThere = pong.tick + pong.ageUs / 1000 / this.tickMs;
    // Half the round trip ago, at our best guess, the server was at `tickThere`.
    const sample = { roundTripMs, origin: tickThere + (roundTripMs / 2 - nowMs) / this.tickMs };
    // The server stood still and skipped ticks: what was true before is true no more.
    if (this.#samples.some((earlier) => this.#contradict(sample, earlier))) this.#samples = [];
    this.#samples.push(sample);
    if (this.#samples.length > KEPT_SAMPLES) this.#samples.shift();
    this.#origin = this.#best()!.origin;
    return { roundTripMs, wayThereTicks: tickThere - (this.tickAt(nowMs) - roundTripMs / this.tickMs) };
  }

  /** A frame of `tick` came at `nowMs`: the server is there already. */
  receiveTick(tick: number, nowMs: number): void {
    if (this.#origin + nowMs / this.tickMs < tick) this.#origin = tick - nowMs / this.tickMs;
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
