/** Which moment to draw: late enough that the next state has come, steady in spite of jitter. In ticks. */

const SPARE = 0.15;
const FORGET = 0.02; // of a burst of lag, with each frame: half of it in about a second
const SLEW_A_SECOND = 0.5;

export class Playback {
  #lag = 0.5;
  #delay: number | null = null;
  #lastMs = 0;

  /** The frame of `tick` came when the server was at `serverTick`. */
  receiveFrame(tick: number, serverTick: number): void {
    const lag = Math.min(Math.max(0, serverTick - tick), 8);
    this.#lag = lag > this.#lag ? lag : this.#lag + (lag - this.#lag) * FORGET;
  }

  /** The moment to draw at `nowMs`, when the server is at `serverTick`. */
  tickAt(serverTick: number, nowMs: number): number {
    const wanted = this.#lag + 1 + SPARE; // the step into a frame begins a tick before it
    this.#delay ??= wanted;
    const most = (SLEW_A_SECOND * Math.min(nowMs - this.#lastMs, 250)) / 1000;
    this.#delay += Math.min(Math.max(wanted - this.#delay, -most), most);
    this.#lastMs = nowMs;
    return serverTick - this.#delay;
  }
}
