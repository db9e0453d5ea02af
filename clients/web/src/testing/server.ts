/** A server of one session of any game, played by the test: it seats who comes, and tells of the state that it is given. */

import type { ServerMessage } from "../core/codec.ts";
import type { GameSchema } from "../core/schema.ts";
import {
  type ChatMessage,
  CLOSE_CODES,
  type Closing,
  ERROR_CODES,
  type Hello,
  type Input,
  type Listing,
  type Member,
  type Pong,
  Presence,
  type Read,
  type Request,
  type Revise,
  type Say,
  type SeatsColumn,
  type SessionColumn,
  type Typing,
  type Welcome,
} from "../generated/protocol.ts";
import { answerRequest } from "./http.ts";
import { MockLobby } from "./lobby.ts";
import { Seating } from "./seating.ts";
import type { MockSocket } from "./socket.ts";
import { MockSockets } from "./sockets.ts";
import { type ChangeOptions, type Changes, type ColumnName, MockState, type TableName } from "./state.ts";
import { type Outcome, type Speaker, Talk } from "./talk.ts";
import { decodeClientMessage } from "./wire.ts";

const BEATS_A_SECOND = 5; // of `run()`; a real server speaks at least four times a second
const LONGEST_TICKS = 127; // that one delta can span
const GAME_REFUSED = 10;
const MOVED = 4016;
const WATCHING_SEAT = -1;
const SOMEBODY = 1_000_000; // an id that nobody has who is there

export interface MockServerOptions<G extends GameSchema> {
  /** The game's schema: `ARENA`, or your own. */
  readonly game: G;
  /** Default "K7P2QX". */
  readonly code?: string;
  /** Default 2. */
  readonly seats?: number;
  /** Rows of each table; those not named have a row a seat, `session` has one. */
  readonly rows?: Partial<Record<TableName<G>, number>>;
  /** Values that stand from the start; 0 elsewhere. */
  readonly state?: Changes<G>;
  /** The tick to begin with. Default 100. */
  readonly tick?: number;
  /** Default 30. */
  readonly tickHz?: number;
  /** Of the welcome; those of the schema that are not named have their default. */
  readonly settings?: Readonly<Record<string, number>>;
  /** What `GET /api/games/{name}` gives besides the schema, such as `{ maps: [...] }`. */
  readonly assets?: Readonly<Record<string, unknown>>;
  /**
   * True: it accepts, welcomes, answers pings, requests (all are granted), chat, resyncs and leaves by itself, and lets its
   * ticks run while somebody is connected. Default false: the test does it all.
   */
  readonly automatic?: boolean;
}

/** What of a welcome is to be other than the server would have it. */
export interface WelcomeOptions extends Partial<Omit<Welcome, "kind" | "rows">> {
  /** Whom to welcome. Default: the newest socket. */
  readonly socket?: MockSocket;
}

/**
 * A mock of the Tickroom server for tests of what is built on `@tickroom/client`. By hand:
 *
 *     const server = new MockServer({ game: ARENA });
 *     const client = new Client("http://play.test", { game: ARENA, openSocket: server.openSocket, fetch: server.fetch });
 *     const joining = client.joinByCode(server.code);
 *     await server.asked();                                     // the client has asked for a socket
 *     server.welcome();
 *     const session = await joining;
 *     server.change({ players: { 0: { x: 480 } } });            // session.state.players.at(0).x is 480
 *     server.tell({ kind: "left", player: 2, seat: 1, cause: "left" });
 *     server.drop();                                            // session.connection.name is "reconnecting"
 *
 * With `automatic: true` everything up to `change` is done by the server. It needs no faked clock and minds none: nothing
 * waits for a timer but `run()`, which takes whatever `setInterval` and `performance` there are.
 */
export class MockServer<G extends GameSchema = GameSchema> extends MockSockets {
  readonly game: G;
  readonly code: string;
  readonly seats: number;
  readonly tickHz: number;
  readonly settings: Readonly<Record<string, number>>;
  readonly assets: Readonly<Record<string, unknown>>;
  /** Who asked for the list of sessions. It has this one session when `automatic`. */
  readonly lobby = new MockLobby();
  readonly #talk = new Talk();
  readonly #state: MockState<G>;
  readonly #seating: Seating;
  readonly #automatic: boolean;
  readonly #welcomed = new Map<MockSocket, Welcome>();
  #stamps: { readonly seat: number; readonly tick: number }[] = []; // inputs that wait for their tick
  #beat: ReturnType<typeof setInterval> | undefined;
  #began = { tick: 0, atMs: 0 }; // where `run()` began

  constructor(options: MockServerOptions<G>) {
    super();
    const { game, code = "K7P2QX", seats = 2, rows = {}, tick = 100, tickHz = 30 } = options;
    this.game = game;
    this.code = code;
    this.seats = seats;
    this.tickHz = tickHz;
    this.assets = options.assets ?? {};
    const defaults = Object.fromEntries(game.settings.map((field) => [field.name, field.default]));
    this.settings = { ...defaults, ...options.settings };
    this.#automatic = options.automatic ?? false;
    this.#seating = new Seating(seats);
    this.#state = new MockState(game, seats, rows, tick);
    if (options.state) this.#state.set(options.state);
  }

  /** The server over HTTP, for whoever takes a `fetch`: creates, finds, lists and describes this one session. */
  readonly fetch: typeof fetch = async (input, request) => answerRequest(this, input, request);

  /** Who is there, by player id. */
  get members(): ReadonlyMap<number, Member> {
    return this.#seating.members;
  }

  /** Who looks on: nicknames by person. */
  get watchers(): ReadonlyMap<number, string> {
    return this.#seating.watchers;
  }

  /** What was said and is not deleted, oldest first. */
  get lines(): ChatMessage[] {
    return [...this.#talk.lines.values()];
  }

  /** The newest tick. */
  get tick(): number {
    return this.#state.tick;
  }

  /** A value of the state as it is now. Throws RangeError for what the schema does not have. */
  value<Name extends TableName<G>>(table: Name, row: number, column: ColumnName<G, Name>): number {
    return this.#state.value(table, row, column);
  }

  /** The sockets that were welcomed and are still open. */
  get welcomed(): MockSocket[] {
    return [...this.#welcomed.keys()].filter((socket) => socket.readyState === 1);
  }

  /**
   * Accept the newest socket, seat its client as its hello asks, and send the welcome and a keyframe.
   *
   * A token from an earlier welcome brings its seat back; else it is the first free one, and all others are told. On a socket
   * that was welcomed before, `seat` -1 makes a player a watcher, and another one the other way round. Throws RangeError
   * when no seat is free, and when the client has not said hello.
   */
  welcome({ socket = this.socket, ...wishes }: WelcomeOptions = {}): Welcome {
    socket.accept();
    const hello = socket.sentOfKind("hello").at(-1);
    if (hello === undefined) throw new RangeError("no hello came: the client said none when its socket was open");
    const before = this.#welcomed.get(socket);
    this.#welcomed.delete(socket); // what the others are told, it is not
    const watches = (wishes.seat ?? before?.seat ?? (hello.watch ? WATCHING_SEAT : 0)) < 0;
    const same = before && { player: before.player };
    const taken = watches ? this.#watch(hello, { ...same, ...wishes }) : this.#take(hello, { ...same, ...wishes });
    const welcome: Welcome = {
      kind: "welcome",
      code: this.code,
      tick: this.tick,
      tickHz: this.tickHz,
      game: this.game.game,
      rows: [...this.#state.rows],
      settings: { ...this.settings },
      maxLeadTicks: this.tickHz,
      graceTicks: 30 * this.tickHz,
      roster: [...this.members.values()],
      watchers: [...this.watchers],
      host: this.value("session", 0, "host"),
      ...taken,
      ...wishes,
    };
    this.#welcomed.set(socket, welcome);
    socket.say(welcome);
    if (this.#automatic || this.lines.length > 0) socket.say(this.#talk.history(watches));
    socket.say(this.#state.keyframe());
    if (this.#automatic) this.run();
    return welcome;
  }

  /** Advance a tick (while it runs, to now), set values by table, row and column, and tell all: see `MockState.change`. */
  change(changes: Changes<G>, options: ChangeOptions = {}): void {
    const ticks = options.ticks ?? Math.min(Math.max(1, this.#dueTick() - this.tick), LONGEST_TICKS);
    this.tell(this.#state.change(changes, { ...options, ticks }));
  }

  /** `ticks` go by, 1 to 127, in which nothing happens that a client does not foresee. */
  pass(ticks = 1, options?: Omit<ChangeOptions, "ticks">): void {
    this.change({}, { ...options, ticks });
  }

  /** Send the whole state, to all or to one. */
  keyframe(socket?: MockSocket): void {
    this.tell(this.#state.keyframe(), socket);
  }

  /** Say something to every client that was welcomed, or to one. */
  tell(message: ServerMessage, socket?: MockSocket): void {
    for (const listener of socket ? [socket] : this.welcomed) listener.say(message);
  }

  /** An event of the game, by its name and fields in the schema; fields that are not named are 0. */
  happen(name: G["events"][number]["name"], fields: Readonly<Record<string, number>> = {}): void {
    const kind = this.game.events.findIndex((event) => event.name === name);
    const event = this.game.events[kind];
    if (event === undefined) throw new RangeError(`the game ${this.game.game} has no event ${name}`);
    const values = event.fields.map((field) => fields[field] ?? 0);
    this.tell({ kind: "events", tick: this.tick, events: [[kind, ...values]] });
  }

  /** Somebody says something in the chat: `nickname`, or the one who has the id `person`. All hear it. */
  say(
    text: string,
    { nickname, person = SOMEBODY, channel = 0, atMs = Date.now() }: Partial<ChatMessage> = {},
  ): ChatMessage {
    const name = nickname ?? this.members.get(person)?.nickname ?? this.watchers.get(person) ?? "Somebody";
    const said = this.#talk.add({ person, nickname: name, channel, text, tick: this.tick, atMs, edited: false });
    this.#spread(said, channel);
    return said.message;
  }

  /** This session as the lobby lists it. */
  listing(): Listing {
    const { code, game, seats, members, tickHz, settings } = this;
    const connected = [...members.values()].filter((member) => member.connected).length;
    const counts = { seats, players: members.size, connected, watchers: this.watchers.size };
    return {
      code,
      game: game.game,
      status: this.value("session", 0, "status"),
      ...counts,
      tickHz,
      settings: { ...settings },
    };
  }

  /** Answer the newest client's request: the newest one without `id`. `reason` other than "ok" refuses it. */
  reply(reason = "ok", id: number = this.socket.sentOfKind("request").at(-1)?.id ?? 0): void {
    this.tell({ kind: "reply", id, code: errorCodeOf(reason), reason, tick: this.tick }, this.socket);
  }

  /** The newest socket breaks, or with a code the server closes it; with one from 4000 on it says so before. */
  drop(code = 1006, reason = reasonOf(code), socket: MockSocket = this.socket): void {
    if (code >= 4000) socket.say({ kind: "closing", code, reason, retryable: isRetryable(code) });
    this.#end(code, reason, socket);
  }

  /**
   * The session goes to another node, or never was at this one: its sockets, or the one given, are told so with the address
   * of that node, and closed with 4016. Whoever asks for that address is at this server again.
   */
  move(url: string, socket?: MockSocket): void {
    const moved: Closing = {
      kind: "closing",
      code: MOVED,
      reason: reasonOf(MOVED),
      retryable: isRetryable(MOVED),
      url,
    };
    for (const left of socket ? [socket] : this.sockets.filter(({ readyState }) => readyState < 2)) {
      left.accept();
      left.say(moved);
      this.#end(MOVED, moved.reason, left);
    }
  }

  override down(code?: number, reason?: string): void {
    super.down(code, reason);
    this.lobby.down(code, reason);
  }

  override up(): void {
    super.up();
    this.lobby.up();
  }

  /** Let ticks go by as time does, with heartbeats, until nobody is connected; the answer ends it before. */
  run(): () => void {
    const end = () => {
      clearInterval(this.#beat);
      this.#beat = undefined;
    };
    if (this.#beat !== undefined) return end;
    this.#began = { tick: this.tick, atMs: performance.now() };
    this.#beat = setInterval(() => {
      if (this.welcomed.length === 0) end();
      else this.#catchUp();
    }, 1000 / this.tickHz);
    return end;
  }

  protected override keep(socket: MockSocket): void {
    if (MockLobby.isFor(socket)) {
      this.#keepForLobby(socket);
      return;
    }
    super.keep(socket);
    if (!this.#automatic || this.isDown) return;
    socket.onSent = (message) => {
      // Later, as over a network: never within the client's own send().
      if (typeof message !== "string") void Promise.resolve().then(() => this.#answer(socket, message));
    };
    void Promise.resolve().then(() => socket.accept());
  }

  #keepForLobby(socket: MockSocket): void {
    this.lobby.keep(socket);
    if (!this.#automatic || this.isDown) return;
    socket.onSent = (message) => {
      if (typeof message !== "string") void Promise.resolve().then(() => this.#answer(socket, message));
    };
    void Promise.resolve().then(() => this.lobby.welcome([this.listing()], socket));
  }

  // --- by itself ---------------------------------------------------------------------------------------------------

  #answer(socket: MockSocket, bytes: Uint8Array): void {
    const message = decodeClientMessage(bytes);
    switch (message.kind) {
      case "hello":
        if (this.#hasSeatFor(message)) this.welcome({ socket });
        else this.drop(4005, reasonOf(4005), socket);
        break;
      case "ping":
        socket.say(this.#pong(message.echo));
        break;
      case "request":
        this.#answerRequest(socket, message);
        break;
      case "say":
      case "revise":
        this.#answerTalk(socket, message);
        break;
      case "typing":
      case "read":
        this.#pass(socket, message);
        break;
      case "resync":
        this.keyframe(socket);
        break;
      case "leave":
        this.#leave(socket);
        break;
      case "input":
        this.#stamp(socket, message);
    }
  }

  #answerRequest(socket: MockSocket, { id, action }: Request): void {
    if (action === "sit") this.welcome({ socket, seat: this.#seating.freeSeat() ?? WATCHING_SEAT });
    if (action === "stand") this.welcome({ socket, seat: WATCHING_SEAT });
    socket.say({ kind: "reply", id, code: 0, reason: "ok", tick: this.tick });
  }

  #answerTalk(socket: MockSocket, message: Say | Revise): void {
    const speaker = this.#speaker(socket);
    if (speaker === null) return;
    const outcome: Outcome =
      message.kind === "say"
        ? this.#talk.say(message, speaker, this.tick, Date.now())
        : this.#talk.revise(message, speaker, Date.now());
    const reason = typeof outcome === "string" ? outcome : "ok";
    if (typeof outcome !== "string") this.#spread(outcome, message.kind === "say" ? message.channel : 0);
    socket.say({ kind: "reply", id: message.id, code: errorCodeOf(reason), reason, tick: this.tick });
  }

  /** Tell the others who is writing, or has read. */
  #pass(socket: MockSocket, message: Typing | Read): void {
    const person = this.#welcomed.get(socket)?.player;
    if (person === undefined) return;
    if (message.kind === "read") this.#talk.reads.set(person, message.message);
    this.#spread({ ...message, person }, message.kind === "read" ? 0 : message.channel, socket);
  }

  /** Tell who hears this channel: those who watch, or all. */
  #spread(fact: ServerMessage, channel: number, but?: MockSocket): void {
    for (const socket of this.welcomed) {
      const watches = this.#welcomed.get(socket)!.seat < 0;
      if (socket !== but && (channel === 0 || watches)) socket.say(fact);
    }
  }

  #speaker(socket: MockSocket): Speaker | null {
    const welcome = this.#welcomed.get(socket);
    if (welcome === undefined) return null;
    const { player: person, seat } = welcome;
    const nickname = this.members.get(person)?.nickname ?? this.watchers.get(person) ?? "";
    const isHost = this.value("session", 0, "host" as ColumnName<G, TableName<G>>) === person;
    return { person, nickname, watches: seat < 0, isHost };
  }

  #end(code: number, reason: string, socket: MockSocket): void {
    socket.drop(code, reason);
    const welcome = this.#welcomed.get(socket);
    if (welcome && welcome.seat < 0) this.#watchNoMore(welcome.player);
  }

  #hasSeatFor(hello: Hello): boolean {
    return hello.watch === true || this.#seating.hasSeatFor(hello);
  }

  /** Where the ticks of `run()` are now; without it, where the state is. */
  #dueTick(): number {
    if (this.#beat === undefined) return this.tick;
    return this.#began.tick + Math.floor(((performance.now() - this.#began.atMs) * this.tickHz) / 1000);
  }

  /** The ticks that are due: a frame for each in which an input takes effect, else a heartbeat now and then. */
  #catchUp(): void {
    const heartbeat = Math.min(LONGEST_TICKS, Math.ceil(this.tickHz / BEATS_A_SECOND));
    const due = this.#dueTick();
    for (let tick = this.tick + 1; tick <= due; tick++) {
      const stamped = this.#stamps.filter((input) => input.tick <= tick);
      const ticks = tick - this.tick;
      if (stamped.length === 0 && ticks < heartbeat) continue;
      this.#stamps = this.#stamps.filter((input) => input.tick > tick);
      const rows = Object.fromEntries(stamped.map((input) => [input.seat, { stamp: input.tick }]));
      this.change(builtIn<G>({ seats: rows }), { ticks });
    }
  }

  #pong(echo: number): Pong {
    const due = this.#dueTick();
    const sinceMs = performance.now() - this.#began.atMs - ((due - this.#began.tick) * 1000) / this.tickHz;
    const isNow = this.#beat !== undefined && due >= this.tick;
    return { kind: "pong", echo, tick: Math.max(due, this.tick), ageUs: isNow ? Math.floor(1000 * sinceMs) : 0 };
  }

  #stamp(socket: MockSocket, { tick }: Input): void {
    const seat = this.#welcomed.get(socket)?.seat ?? -1;
    if (seat >= 0) this.#stamps.push({ seat, tick });
  }

  /** Seat whoever says this hello, and tell the others. */
  #take(hello: Hello, wishes: Partial<Welcome>): Pick<Welcome, "player" | "seat" | "token"> {
    if (wishes.player !== undefined) this.#watchNoMore(wishes.player);
    const { member, token, resumed } = this.#seating.take(hello, wishes);
    const { player, seat } = member;
    this.tell(resumed ? { kind: "resumed", player, seat } : { kind: "joined", member });
    const host = this.#state.value("session", 0, "host" as ColumnName<G, TableName<G>>) || player;
    const rows = builtIn<G>({ seats: { [seat]: { presence: Presence.Connected, player } }, session: { 0: { host } } });
    if (this.welcomed.length > 0) this.change(rows);
    else this.#state.set(rows); // nobody has seen it yet: no tick needs to go by
    return { player, seat, token };
  }

  #leave(socket: MockSocket): void {
    const welcome = this.#welcomed.get(socket);
    this.drop(4000, reasonOf(4000), socket);
    if (welcome !== undefined) this.#vacate(welcome, "left");
  }

  #vacate({ player }: Pick<Welcome, "player">, cause: string): void {
    const seat = this.members.get(player)?.seat;
    if (seat === undefined || !this.#seating.leave(player)) return;
    this.tell({ kind: "left", player, seat, cause });
    this.change(builtIn<G>({ seats: { [seat]: { presence: Presence.Empty, player: 0 } } }));
  }

  /** Let whoever says this hello look on, and tell the others. */
  #watch(hello: Hello, wishes: Partial<Welcome>): Pick<Welcome, "player" | "seat" | "token"> {
    if (wishes.player !== undefined) this.#vacate({ player: wishes.player }, "stood");
    const isKnown = wishes.player !== undefined && this.watchers.has(wishes.player);
    const player = this.#seating.watch(hello, wishes.player);
    if (!isKnown) this.tell({ kind: "watching", person: player, nickname: hello.nickname, on: true });
    return { player, seat: WATCHING_SEAT, token: "" };
  }

  #watchNoMore(person: number): void {
    const nickname = this.watchers.get(person);
    if (nickname === undefined) return;
    this.#seating.watchers.delete(person);
    this.tell({ kind: "watching", person, nickname, on: false });
  }
}

type Rows<Column extends string> = Readonly<Record<number, Partial<Record<Column, number>>>>;

// Every game has these two tables, which the type of a game that is not known yet cannot say.
function builtIn<G extends GameSchema>(changes: {
  readonly seats: Rows<keyof typeof SeatsColumn>;
  readonly session?: Rows<keyof typeof SessionColumn>;
}): Changes<G> {
  return changes as unknown as Changes<G>;
}

function errorCodeOf(reason: string): number {
  const known = Object.entries(ERROR_CODES).find(([, error]) => error.reason === reason);
  return known ? Number(known[0]) : GAME_REFUSED;
}

function reasonOf(code: number): string {
  return (CLOSE_CODES as Record<number, { reason: string }>)[code]?.reason ?? "";
}

function isRetryable(code: number): boolean {
  return (CLOSE_CODES as Record<number, { retryable: boolean }>)[code]?.retryable ?? false;
}
