/** Which moment of the others to draw: late enough that the next state has come, steady in spite of jitter. In ticks. */

import { SteadyHand } from "./steady.ts";

const SPARE = 0.15;
const FORGET = 0.02; // of a burst of lag, with each frame: half of it in about a second
const MOST_LAG_MS = 300; // of a frame that takes longer, one sees the forecast first
const JUMP_TICKS = 15; // a page that was hidden does not run after what it missed

export class Playback {
  readonly #hand: SteadyHand;
  readonly #mostLag: number;
  #lag = 0.5;
  #delay = 0;

  constructor(tickMs: number) {
    this.#mostLag = MOST_LAG_MS / tickMs;
    this.#hand = new SteadyHand(tickMs, JUMP_TICKS);
  }

  /** How far behind the server's clock the drawn moment was last. */
  get delayTicks(): number {
    return this.#delay;
  }

  /** The frame of `tick` came when the server was at `serverTick`. */
  receiveFrame(tick: number, serverTick: number): void {
    const lag = Math.min(Math.max(0, serverTick - tick), this.#mostLag);
    this.#lag = lag > this.#lag ? lag : this.#lag + (lag - this.#lag) * FORGET;
  }

  /** The moment to draw at `nowMs`, when the server is at `serverTick`; never less than the one before. */
  tickAt(serverTick: number, nowMs: number): number {
    // The step into a frame begins a tick before it.
    const tick = this.#hand.follow(serverTick - this.#lag - 1 - SPARE, nowMs);
    this.#delay = serverTick - tick;
    return tick;
  }
}
