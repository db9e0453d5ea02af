/** Looks at a connection twice a second: brings the figures up to date, and finds the word for how good it is. */

import type { Connection } from "./connection.ts";
import { type Judgement, judgeQuality, type Quality, UNJUDGED } from "./quality.ts";
import type { Statistics } from "./statistics.ts";

const LOOK_MS = 500;
const LOOKS_A_SAMPLE = 2; // the figures' history has a sample a second
const LATE_LOOKS = 10; // the part of late inputs is that of so many looks
const LEAST_INPUTS = 25; // of fewer, as of a player who stands still, a single late one would be too large a part

export class QualityWatch {
  readonly #connection: Connection;
  readonly #statistics: Statistics;
  readonly #tell: (quality: Quality) => void;
  readonly #before: { readonly inputs: number; readonly late: number }[] = []; // at the last looks, oldest first
  #judgement: Judgement = UNJUDGED;
  #looks = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `tell` hears of every change. */
  constructor(connection: Connection, statistics: Statistics, tell: (quality: Quality) => void) {
    this.#connection = connection;
    this.#statistics = statistics;
    this.#tell = tell;
  }

  get quality(): Quality {
    return this.#judgement.quality;
  }

  /** Look from now on. */
  start(): void {
    this.stop();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Look no more; `judge` still may. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Something has changed that may change the word. */
  judge(): void {
    const before = this.quality;
    const nowMs = performance.now();
    const { rttMs, jitterMs, inputs, lateInputs } = this.#statistics;
    const earlier = this.#before[0] ?? { inputs: 0, late: 0 };
    const reading = {
      connection: this.#connection.state.name,
      online: this.#connection.online,
      silenceMs: this.#connection.silenceMs(nowMs),
      rttMs,
      jitterMs,
      lateRate: (lateInputs - earlier.late) / Math.max(LEAST_INPUTS, inputs - earlier.inputs),
    };
    this.#judgement = judgeQuality(this.#judgement, reading, nowMs);
    if (this.quality !== before) this.#tell(this.quality);
  }

  #look(): void {
    const statistics = Object.assign(this.#statistics, this.#connection.traffic);
    this.#before.push({ inputs: statistics.inputs, late: statistics.lateInputs });
    if (this.#before.length > LATE_LOOKS) this.#before.shift();
    this.#looks += 1;
    if (this.#looks % LOOKS_A_SAMPLE === 0) statistics.sample();
    this.judge();
  }
}
