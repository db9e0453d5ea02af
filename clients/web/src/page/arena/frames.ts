/** How long the script of each display frame took: the last 600, for tests and for the curious. */

export const KEPT_FRAMES = 600;

export class FrameTimes {
  /** A ring: frame number n stands at n % 600. Milliseconds; the renderer's own work is not in it. */
  readonly timesMs = new Float32Array(KEPT_FRAMES);
  /** Frames recorded so far. */
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
