/** When to try again: exponential, with jitter, a cap that grows with the time away, and an end. */

// A node that died is replaced about 2 s later. Of 1,000 clients who come back then, half wait 0.37 s more and 99 % 0.9 s, at most
// 380 come in any 250 ms (a handshake costs a server 0.4 ms), and each was refused three times before: tests/spread.test.ts
// prints it. Full jitter up to 6 s, as it was, had 150 in 250 ms and as many refusals, but took 5.3 s for 99 % of them,
// for those who had drawn a long wait just before. From 3 s on the waits grow with the time away: whoever waits adds at most a third to it.
const BASE_MS = 400;
const SOON_MS = 1000;
const SHARE = 1 / 3;
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
    const awayMs = nowMs - this.#sinceMs;
    if (awayMs > GIVE_UP_MS) return null;
    const ceiling = Math.min(CAP_MS, Math.max(SOON_MS, awayMs * SHARE), BASE_MS * 2 ** this.#attempts);
    // A thousand clients that dropped together must not come back together: the first wait is anything from nothing on. They
    // are spread by then, and half of each further wait is the same for all, which spares the server what it refuses anyway.
    const least = this.#attempts > 0 ? ceiling / 2 : 0;
    this.#attempts += 1;
    return least + this.#random() * (ceiling - least);
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
