/** When to try again: exponential, with full jitter, a cap and an end. */

// Base and cap: 1,000 clients whose server was away for 3 s come back at most 120 in any 250 ms, half of them in 1.3 s, the
// last in 6 s (tests/spread.test.ts prints the histogram). A base of 1,000 and a cap of 8,000 spread them a third wider (80),
// but leave everybody waiting longer, and a lone client after a short break 500 ms instead of 200.
const BASE_MS = 400;
const CAP_MS = 6000;
const GIVE_UP_MS = 60_000;
const TRUSTED_MS = 5000; // a connection that lived this long starts the count anew

export class Backoff {
  #attempts = 0;
  #sinceMs: number | null = null;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  get attempts(): number {
    return this.#attempts;
  }

  /** Milliseconds until the next attempt, or null when it is time to give up. */
  next(nowMs: number): number | null {
    this.#sinceMs ??= nowMs;
    if (nowMs - this.#sinceMs > GIVE_UP_MS) return null;
    const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    // Full jitter: a thousand clients that dropped together must not come back together.
    return this.#random() * ceiling;
  }

  /** A connection ended after `liveMs`. */
  noteLife(liveMs: number): void {
    if (liveMs >= TRUSTED_MS) this.reset();
  }

  /** Count from the start again. */
  reset(): void {
    this.#attempts = 0;
    this.#sinceMs = null;
  }
}
