/** Differences that fade: what is drawn goes on from where it was, and meets what is right a moment later. */

export class Blend {
  readonly #offsets: Float64Array;
  readonly #fadeMs: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #still = true; // all offsets are 0

  /** `count` values; in `fadeMs` a difference shrinks to 37 % of what it was. */
  constructor(count: number, fadeMs: number) {
    this.#offsets = new Float64Array(count);
    this.#fadeMs = fadeMs;
  }

  /** What to add to a value now. */
  offset(index: number): number {
    return this.#offsets[index]!;
  }

  /** Let time pass. */
  advance(nowMs: number): void {
    if (!this.#still) {
      const left = Math.exp(-Math.max(0, nowMs - this.#lastMs) / this.#fadeMs);
      let most = 0;
      for (let index = 0; index < this.#offsets.length; index++) {
        this.#offsets[index]! *= left;
        most = Math.max(most, Math.abs(this.#offsets[index]!));
      }
      if (most < 0.5) this.clear();
    }
    this.#lastMs = nowMs;
  }

  /** These values are about to change: note where they are. */
  before(indexes: readonly number[], read: (index: number) => number, nowMs: number): void {
    this.advance(nowMs);
    for (const index of indexes) this.#offsets[index]! += read(index);
  }

  /** They have changed: what is drawn stays where it was. */
  after(indexes: readonly number[], read: (index: number) => number, nowMs: number): void {
    for (const index of indexes) this.#offsets[index]! -= read(index);
    this.#still = false;
    this.#lastMs = nowMs;
  }

  /** A value that is drawn with `off` too much shall be drawn so for now. */
  add(index: number, off: number): void {
    this.#offsets[index]! += off;
    this.#still = false;
  }

  /** A value jumped, and shall be drawn where it is. */
  drop(index: number): void {
    this.#offsets[index] = 0;
  }

  /** All differences are gone at once. */
  clear(): void {
    this.#offsets.fill(0);
    this.#still = true;
  }
}
