/** One timer, which knows when it rings much later than asked: the machine slept, or the page was held back. */

const LATE_MS = 3000; // no page is busy for so long in ordinary life; a hidden one may be held back for a minute

export class Alarm {
  /** Milliseconds of `performance.now()` that were slept away, in all. Some browsers' clock stands still in sleep. */
  sleptMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Ring once after `afterMs`, in place of what was set before; `late` when it was much later than that. */
  set(afterMs: number, ring: (late: boolean) => void): void {
    this.clear();
    const setAt = performance.now();
    const setAtWall = Date.now();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const lateMs = performance.now() - setAt - afterMs;
      const wallLateMs = Date.now() - setAtWall - afterMs; // runs on in sleep everywhere, but may be set by hand
      if (lateMs > LATE_MS) this.sleptMs += lateMs;
      ring(Math.max(lateMs, wallLateMs) > LATE_MS);
    }, afterMs);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
