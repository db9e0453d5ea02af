/** The last samples of a figure, for a graph. */

export class Series {
  readonly #samples: Float64Array;
  #count = 0;

  constructor(capacity: number) {
    this.#samples = new Float64Array(capacity);
  }

  /** Add one; the oldest goes when there is no room. */
  push(sample: number): void {
    this.#samples[this.#count % this.#samples.length] = sample;
    this.#count += 1;
  }

  /** How many there are now. */
  get length(): number {
    return Math.min(this.#count, this.#samples.length);
  }

  /** All of them, oldest first. */
  values(): number[] {
    const { length } = this;
    return Array.from({ length }, (_, at) => this.#samples[(this.#count - length + at) % this.#samples.length]!);
  }
}
