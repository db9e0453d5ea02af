/**
 * How long the script of each display frame took: the last 600, for tests and for the curious.
 *
 * While an arena is open `globalThis.tickroomFrames` is its FrameTimes. In the browser's console:
 *     tickroomFrames.percentile(0.99)      milliseconds that 99 of 100 frames did not exceed
 *     tickroomFrames.count = 0             start anew
 * Measured is everything from the view of the session to the finished scene; not the renderer's own work.
 */

export const KEPT_FRAMES = 600;

export class FrameTimes {
  /** A ring: frame number n stands at n % 600. Milliseconds; the renderer's own work is not in it. */
  readonly timesMs = new Float32Array(KEPT_FRAMES);
  /** Frames recorded so far; may be set back to 0. */
  count = 0;

  record(milliseconds: number): void {
    this.timesMs[this.count % KEPT_FRAMES] = milliseconds;
    this.count++;
  }

  /** The time that `share` of the kept frames did not exceed; 0 before the first. */
  percentile(share: number): number {
    const kept = this.timesMs.slice(0, Math.min(this.count, KEPT_FRAMES)).sort();
    return kept[Math.min(kept.length - 1, Math.floor(share * kept.length))] ?? 0;
  }
}
