/** A clock's hand in ticks that follows a target: never back, never in jerks. */

const USUAL_SLEW = 0.1; // of a tick each tick: nobody sees that something runs 10 % faster or slower
const HOLD_TICKS = 2; // this far ahead of its target it stands still instead of running slower

export class SteadyHand {
  readonly #tickMs: number;
  readonly #jumpTicks: number;
  readonly #slew: number;
  #tick: number | null = null;
  #lastMs = 0;

  /** This far behind its target (`jumpTicks`) it jumps there; to make good less, it runs faster or slower by `slew`. */
  constructor(tickMs: number, jumpTicks: number, slew: number = USUAL_SLEW) {
    this.#tickMs = tickMs;
    this.#jumpTicks = jumpTicks;
    this.#slew = slew;
  }

  /** Where it stands at `nowMs`, when it should be at `target`; never less than the answer before. */
  follow(target: number, nowMs: number): number {
    if (this.#tick === null) {
      this.#tick = target;
    } else {
      const passed = Math.max(0, nowMs - this.#lastMs) / this.#tickMs;
      this.#tick = Math.max(this.#tick, this.#next(target, this.#tick, passed));
    }
    this.#lastMs = Math.max(this.#lastMs, nowMs);
    return this.#tick;
  }

  #next(target: number, tick: number, passed: number): number {
    const error = target - (tick + passed);
    if (error > this.#jumpTicks) return target;
    if (error < -HOLD_TICKS) return tick;
    const most = this.#slew * passed;
    return tick + passed + Math.min(most, Math.max(-most, error));
  }
}
