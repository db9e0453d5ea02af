/**
 * Whether anybody is at the other end of a socket that says it is open.
 *
 * Two ways to find out: the server has been silent for several looks; or there is a reason for doubt (the network
 * changed, the machine woke, somebody looks at the page again), and a ping has no answer. A quiet server is doubted at
 * each look.
 */

import { Alarm } from "./alarm.ts";

const WATCH_MS = 1000;
const QUIET_WATCH_MS = 20_000; // of a server with nothing to say; one that is gone is noticed so late
const SILENT_WATCHES = 4; // the server speaks at least four times a second
const PROBE_MS = 2000; // a round trip longer than this is no use for playing
const STALE_MS = 300; // what is read so soon after a wake may have lain in the socket since before the sleep

export interface LivenessOptions {
  /** The server may be silent for long. */
  readonly quiet?: boolean | undefined;
  /** Send a ping. */
  readonly ping: () => void;
  /** Nobody is there. Told once; the watch has ended. */
  readonly onLost: () => void;
}

export class Liveness {
  readonly #options: LivenessOptions;
  readonly #watch = new Alarm();
  readonly #probe = new Alarm();
  #silentWatches = 0;
  #probedAtMs: number | null = null;
  #heardAtMs = 0;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  /** Milliseconds since anything was heard. */
  silenceMs(nowMs: number): number {
    return nowMs - this.#heardAtMs;
  }

  /** The socket is open, and the server has spoken. */
  start(): void {
    this.stop();
    this.#heardAtMs = performance.now();
    this.#look();
  }

  stop(): void {
    this.#watch.clear();
    this.#endProbe();
    this.#silentWatches = 0;
  }

  /** Something came. `answers`: it is the answer to the probe's ping. */
  hear(answers: boolean): void {
    const now = performance.now();
    this.#heardAtMs = now;
    this.#silentWatches = 0;
    if (this.#probedAtMs !== null && (answers || now - this.#probedAtMs > STALE_MS)) this.#endProbe();
  }

  /** There is reason for doubt: ask. */
  probe(): void {
    if (this.#probedAtMs !== null) return;
    this.#probedAtMs = performance.now();
    this.#options.ping();
    this.#probe.set(PROBE_MS, (late) => {
      this.#probedAtMs = null;
      // Slept again: the answer had no time.
      if (late) this.probe();
      else this.#lose();
    });
  }

  // Looks are counted, not milliseconds: a page that was busy or asleep for long looks once before it gets to read what
  // has come meanwhile.
  #look(): void {
    const { quiet } = this.#options;
    this.#watch.set(quiet ? QUIET_WATCH_MS : WATCH_MS, (late) => {
      this.#silentWatches += 1;
      if (this.#silentWatches > SILENT_WATCHES) {
        this.#lose();
        return;
      }
      this.#look();
      if (late || quiet) this.probe();
    });
  }

  #endProbe(): void {
    this.#probe.clear();
    this.#probedAtMs = null;
  }

  #lose(): void {
    this.stop();
    this.#options.onLost();
  }
}
