// What is read at every frame and every state, and what it comes to.

const NEAR_MS = 1000; // a correction has its late input within this: the stamp that tells of it follows a stall later

/** How fast things seem to move from frame to frame: units a second, by the frame's own duration. */
class Motion {
  fastest = 0;
  longest = 0; // step, in units
  #before = new Map();

  look(row, x, y, seconds) {
    const before = this.#before.get(row);
    this.#before.set(row, { x, y });
    if (before === undefined || seconds <= 0) return;
    const step = Math.hypot(x - before.x, y - before.y);
    this.longest = Math.max(this.longest, step);
    this.fastest = Math.max(this.fastest, step / seconds);
  }
}

export class Readings {
  #far;
  #near;
  #lateness;
  #unit;
  #started = false;
  #lastMs = 0;
  #lookedMs = 0;
  #stoodStillMs = 0; // the longest between two frames, those before `start` too
  #frames = [];
  #clockErrors = [];
  #own = new Motion();
  #others = new Motion(); // as drawn
  #newest = new Motion(); // the same players where the newest state has them: what drawing that would show
  #corrections = []; // times
  #errors = [];
  #counted = 0; // corrections

  constructor(far, near, lateness, unit) {
    this.#far = far;
    this.#near = near;
    this.#lateness = lateness;
    this.#unit = unit;
    far.on("state", (tick) => this.#count(tick)); // all of them, those before `start` too
    far.on("error", ({ code }) => this.#errors.push(code));
  }

  /** From now on frames count. */
  start() {
    this.#started = true;
    this.#lastMs = 0;
  }

  look(view, others, nowMs) {
    if (this.#lookedMs) this.#stoodStillMs = Math.max(this.#stoodStillMs, nowMs - this.#lookedMs);
    this.#lookedMs = nowMs;
    if (!this.#started) return;
    const seconds = this.#lastMs ? (nowMs - this.#lastMs) / 1000 : 0;
    this.#lastMs = nowMs;
    if (seconds > 0) this.#frames.push(seconds * 1000);
    const { state, seat: ownSeat, clock } = this.#far;
    const at = ({ x, y }) => [x / this.#unit, y / this.#unit];
    this.#own.look(ownSeat, ...at(view.players.at(ownSeat)), seconds);
    for (const { seat } of others) {
      this.#others.look(seat, ...at(view.players.at(seat)), seconds);
      this.#newest.look(seat, ...at(state.players.at(seat)), seconds);
    }
    this.#clockErrors.push(Math.abs(clock.tickAt(nowMs) - this.#near.clock.tickAt(nowMs)));
  }

  #count(tick) {
    const nowMs = performance.now();
    const { corrections } = this.#far.statistics;
    if (corrections > this.#counted) this.#corrections.push(nowMs);
    this.#counted = corrections;
    this.#lateness.look(tick, this.#far.state.seats.at(this.#far.seat).stamp, nowMs);
  }

  answer() {
    const { statistics } = this.#far;
    const { lateInputs: lateCounted, predictions, corrections, resyncs, reconnects } = statistics;
    const { rttMs, jitterMs, leadTicks, delayTicks } = statistics;
    const { inputs, timesMs } = this.#lateness;
    const hasLate = (atMs) => timesMs.some((lateMs) => Math.abs(lateMs - atMs) < NEAR_MS);
    return {
      ...{ predictions, corrections, resyncs, reconnects, rttMs, jitterMs, leadTicks, delayTicks, inputs, lateCounted },
      lateInputs: timesMs.length,
      correctionP99: statistics.correctionAt(0.99) / this.#unit,
      correctionMost: statistics.correctionAt(1) / this.#unit,
      unexplained: this.#corrections.filter((atMs) => !hasLate(atMs)).length,
      refusals: this.#errors,
      stoodStillMs: this.#stoodStillMs,
      frames: this.#frames.length,
      frameMsP50: quantile(this.#frames, 0.5),
      frameMsMost: quantile(this.#frames, 1),
      clockErrorP99: quantile(this.#clockErrors, 0.99),
      clockErrorMost: quantile(this.#clockErrors, 1),
      own: { fastest: this.#own.fastest, longest: this.#own.longest },
      others: { fastest: this.#others.fastest, longest: this.#others.longest },
      newest: { fastest: this.#newest.fastest, longest: this.#newest.longest },
    };
  }
}

function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
