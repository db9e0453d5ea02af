/** Everything that one welcome starts anew: the copy of the state, the clocks, and what is drawn of it. */

import { type Pong, SeatsColumn, SessionColumn, type Welcome } from "../generated/protocol.ts";
import { ServerClock } from "./clock.ts";
import { History } from "./history.ts";
import type { Inputs } from "./inputs.ts";
import { Layout } from "./layout.ts";
import { Lead } from "./lead.ts";
import { Playback } from "./playback.ts";
import { Prediction, type SessionFacts, type Twin } from "./prediction.ts";
import { Replica } from "./replica.ts";
import type { GameSchema } from "./schema.ts";
import type { Statistics } from "./statistics.ts";
import { SteadyHand } from "./steady.ts";
import { type TablesOf, tablesOf } from "./tables.ts";
import { View, type ViewOf, viewOf } from "./view.ts";

const OWN_JUMP_TICKS = 8; // after a page was hidden, or the way became this much longer at once
const OWN_SLEW = 0.25; // while it is behind, inputs come late

export class LiveState<Game extends GameSchema> {
  readonly welcome: Welcome;
  readonly schema: Game;
  readonly replica: Replica;
  readonly clock: ServerClock;
  readonly tables: TablesOf<Game>;
  readonly #inputs: Inputs;
  readonly #statistics: Statistics;
  readonly #history: History;
  readonly #playback: Playback;
  readonly #lead = new Lead();
  readonly #own: SteadyHand;
  readonly #view: View;
  readonly #drawn: ViewOf<Game>;
  #prediction: Prediction | null = null;
  #stamp: number | null = null; // null until the first state

  /** Throws RangeError when the welcome does not fit the schema. */
  constructor(welcome: Welcome, schema: Game, inputs: Inputs, statistics: Statistics, nowMs: number) {
    this.welcome = welcome;
    this.schema = schema;
    const layout = new Layout(schema.tables, welcome.rows);
    const replica = new Replica(layout);
    this.replica = replica;
    this.tables = tablesOf(schema, layout, { cell: (index) => replica.values[index]! });
    this.clock = new ServerClock(welcome.tickHz, welcome.tick, nowMs);
    this.#inputs = inputs;
    this.#statistics = statistics;
    this.#history = new History(layout, welcome.tickHz);
    this.#playback = new Playback(this.clock.tickMs);
    this.#own = new SteadyHand(this.clock.tickMs, OWN_JUMP_TICKS, OWN_SLEW);
    this.#view = new View(layout, this.#history, replica);
    this.#drawn = viewOf(this.#view, schema, layout);
  }

  /** Predict the own row with this twin from now on; null for not at all. */
  predictWith(twin: Twin | null, nowMs: number): void {
    this.#prediction = null;
    const schema = this.schema.tables.find((table) => table.name === twin?.table);
    if (twin !== null && schema !== undefined && this.welcome.seat >= 0) {
      const span = this.replica.layout.span(twin.table);
      this.#prediction = new Prediction(twin, this.#inputs, schema, span, this.welcome.seat);
      // Of no known round: the settings may be others, and the next state puts the player elsewhere by their rules.
      if (this.replica.tick >= 0) this.#prediction.receiveState(this.replica, { ...this.#facts(), round: -1 }, nowMs);
    }
    this.#view.predictWith(this.#prediction);
  }

  /** A keyframe. Throws OutOfStep when it is none of this session's. */
  receiveKeyframe(tick: number, values: readonly number[], rates: readonly number[], nowMs: number): void {
    this.replica.loadKeyframe(tick, values, rates);
    this.#takeState(nowMs, false);
  }

  /** A delta. Throws OutOfStep when it does not fit the copy. */
  receiveDelta(tokens: readonly unknown[], nowMs: number): void {
    this.replica.applyDelta(tokens);
    this.#takeState(nowMs, true);
  }

  /** A pong for the ping that was sent at `sentMs`. */
  receivePong(pong: Pong, sentMs: number, nowMs: number): void {
    const { roundTripMs, wayThereTicks } = this.clock.receivePong(pong, sentMs, nowMs);
    this.#lead.receiveWay(wayThereTicks);
    this.#statistics.receiveRoundTrip(roundTripMs);
  }

  /** Where the own player lives: ahead of the server by the way there. Null until that is known. */
  ownTick(nowMs: number): number | null {
    const lead = this.#lead.ticks;
    if (lead === null) return null;
    this.#statistics.leadTicks = lead;
    return this.#own.follow(this.clock.tickAt(nowMs) + lead, nowMs);
  }

  /** An input was told that names `tick`: it holds from there on. */
  noteTold(tick: number, nowMs: number): void {
    this.#prediction?.holdFrom(tick, nowMs);
  }

  /** What to draw now; null before the first state. Read it at once: the object is used again. */
  view(nowMs: number): ViewOf<Game> | null {
    const serverTick = this.clock.tickAt(nowMs);
    if (this.#history.at(this.#playback.tickAt(serverTick, nowMs), nowMs) === null) return null;
    this.#statistics.delayTicks = this.#playback.delayTicks;
    this.#view.predicting = this.#prediction?.advanceTo(this.ownTick(nowMs) ?? serverTick, nowMs) ?? false;
    return this.#drawn;
  }

  /** A column of the session's own row in the newest state. */
  session(column: keyof typeof SessionColumn): number {
    return this.replica.values[this.replica.layout.span("session").first + SessionColumn[column]]!;
  }

  #takeState(nowMs: number, mayJudge: boolean): void {
    const { replica, clock } = this;
    clock.receiveTick(replica.tick, nowMs);
    this.#playback.receiveFrame(replica.tick, clock.tickAt(nowMs));
    this.#history.record(replica, nowMs);
    if (this.welcome.seat < 0) return;
    this.#readStamp(mayJudge);
    const verdict = this.#prediction?.receiveState(replica, this.#facts(), nowMs);
    if (verdict && !verdict.moved) this.#statistics.receiveCorrection(verdict.correction);
  }

  #readStamp(mayJudge: boolean): void {
    const seats = this.replica.layout.span("seats");
    const stamp = this.replica.values[seats.first + this.welcome.seat * seats.width + SeatsColumn.stamp]!;
    if (stamp === this.#stamp) return;
    // A seat keeps its stamp while its player is away: the first one, and those of inputs from before, tell nothing now.
    // Nor does a keyframe, which says that an input was applied, but not when.
    const judged = this.#stamp !== null && mayJudge && stamp <= this.#inputs.lastTick;
    this.#stamp = stamp;
    const overtaken = this.#inputs.acknowledge(stamp);
    if (!judged) return;
    const late = this.#lead.receiveStamp(stamp, this.replica.tick);
    this.#statistics.inputs += 1 + overtaken;
    this.#statistics.lateInputs += overtaken + (late ? 1 : 0);
  }

  #facts(): SessionFacts {
    return {
      status: this.session("status"),
      round: this.session("round"),
      startsAt: this.session("startsAt"),
      endsAt: this.session("endsAt"),
    };
  }
}
