/** How the connection and the prediction do: figures of now, and of each second of the last two minutes. */

import { Series } from "./series.ts";

const KEPT_SECONDS = 120;
const JITTER_SHARE = 1 / 16; // RFC 3550, 6.4.1
const KEPT_CORRECTIONS = 1024;

const COUNTERS = ["inputs", "lateInputs", "resyncs", "messagesIn", "messagesOut", "bytesIn", "bytesOut"] as const;

/** What is sampled once a second; counters as what was added in that second. */
export const SAMPLED = ["rttMs", "jitterMs", "leadTicks", "delayTicks", "correction", ...COUNTERS] as const;

export type Sampled = (typeof SAMPLED)[number];

export class Statistics {
  /** Round trip of the last ping, milliseconds. */
  rttMs = 0;
  /** Smoothed difference of successive round trips, milliseconds. */
  jitterMs = 0;
  /** How far the own player lives ahead of the server's clock. */
  leadTicks = 0;
  /** How far the others are drawn behind it. */
  delayTicks = 0;
  /** How far the newest state showed the prediction to be off, in the columns' units; 0 is exact. */
  correction = 0;
  /** States that the prediction was compared with, and how many of them it was not equal to. */
  predictions = 0;
  corrections = 0;
  /** Inputs that a state has shown to be applied, and those that were applied later than named. */
  inputs = 0;
  lateInputs = 0;
  resyncs = 0;
  reconnects = 0;
  messagesIn = 0;
  messagesOut = 0;
  bytesIn = 0;
  bytesOut = 0;
  readonly history: Readonly<Record<Sampled, Series>>;
  readonly #sizes = new Series(KEPT_CORRECTIONS);
  readonly #counted: Partial<Record<Sampled, number>> = {};
  #worst = 0; // correction of the second under way

  constructor() {
    this.history = Object.fromEntries(SAMPLED.map((name) => [name, new Series(KEPT_SECONDS)])) as Record<
      Sampled,
      Series
    >;
  }

  /** A ping came back after `rttMs`. */
  receiveRoundTrip(rttMs: number): void {
    if (this.rttMs > 0) this.jitterMs += (Math.abs(rttMs - this.rttMs) - this.jitterMs) * JITTER_SHARE;
    this.rttMs = rttMs;
  }

  /** A state showed the prediction to be off by so much. */
  receiveCorrection(size: number): void {
    this.correction = size;
    this.predictions += 1;
    if (size === 0) return;
    this.corrections += 1;
    this.#sizes.push(size);
    this.#worst = Math.max(this.#worst, size);
  }

  /** The correction that `share` (0 to 1) of all compared states stay below or at; of the last thousand wrong ones. */
  correctionAt(share: number): number {
    const exact = this.predictions - this.corrections;
    const wanted = Math.ceil(this.predictions * share) - exact;
    if (wanted <= 0) return 0;
    const sizes = this.#sizes.values().sort((one, other) => one - other);
    return sizes[Math.min(sizes.length, Math.max(1, Math.ceil((wanted / this.corrections) * sizes.length))) - 1] ?? 0;
  }

  /** A second has passed: keep a sample of each. */
  sample(): void {
    for (const name of SAMPLED) {
      const now = this[name];
      if (name === "correction") this.history[name].push(this.#worst);
      else if ((COUNTERS as readonly Sampled[]).includes(name)) {
        this.history[name].push(now - (this.#counted[name] ?? 0));
        this.#counted[name] = now;
      } else this.history[name].push(now);
    }
    this.#worst = 0;
  }
}
