/**
 * A session that is joined while somebody on the page wants it, and disconnected when nobody does any more.
 *
 * Whoever wants it later has the seat again that was kept meanwhile: each visit would else leave a seat behind that nobody
 * else can have for the grace time.
 */

import type { Client } from "../core/client.ts";
import type { ConnectionState } from "../core/connection.ts";
import { JoinRefused } from "../core/joining.ts";
import type { GameSchema } from "../core/schema.ts";
import type { Session } from "../core/session.ts";
import type { Reading } from "./reading.ts";
import { Shared } from "./shared.ts";

/** `idle`: no code. `live`: there is a state. `reconnecting`: it was live, and comes back by itself. */
export type SessionStatus = "idle" | "joining" | "live" | "reconnecting" | "closed";

export interface SessionStanding<Game extends GameSchema> {
  /** Null without a code, and as long as the game's schema must be asked for. */
  readonly session: Session<Game> | null;
  readonly status: SessionStatus;
  /** `JoinRefused`, `ApiError` or `SessionEnded`; null unless `closed`, and after the own `leave`. */
  readonly error: Error | null;
}

export interface HoldOptions {
  readonly nickname?: string | undefined;
  /** The session's, if it has one. The newest counts at each attempt: after a wrong one, `retry` with another. */
  readonly password?: string | undefined;
  /** Look on without a seat. */
  readonly watch?: boolean | undefined;
  /** Of a seat that was ours: what stands after the dot of a `resumeKey`. Not needed for one that this client itself had. */
  readonly token?: string | null | undefined;
}

/** What of a client it takes to join. */
export type Joining<Game extends GameSchema> = Pick<Client<Game>, "open" | "joinByCode" | "watch" | "resume">;

/** It was live, and is over: by the server's or the host's word, or because it could not be reached again. */
export class SessionEnded extends Error {
  readonly code: number;
  readonly reason: string;
  readonly retryable: boolean;

  constructor(code: number, reason: string, retryable: boolean) {
    super(`The session ended: ${reason || "the server could not be reached"} (${code}).`);
    this.name = "SessionEnded";
    this.code = code;
    this.reason = reason;
    this.retryable = retryable;
  }
}

const NOT_AUTHENTICATED = 4001;
const DISCONNECTED = 1000;
const OWN_CODES: readonly number[] = [DISCONNECTED, 4000]; // and left: nothing went wrong
const IDLE = { session: null, status: "idle", error: null } as const;
const JOINING = { session: null, status: "joining", error: null } as const;

class HeldSession<Game extends GameSchema> extends Shared<SessionStanding<Game>> {
  readonly #join: (signal: AbortSignal) => Session<Game> | Promise<Session<Game>>;
  readonly #ended: (session: Session<Game> | null) => void;
  #joining: AbortController | null = null;
  #wasLive = false;
  #stopHearing = () => {};

  constructor(
    join: (signal: AbortSignal) => Session<Game> | Promise<Session<Game>>,
    ended: (session: Session<Game> | null) => void,
  ) {
    super(JOINING);
    this.#join = join;
    this.#ended = ended;
  }

  /** Try again, without waiting for the next attempt; after the end, anew. */
  retry(): void {
    const { session } = this.read();
    if (session !== null) session.reconnect();
    else if (this.read().status === "closed") this.begin();
  }

  protected begin(): void {
    const joining = new AbortController();
    this.#joining = joining;
    this.cell.set(JOINING);
    try {
      const joined = this.#join(joining.signal);
      if (!(joined instanceof Promise)) this.#take(joined);
      else {
        joined.then(
          (session) => (joining.signal.aborted ? session.disconnect() : this.#take(session)),
          (error: unknown) => joining.signal.aborted || this.#fail(asError(error)),
        );
      }
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  #take(session: Session<Game>): void {
    const look = () => this.#look(session);
    const stops = [session.on("connection", look), session.on("state", () => this.#wasLive || look())];
    this.#stopHearing = () => {
      for (const stop of stops) stop();
    };
    this.#look(session);
  }

  #look(session: Session<Game>): void {
    const { connection } = session;
    if (connection.name === "live" && (session.replica?.tick ?? -1) >= 0) this.#wasLive = true;
    const status = statusOf(connection, this.#wasLive);
    const error = connection.name === "closed" ? whyClosed(connection, this.#wasLive) : null;
    if (connection.name === "closed") this.#wasLive = false; // whatever comes after is another joining
    const before = this.read();
    if (before.session !== session || before.status !== status || error !== null) {
      this.cell.set({ session, status, error });
    }
  }

  #fail(error: Error): void {
    this.cell.set({ session: null, status: "closed", error });
  }

  protected end(): void {
    const { session } = this.read();
    this.#ended(session);
    this.#stopHearing();
    this.#joining?.abort();
    this.#joining = null;
    session?.disconnect();
  }
}

const HELD = Symbol("held sessions");

/** The sessions that are held through one client: each is joined once, however many parts of the page use it. */
class HeldSessions<Game extends GameSchema> {
  readonly #client: Joining<Game>;
  readonly #held = new Map<string, HeldSession<Game>>(); // by what is wanted
  readonly #tokens = new Map<string, string>(); // by code, of seats that are kept for us

  constructor(client: Joining<Game>) {
    this.#client = client;
  }

  /** Those of the client: kept on it, for whoever has the client shares them, and they end with it. */
  static of<Game extends GameSchema>(client: Joining<Game> & { [HELD]?: HeldSessions<Game> }): HeldSessions<Game> {
    client[HELD] ??= new HeldSessions(client);
    return client[HELD];
  }

  /** One that nobody holds is made anew. The options count when it is joined. */
  hold(code: string, optionsOf: () => HoldOptions): HeldSession<Game> {
    const options = optionsOf();
    const key = `${options.watch ? "watch" : "play"} ${code}`;
    const known = this.#held.get(key);
    if (known !== undefined) return known;
    const held = new HeldSession<Game>(
      (signal) => join(this.#client, code, this.#withSeat(code, options), () => optionsOf().password, signal),
      (session) => {
        this.#held.delete(key);
        if (!options.watch || session?.resumeKey) this.#keepSeat(code, session); // who watched may have sat down
      },
    );
    this.#held.set(key, held);
    return held;
  }

  #withSeat(code: string, options: HoldOptions): HoldOptions {
    if (options.watch) return options;
    return { ...options, token: this.#tokens.get(code) ?? options.token }; // a token is good once: the newest one
  }

  #keepSeat(code: string, session: Session<Game> | null): void {
    const token = session && tokenOf(session);
    if (token) this.#tokens.set(code, token);
    else this.#tokens.delete(code);
  }
}

/** Of the seat that is kept for us when the session is ended now; null for none. */
function tokenOf({ connection, code, resumeKey }: Pick<Session, "connection" | "code" | "resumeKey">): string | null {
  const wasEnded = connection.name === "closed" && !connection.retryable && connection.code !== DISCONNECTED;
  return wasEnded || resumeKey === null ? null : resumeKey.slice(`${code}.`.length);
}

/** What one part of a page has of a session: `useSession`, without the framework. */
export interface SessionUse<Game extends GameSchema> extends Reading<SessionStanding<Game>> {
  readonly retry: () => void;
  readonly leave: () => void;
}

/** Use the session with this code while subscribed; null for none. */
export function sessionUse<Game extends GameSchema>(
  client: Joining<Game>,
  code: string | null,
  optionsOf: () => HoldOptions,
): SessionUse<Game> {
  let current: HeldSession<Game> | null = null;
  return {
    read: () => current?.read() ?? (code === null ? IDLE : JOINING),
    subscribe(changed) {
      if (code === null) return () => {};
      current = HeldSessions.of(client).hold(code, optionsOf);
      return current.subscribe(changed);
    },
    retry: () => current?.retry(),
    leave: () => current?.read().session?.leave(),
  };
}

/** At once where the client knows the game's schema, so that the page can show how it goes; else when it has been asked for. */
function join<Game extends GameSchema>(
  client: Joining<Game>,
  code: string,
  { nickname, watch = false, token = null }: HoldOptions,
  password: () => string | undefined,
  signal: AbortSignal,
): Session<Game> | Promise<Session<Game>> {
  try {
    return client.open(code, { nickname, watch, token, password });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // it says by this that it has no schema
  }
  const options = { nickname, signal, password };
  if (watch) return client.watch(code, options);
  if (token === null) return client.joinByCode(code, options);
  return client.resume(`${code}.${token}`, options).catch((error: unknown) => {
    if (!(error instanceof JoinRefused) || error.code !== NOT_AUTHENTICATED) throw error;
    return client.joinByCode(code, options); // the seat was given up by then: another one
  });
}

function statusOf(connection: ConnectionState, wasLive: boolean): SessionStatus {
  switch (connection.name) {
    case "live":
      return wasLive ? "live" : "joining"; // the first state follows the welcome
    case "closed":
      return "closed";
    default:
      return wasLive ? "reconnecting" : "joining";
  }
}

function whyClosed(closed: Extract<ConnectionState, { name: "closed" }>, wasLive: boolean): Error | null {
  const { code, reason, retryable } = closed;
  if (OWN_CODES.includes(code)) return null;
  return wasLive ? new SessionEnded(code, reason, retryable) : new JoinRefused(code, reason, retryable);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
