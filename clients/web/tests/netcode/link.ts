/** One direction of a network path under faked timers: delay, jitter and stalls, in order, from a seed. */

export interface Conditions {
  readonly delayMs: number;
  /** Each message takes up to this much longer, uniformly. */
  readonly jitterMs: number;
  /** Every so often nothing passes for so long; then everything at once. */
  readonly stallEveryMs?: number;
  readonly stallMs?: number;
}

/** Numbers from 0 to 1 by a seed: xorshift32 (Marsaglia, 2003). */
export function seeded(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export class Link {
  readonly #conditions: Conditions;
  readonly #random: () => number;
  #lastMs = 0;

  constructor(conditions: Conditions, random: () => number) {
    this.#conditions = conditions;
    this.#random = random;
  }

  /** Hand `message` on when it has come through. */
  send<T>(message: T, receive: (message: T) => void): void {
    const now = performance.now();
    const { delayMs, jitterMs, stallEveryMs = 0, stallMs = 0 } = this.#conditions;
    let at = Math.max(this.#lastMs, now + delayMs + this.#random() * jitterMs);
    if (stallEveryMs > 0 && at % stallEveryMs < stallMs) at += stallMs - (at % stallEveryMs);
    this.#lastMs = at;
    setTimeout(() => receive(message), Math.round(at - now));
  }
}
