/** When to try again, and when no more: exponential, with full jitter, a cap and an end. */

import { DEFAULT_RECONNECT, type ReconnectOptions } from "./options.ts";

export class Retry {
  readonly #options: Required<ReconnectOptions>;
  readonly #random: () => number;
  #failures = 0;

  constructor(options: ReconnectOptions, random: () => number) {
    this.#options = { ...DEFAULT_RECONNECT, ...options };
    this.#random = random;
  }

  /** Failures in a row that counted. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Milliseconds until the next attempt, or null when it is time to give up.
   *
   * Without a network (`isOffline`) a failure says nothing of the server, and does not count; the wait is the cap.
   */
  next(isOffline: boolean): number | null {
    const { attempts, baseMs, factor, capMs, jitter } = this.#options;
    if (!isOffline && this.#failures >= attempts) return null;
    const boundMs = isOffline ? capMs : Math.min(capMs, baseMs * factor ** this.#failures);
    if (!isOffline) this.#failures += 1;
    return jitter === "full" ? this.#random() * boundMs : boundMs;
  }

  /** A connection ended after `liveMs`. */
  noteLife(liveMs: number): void {
    if (liveMs >= this.#options.trustAfterMs) this.#failures = 0;
  }

  reset(): void {
    this.#failures = 0;
  }
}
