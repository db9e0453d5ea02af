/**
 * One session as a player sees it: the state, the roster, what happened, and the inputs that go back.
 *
 * A socket's messages come in through `#receive`; whoever draws asks `moment()` at each display frame.
 */

import {
  type Error as ErrorFact,
  type Events,
  type Member,
  type Results,
  SeatsColumn,
  SessionColumn,
  type Welcome,
} from "../generated/protocol.ts";
import { ServerClock } from "./clock.ts";
import type { DeltaMessage, ServerMessage } from "./codec.ts";
import { Connection, type ConnectionOptions, type ConnectionState } from "./connection.ts";
import { History, type Moment } from "./history.ts";
import { Inputs } from "./inputs.ts";
import { Layout } from "./layout.ts";
import { Lead } from "./lead.ts";
import { Listeners } from "./listeners.ts";
import { Playback } from "./playback.ts";
import { OutOfStep, Replica } from "./replica.ts";
import { Requests } from "./requests.ts";
import type { GameSchema } from "./schema.ts";

const PING_MS = 2000;
const FIRST_PINGS = 4; // in quick succession, for a good clock from the start
const FIRST_PING_MS = 120;
const RESYNC_MS = 1100; // the server answers one a second
const NOT_AUTHENTICATED = 4001;
const INPUT_TOO_EARLY = 5;

export interface SessionOptions {
  /** Where the server is: "https://play.example". */
  readonly server: string;
  readonly code: string;
  readonly nickname: string;
  readonly game: GameSchema;
  /** The token of a seat that was ours, to have it again. */
  readonly token?: string | null;
  readonly openSocket?: ConnectionOptions["openSocket"];
  readonly random?: () => number;
}

export interface SessionSubjects {
  connection: ConnectionState;
  welcome: Welcome;
  /** A new state; its tick. */
  state: number;
  events: Events;
  roster: ReadonlyMap<number, Member>;
  joined: { readonly member: Member };
  left: { readonly member: Member; readonly cause: string };
  results: Results;
  error: ErrorFact;
}

/** Everything that one welcome starts anew. */
interface Seated {
  readonly welcome: Welcome;
  readonly replica: Replica;
  readonly clock: ServerClock;
  readonly history: History;
  readonly playback: Playback;
  readonly lead: Lead;
}

export class Session extends Listeners<SessionSubjects> {
  readonly options: SessionOptions;
  readonly #connection: Connection;
  readonly #requests = new Requests((request) => this.#connection.send(request));
  readonly #inputs: Inputs;
  readonly #roster = new Map<number, Member>();
  #seated: Seated | null = null;
  #token: string | null;
  #stamp: number | null = null; // null until the first state after a welcome
  #timers: ReturnType<typeof setInterval>[] = [];
  #lastResyncMs = Number.NEGATIVE_INFINITY;
  #pings = new Map<number, number>(); // echo, sent at: at most a handful
  #lastEcho = 0;

  constructor(options: SessionOptions) {
    super();
    this.options = options;
    this.#token = options.token ?? null;
    this.#inputs = new Inputs(options.game.inputs.map((field) => field.default));
    const { openSocket, random } = options;
    this.#connection = new Connection({
      address: () => `${options.server.replace(/^http/, "ws")}/ws/${options.code}`,
      hello: () => ({
        kind: "hello",
        fingerprint: options.game.fingerprint,
        nickname: options.nickname,
        token: this.#token,
      }),
      onState: (state) => this.#connectionChanged(state),
      onMessage: (message) => this.#receive(message),
      ...(openSocket && { openSocket }),
      ...(random && { random }),
    });
  }

  /** Join, or come back after `closed`. */
  open(): void {
    this.#connection.open();
  }

  get connection(): ConnectionState {
    return this.#connection.state;
  }

  /** What the server said at the last welcome; null before the first. */
  get welcome(): Welcome | null {
    return this.#seated?.welcome ?? null;
  }

  /** The newest state; null before the first welcome. */
  get replica(): Replica | null {
    return this.#seated?.replica ?? null;
  }

  get clock(): ServerClock | null {
    return this.#seated?.clock ?? null;
  }

  /** By player id. */
  get roster(): ReadonlyMap<number, Member> {
    return this.#roster;
  }

  /** Resumes the seat in another life of the page. */
  get token(): string | null {
    return this.#token;
  }

  /** The state to draw now; null before the first. Read it at once: the object is used again. */
  moment(): Moment | null {
    if (this.#seated === null) return null;
    const { clock, history, playback } = this.#seated;
    const now = performance.now();
    return history.at(playback.tickAt(clock.tickAt(now), now));
  }

  /** Hold these input values from now on. */
  setInput(values: readonly number[]): void {
    this.#inputs.hold(values);
    this.#sendInput();
  }

  /** Request an action of the game, or `start`; resolves to its tick, rejects with `Refused`. */
  request(action: string, ...given: number[]): Promise<number> {
    return this.#requests.ask(action, given);
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
    switch (message.kind) {
      case "welcome":
        this.#beSeated(message);
        break;
      case "keyframe":
        this.#takeState((replica) => replica.loadKeyframe(message.tick, message.values, message.rates));
        break;
      case "delta":
        this.#takeDelta(message);
        break;
      case "events":
        this.tell("events", message);
        break;
      case "reply":
        this.#requests.receive(message);
        break;
      case "pong":
        this.#receivePong(message);
        break;
      case "results":
        this.tell("results", message);
        break;
      case "error":
        if (message.code === INPUT_TOO_EARLY) this.#correctInputs();
        this.tell("error", message);
        break;
      case "closing":
        break; // the connection keeps it for the close that follows
      default:
        this.#changeRoster(message);
    }
  }

  #beSeated(welcome: Welcome): void {
    const now = performance.now();
    this.#token = welcome.token;
    this.#seated = {
      welcome,
      replica: new Replica(new Layout(this.options.game.tables, welcome.rows)),
      clock: new ServerClock(welcome.tickHz, welcome.tick, now),
      history: new History(welcome.tickHz),
      playback: new Playback(),
      lead: new Lead(),
    };
    this.#stamp = null;
    this.#inputs.restart();
    this.#roster.clear();
    for (const member of welcome.roster) this.#roster.set(member.player, member);
    this.tell("welcome", welcome);
    this.tell("roster", this.#roster);
  }

  #takeDelta(message: DeltaMessage): void {
    // Until the keyframe comes, deltas are of no use; ask again if it does not.
    if (this.#seated && this.#seated.replica.tick < 0) this.#askForKeyframe(0, 0);
    else this.#takeState((replica) => replica.applyDelta(message.tokens));
  }

  #takeState(apply: (replica: Replica) => void): void {
    if (this.#seated === null) return;
    const { replica, clock, history, playback } = this.#seated;
    try {
      apply(replica);
    } catch (error) {
      if (!(error instanceof OutOfStep)) throw error;
      this.#askForKeyframe(error.tick, error.checksum);
      return;
    }
    const now = performance.now();
    clock.receiveTick(replica.tick, now);
    playback.receiveFrame(replica.tick, clock.tickAt(now));
    history.record(replica);
    this.#readStamp(this.#seated);
    this.tell("state", replica.tick);
  }

  #readStamp({ replica, welcome, lead }: Seated): void {
    const seats = replica.layout.span("seats");
    const stamp = replica.values[seats.first + welcome.seat * seats.width + SeatsColumn.stamp]!;
    if (stamp === this.#stamp) return;
    // A seat keeps its stamp while its player is away: the first one, and those of inputs from before, tell nothing now.
    if (this.#stamp !== null && stamp <= this.#inputs.lastTick) lead.receiveStamp(stamp, replica.tick);
    this.#stamp = stamp;
    this.#inputs.acknowledge(stamp);
  }

  #askForKeyframe(tick: number, checksum: number): void {
    const now = performance.now();
    if (now - this.#lastResyncMs < RESYNC_MS) return;
    this.#lastResyncMs = now;
    this.#connection.send({ kind: "resync", tick, checksum });
  }

  #changeRoster(message: Extract<ServerMessage, { kind: "joined" | "left" | "dropped" | "resumed" }>): void {
    if (message.kind === "joined") {
      this.#roster.set(message.member.player, message.member);
      this.tell("joined", message);
    } else if (message.kind === "left") {
      const member = this.#roster.get(message.player);
      this.#roster.delete(message.player);
      if (member) this.tell("left", { member, cause: message.cause });
    } else {
      const member = this.#roster.get(message.player);
      if (member) this.#roster.set(message.player, { ...member, connected: message.kind === "resumed" });
    }
    this.tell("roster", this.#roster);
  }

  #receivePong(pong: Extract<ServerMessage, { kind: "pong" }>): void {
    const sentMs = this.#pings.get(pong.echo);
    this.#pings.delete(pong.echo);
    if (sentMs !== undefined) this.#seated?.clock.receivePong(pong, sentMs, performance.now());
  }

  // --- to the server -----------------------------------------------------------------------------------------------

  #connectionChanged(state: ConnectionState): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    if (state.name === "live") {
      this.#pings.clear();
      for (let count = 0; count < FIRST_PINGS; count++) {
        this.#timers.push(setTimeout(() => this.#ping(), count * FIRST_PING_MS));
      }
      this.#timers.push(setInterval(() => this.#ping(), PING_MS));
      // Checked every tick: what could not be named yet, and the heartbeat.
      this.#timers.push(setInterval(() => this.#sendInput(), this.#seated!.clock.tickMs));
    } else {
      this.#requests.abandon();
    }
    if (state.name === "closed" && state.code === NOT_AUTHENTICATED && this.#token !== null) {
      this.#token = null; // the seat is somebody else's by now: join as anybody would
      this.#connection.open();
      return;
    }
    this.tell("connection", state);
  }

  #ping(): void {
    const echo = ++this.#lastEcho;
    if (this.#pings.size > 2 * FIRST_PINGS) this.#pings.clear(); // never answered
    if (this.#connection.send({ kind: "ping", echo })) this.#pings.set(echo, performance.now());
  }

  /** The clock is ahead of the server's: look at it at once, and say again what is held. */
  #correctInputs(): void {
    this.#inputs.refuse(performance.now());
    this.#ping();
  }

  #sendInput(): void {
    if (this.#seated === null || this.connection.name !== "live") return;
    const { clock, lead, welcome } = this.#seated;
    const now = performance.now();
    const serverTick = clock.tickAt(now);
    const named = lead.nameTick(serverTick, clock.roundTripMs / 2 / clock.tickMs);
    const input = this.#inputs.next(Math.min(named, Math.floor(serverTick) + welcome.maxLeadTicks), now);
    if (input) this.#connection.send(input);
  }
}

/** A column of the session's own row in the newest state. */
export function readSession(replica: Replica, column: keyof typeof SessionColumn): number {
  return replica.values[replica.layout.span("session").first + SessionColumn[column]]!;
}
