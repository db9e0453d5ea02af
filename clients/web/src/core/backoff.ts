/** When to try again: exponential, with full jitter, a cap and an end. */

// Chosen by tests/spread.test.ts, which prints the arrivals of 1,000 clients at a server that was away for three seconds.
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
