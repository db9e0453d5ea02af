/**
 * One session as a player sees it: the state, the people, what happened, and the inputs that go back.
 *
 * A socket's messages come in through `#receive`; whoever draws asks `view()` at each display frame.
 */

import type { Events, Hello, Member, Read, Results, ServerFact, Typing, Welcome } from "../generated/protocol.ts";
import type { ServerClock } from "./clock.ts";
import type { ServerMessage } from "./codec.ts";
import { Connection, type ConnectionState } from "./connection.ts";
import { askIdentity } from "./identity.ts";
import { Inputs } from "./inputs.ts";
import { Listeners } from "./listeners.ts";
import { LiveState } from "./live_state.ts";
import { Pinger } from "./pinger.ts";
import type { Quality } from "./quality.ts";
import { QualityWatch } from "./quality_watch.ts";
import { OutOfStep, type Replica } from "./replica.ts";
import { type AskOptions, type Question, Requests } from "./requests.ts";
import { Roster } from "./roster.ts";
import type { GameSchema } from "./schema.ts";
import type { SessionOptions } from "./session_options.ts";
import { Statistics } from "./statistics.ts";
import type { SessionSubjects } from "./subjects.ts";
import type { TablesOf } from "./tables.ts";
import { Talk } from "./talk.ts";
import type { ViewOf } from "./view.ts";

const RESYNC_MS = 1100; // the server answers one a second
const DESCRIBE_AGAIN_MS = 5000; // playing without prediction is no fun, and the server was only busy, or out of reach
const NOT_AUTHENTICATED = 4001;
const INPUT_TOO_EARLY = 5;

/** Values of a game's input fields by name. */
export type InputOf<Game extends GameSchema> = Partial<Record<Game["inputs"][number]["name"], number>>;

export class Session<Game extends GameSchema = GameSchema> extends Listeners<SessionSubjects> {
  readonly code: string;
  readonly nickname: string;
  readonly schema: Game;
  readonly statistics = new Statistics();
  readonly #options: SessionOptions<Game>;
  readonly #connection: Connection;
  readonly #requests = new Requests((question) => this.#connection.send(question));
  readonly #inputs: Inputs;
  readonly #pinger: Pinger;
  readonly #watch: QualityWatch;
  readonly #roster = new Roster((name, subject) => this.tell(name, subject));
  readonly #talk = new Talk();
  #live: LiveState<Game> | null = null;
  #settings: Readonly<Record<string, number>> = {};
  #token: string | null;
  #results: Results | null = null;
  #dropped: { readonly atMs: number; readonly player: number } | null = null;
  #inputTimer: ReturnType<typeof setInterval> | undefined;
  #twinTimer: ReturnType<typeof setTimeout> | undefined;
  #lastResyncMs = Number.NEGATIVE_INFINITY;

  constructor(options: SessionOptions<Game>) {
    super();
    const { code, nickname, schema } = options;
    this.#options = options;
    this.code = code;
    this.nickname = nickname;
    this.schema = schema;
    this.#token = options.token ?? null;
    this.#inputs = new Inputs(
      schema.inputs.map(() => 0),
      schema.inputs.map((field) => field.default),
    );
    this.#connection = new Connection({
      address: options.address,
      hello: () => this.#hello(),
      onState: (state) => this.#connectionChanged(state),
      onMessage: (message) => this.#receive(message),
      onNetwork: () => this.#watch.judge(),
      openSocket: options.openSocket,
      random: options.random,
      environment: options.environment,
    });
    this.#pinger = new Pinger((echo) => this.#connection.send({ kind: "ping", echo }));
    this.#watch = new QualityWatch(this.#connection, this.statistics, (quality) => this.tell("quality", quality));
  }

  // --- what there is -----------------------------------------------------------------------------------------------

  get connection(): ConnectionState {
    return this.#connection.state;
  }

  /** How good the connection is for playing; quality.ts has the limits. */
  get quality(): Quality {
    return this.#watch.quality;
  }

  /** What the server said at the last welcome; null before the first. */
  get welcome(): Welcome | null {
    return this.#live?.welcome ?? null;
  }

  /** Number of the own seat; -1 for none. */
  get seat(): number {
    return this.#live?.welcome.seat ?? -1;
  }

  /** Without a seat: by the own wish, or because the session had none for who came late. */
  get watching(): boolean {
    return this.#live === null ? (this.#options.watch ?? false) : this.seat < 0;
  }

  /** The own line in `players`; null while watching, and before the first welcome. */
  get me(): Member | null {
    return this.players.get(this.#live?.welcome.player ?? 0) ?? null;
  }

  /** Who has a seat, by player id. */
  get players(): ReadonlyMap<number, Member> {
    return this.#roster.players;
  }

  /** Who looks on without a seat: nicknames by person. Another map after each change. */
  get watchers(): ReadonlyMap<number, string> {
    return this.#roster.watchers;
  }

  /** The newest facts of the chat, oldest first, for whoever comes to hear of them later. */
  get talk(): Iterable<ServerFact> {
    return this.#talk.facts;
  }

  /** Player id of the host; 0 for none. */
  get host(): number {
    return this.#live?.session("host") ?? 0;
  }

  /** What is being played: the game's settings and the round's, as the server has them now. */
  get settings(): Readonly<Record<string, number>> {
    return this.#settings;
  }

  /** Of the round that ended last, since we are here; null before. */
  get results(): Results | null {
    return this.#results;
  }

  /** The newest state, table by table; zeros before the first. Throws RangeError before the first welcome. */
  get state(): TablesOf<Game> {
    if (this.#live === null) throw new RangeError("there is no state before the first welcome");
    return this.#live.tables;
  }

  /** The same as raw cells; null before the first welcome. */
  get replica(): Replica | null {
    return this.#live?.replica ?? null;
  }

  /** The server's clock as far as it is known here; null before the first welcome. */
  get clock(): ServerClock | null {
    return this.#live?.clock ?? null;
  }

  /** With this, `client.resume` has the seat again, in another life of the page; null for no seat. */
  get resumeKey(): string | null {
    return this.#token === null ? null : `${this.code}.${this.#token}`;
  }

  /** What to draw now; null before the first state. Read it at once: the object is used again. */
  view(): ViewOf<Game> | null {
    return this.#live?.view(performance.now()) ?? null;
  }

  // --- what can be done --------------------------------------------------------------------------------------------

  /** Join, or come back after `closed`. */
  open(): void {
    this.#connection.open();
  }

  /** Do not wait for the next attempt; after `closed`, begin anew. */
  reconnect(): void {
    if (this.connection.name === "closed") this.#connection.open();
    else this.#connection.retryNow();
  }

  /** Hold these input values from now on, rounded and kept within the game's bounds; those not named are at their default. */
  setInput(values: InputOf<Game>): void {
    const given = values as Readonly<Record<string, number | undefined>>;
    this.#inputs.hold(
      this.schema.inputs.map(({ name, minimum, maximum, default: usual }) =>
        Math.min(maximum, Math.max(minimum, Math.round(given[name] ?? usual) || 0)),
      ),
    );
    this.#sendInput();
  }

  /** Ask for an action of the game, or one of the session's; resolves to its tick, rejects with `Refused`. */
  request(
    action: string,
    given: readonly number[] | Record<string, number> = [],
    options?: AskOptions,
  ): Promise<number> {
    return this.ask({ kind: "request", action, arguments: [...this.#argumentsOf(action, given)] }, options);
  }

  /** The same without waiting for the answer; false when it could not be sent. */
  send(action: string, given: readonly number[] | Record<string, number> = []): boolean {
    if (this.connection.name !== "live") return false;
    this.request(action, given, { queue: false }).catch(() => undefined); // the `fact` tells whoever wants to know
    return true;
  }

  /** Ask with any message that is answered by a reply. */
  ask(question: Question, options?: AskOptions): Promise<number> {
    return this.#requests.ask(question, options);
  }

  /** Say what is never answered; false when it could not be sent. */
  post(message: Typing | Read): boolean {
    return this.#connection.send(message);
  }

  /** Give the seat up and end. */
  leave(): void {
    this.#connection.send({ kind: "leave" });
    this.#token = null;
    this.#connection.close(4000, "left");
  }

  /** End without giving the seat up: it is kept for the grace time. */
  disconnect(): void {
    this.#connection.close();
  }

  // --- from the server ---------------------------------------------------------------------------------------------

  #receive(message: ServerMessage): void {
    const nowMs = performance.now();
    if (message.kind === "delta") this.#takeDelta(message.tokens, nowMs);
    else if (message.kind === "keyframe") {
      this.#takeState((live) => live.receiveKeyframe(message.tick, message.values, message.rates, nowMs));
    } else {
      this.#receiveFact(message, nowMs);
      this.tell("fact", message);
    }
  }

  #receiveFact(fact: ServerFact, nowMs: number): void {
    switch (fact.kind) {
      case "welcome":
        this.#beWelcome(fact, nowMs);
        break;
      case "events":
        this.#tellEvents(fact);
        break;
      case "reply":
        this.#requests.receive(fact);
        break;
      case "pong": {
        const sentMs = this.#pinger.receivePong(fact);
        if (sentMs !== null) this.#live?.receivePong(fact, sentMs, nowMs);
        break;
      }
      case "results":
        this.#results = fact;
        this.tell("results", fact);
        break;
      case "settings":
        this.#settings = fact.settings;
        this.#makeTwin();
        this.tell("settings", fact.settings);
        break;
      case "error":
        if (fact.code === INPUT_TOO_EARLY) this.#correctInputs(nowMs);
        this.tell("error", fact);
        break;
      case "watching":
        this.#roster.changeWatchers(fact);
        break;
      case "history":
      case "said":
      case "revised":
      case "read":
        this.#talk.receive(fact);
        break;
      case "joined":
      case "left":
      case "dropped":
      case "resumed":
        this.#roster.changePlayers(fact);
        break;
    }
  }

  #beWelcome(welcome: Welcome, nowMs: number): void {
    this.#live = new LiveState(welcome, this.schema, this.#inputs, this.statistics, nowMs);
    this.#token = welcome.token || null;
    this.#settings = welcome.settings;
    this.#inputs.restart();
    this.#roster.restart(welcome);
    this.#makeTwin();
    if (this.connection.name === "live") this.#pinger.start(); // another seat, or none any more: the clock is new too
    this.tell("welcome", welcome);
    this.tell("players", this.players);
    this.tell("watchers", this.watchers);
    this.tell("settings", welcome.settings);
  }

  /** A twin for the session as it is now. Until it is there, and where it cannot be had, the own row is interpolated. */
  #makeTwin(): void {
    const live = this.#live;
    const { twin, describe } = this.#options;
    if (live === null || twin === undefined || describe === undefined) return;
    live.predictWith(null, performance.now());
    const settings = this.#settings;
    describe().then(
      (assets) => {
        if (settings === this.#settings)
          live.predictWith(twin({ assets, settings, tickHz: live.welcome.tickHz }), performance.now());
      },
      () => {
        if (settings !== this.#settings || this.connection.name !== "live") return; // who made them others asks again
        clearTimeout(this.#twinTimer);
        this.#twinTimer = setTimeout(() => this.#makeTwin(), DESCRIBE_AGAIN_MS);
      },
    );
  }

  #takeDelta(tokens: readonly unknown[], nowMs: number): void {
    // Until the keyframe comes, deltas are of no use; ask again if it does not.
    if (this.#live && this.#live.replica.tick < 0) this.#askForKeyframe(0, 0);
    else this.#takeState((live) => live.receiveDelta(tokens, nowMs));
  }

  #takeState(apply: (live: LiveState<Game>) => void): void {
    const live = this.#live;
    if (live === null) return;
    try {
      apply(live);
    } catch (error) {
      if (!(error instanceof OutOfStep)) throw error;
      this.#askForKeyframe(error.tick, error.checksum);
      return;
    }
    this.tell("state", live.replica.tick);
  }

  #askForKeyframe(tick: number, checksum: number): void {
    const now = performance.now();
    if (now - this.#lastResyncMs < RESYNC_MS) return;
    this.#lastResyncMs = now;
    this.statistics.resyncs += 1;
    this.#connection.send({ kind: "resync", tick, checksum });
  }

  #tellEvents({ tick, events }: Events): void {
    for (const [kind, ...values] of events) {
      const schema = this.schema.events[kind!];
      if (schema === undefined) continue; // the fingerprint covers the kinds, so that there is none
      const fields = Object.fromEntries(schema.fields.map((name, position) => [name, values[position] ?? 0]));
      this.tell("event", { tick, kind: kind!, name: schema.name, fields });
    }
  }

  // --- to the server -----------------------------------------------------------------------------------------------

  #hello(): Hello | Promise<Hello> {
    const { password } = this.#options;
    const say = (identity: string | null): Hello => ({
      kind: "hello",
      fingerprint: this.schema.fingerprint,
      nickname: this.nickname,
      token: this.#token,
      bot: false,
      watch: this.watching,
      password: (typeof password === "function" ? password() : password) ?? null,
      identity,
    });
    const identity = askIdentity(this.#options.identity);
    return identity instanceof Promise ? identity.then(say) : say(identity);
  }

  #connectionChanged(state: ConnectionState): void {
    clearInterval(this.#inputTimer);
    clearTimeout(this.#twinTimer);
    this.#pinger.stop();
    this.#watch.stop();
    if (state.name === "closed" && state.code === NOT_AUTHENTICATED && this.#token !== null) {
      this.#token = null; // the seat is somebody else's by now
      if (this.#options.rejoin ?? true) {
        this.#connection.open();
        return;
      }
    }
    this.#requests.follow(state.name);
    if (state.name === "live") this.#beLive();
    this.#watch.judge();
    this.#tellLife(state);
    if (state === this.connection) this.tell("connection", state);
  }

  #beLive(): void {
    this.#pinger.start();
    this.#watch.start();
    // Looked at every tick: what could not be named yet, and the heartbeat.
    this.#inputTimer = setInterval(() => this.#sendInput(), this.#live!.clock.tickMs);
  }

  /** Drop, resume and leave: three different things. Whoever heard of something before may have changed the state since. */
  #tellLife(state: ConnectionState): void {
    if (state.name === "closed") {
      this.#dropped = null;
      this.tell("leave", { code: state.code, reason: state.reason, retryable: state.retryable });
    } else if (state !== this.connection) return;
    else if (state.name === "reconnecting" && this.#dropped === null && this.#live !== null) {
      this.#dropped = { atMs: performance.now(), player: this.#live.welcome.player };
      this.tell("drop", { attempt: state.attempt, retryInMs: state.retryInMs });
    } else if (state.name === "live" && this.#dropped !== null) {
      const { atMs, player } = this.#dropped;
      this.#dropped = null;
      this.statistics.reconnects += 1;
      this.tell("resume", { awayMs: performance.now() - atMs, sameSeat: player === this.#live?.welcome.player });
    }
  }

  /** The clock is ahead of the server's: look at it at once, and say again what is held. */
  #correctInputs(nowMs: number): void {
    this.#inputs.refuse(nowMs);
    this.#live?.noteTold(this.#inputs.acknowledged + 1, nowMs);
    this.#pinger.ping();
  }

  #sendInput(): void {
    const live = this.#live;
    if (live === null || live.welcome.seat < 0 || this.connection.name !== "live") return;
    const nowMs = performance.now();
    const ownTick = live.ownTick(nowMs);
    if (ownTick === null) return; // before the first pong nobody knows which tick to name
    const mostAhead = live.clock.tickAt(nowMs) + live.welcome.maxLeadTicks - 1;
    const input = this.#inputs.next(Math.min(ownTick, mostAhead), nowMs);
    if (input === null) return;
    this.#connection.send(input);
    live.noteTold(input.tick, nowMs);
  }

  #argumentsOf(action: string, given: readonly number[] | Record<string, number>): readonly number[] {
    if (Array.isArray(given)) return given as readonly number[];
    const named = given as Readonly<Record<string, number>>;
    const fields = this.schema.actions[action];
    if (fields === undefined) return Object.values(named); // one of the session's own: at most one argument, or in order
    return fields.map((field) => named[field.name] ?? field.default);
  }
}
