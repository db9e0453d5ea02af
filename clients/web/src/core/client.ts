/** The way in: create a session, join one by its code, find one to play at once, watch one, or take a seat up again. */

import { Api, ApiError, type GameDescription, type SessionWishes } from "./api.ts";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { schemaOf, speaksOurProtocol } from "./description.ts";
import type { Identity, Password } from "./identity.ts";
import { JoinRefused, joined } from "./joining.ts";
import type { MakeTwin } from "./prediction.ts";
import type { GameSchema } from "./schema.ts";
import { Session } from "./session.ts";

const USUAL_GAME = "arena";
const USUAL_NAME = "Guest";
const VERSION_MISMATCH = 4006;
const QUICK_TRIES = 3;
const GONE = ["session_full", "session_ended", "no_such_session"]; // what was found can be by the time it is joined

export interface ClientOptions<Game extends GameSchema> {
  /** What others call you; default "Guest". */
  readonly nickname?: string;
  /** The game's schema, as generated; without one the server is asked. */
  readonly game?: Game;
  /** Predicts the own row: `arenaTwin`, or your game's. */
  readonly twin?: MakeTwin;
  /** For a server that knows its players: a JWT of its issuer; a function is asked anew at each attempt. */
  readonly identity?: Identity;
  /** The WebSocket's address of a session, or of the "lobby"; asked anew at each attempt. Default: /ws/{code} of the server. */
  readonly address?: (code: string) => string | Promise<string>;
  readonly openSocket?: ConnectionOptions["openSocket"];
  readonly random?: ConnectionOptions["random"];
  readonly environment?: ConnectionOptions["environment"];
  readonly fetch?: typeof fetch;
}

export interface JoinOptions {
  /** Default: the client's. */
  readonly nickname?: string | undefined;
  /** The session's, if it has one; a function is asked at each attempt. */
  readonly password?: Password | undefined;
  /** Ends the joining; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

export interface OpenOptions {
  readonly nickname?: string | undefined;
  readonly password?: Password | undefined;
  readonly watch?: boolean | undefined;
  /** Of a seat that was ours; when it is given up by then, a new one is taken unless `rejoin` is false. */
  readonly token?: string | null | undefined;
  readonly rejoin?: boolean | undefined;
}

export class Client<Game extends GameSchema = GameSchema> {
  /** "https://play.example", without a slash at the end. */
  readonly server: string;
  readonly api: Api;
  nickname: string;
  readonly #options: ClientOptions<Game>;
  readonly #descriptions = new Map<string, Promise<GameDescription>>();

  /** `server`: "https://play.example"; default the page's own. */
  constructor(server: string = location.origin, options: ClientOptions<Game> = {}) {
    this.server = server.replace(/\/+$/, "");
    this.api = new Api(this.server, { fetch: options.fetch, identity: options.identity });
    this.nickname = options.nickname ?? USUAL_NAME;
    this.#options = options;
  }

  /** A new session, with a seat in it. Rejects with `ApiError` or `JoinRefused`. */
  async create(wishes: SessionWishes = {}, join: JoinOptions = {}): Promise<Session<Game>> {
    const { code } = await this.api.createSession(this.#wishes(wishes), join);
    return this.joinByCode(code, join);
  }

  /** A seat in the session with this code. Rejects with `ApiError` or `JoinRefused`. */
  async joinByCode(code: string, join: JoinOptions = {}): Promise<Session<Game>> {
    return this.#join(code, join, {});
  }

  /** A seat in a public session that suits the wishes, or in a new one. Rejects with `ApiError` or `JoinRefused`. */
  async quickPlay(wishes: SessionWishes = {}, join: JoinOptions = {}): Promise<Session<Game>> {
    for (let tries = 1; ; tries++) {
      const { code } = await this.api.quickPlay(this.#wishes(wishes), join);
      try {
        return await this.joinByCode(code, join);
      } catch (error) {
        const refused = error instanceof JoinRefused || error instanceof ApiError;
        if (!refused || !GONE.includes(error.reason) || tries >= QUICK_TRIES) throw error;
      }
    }
  }

  /** Look on without a seat. Rejects with `ApiError` or `JoinRefused`. */
  async watch(code: string, join: JoinOptions = {}): Promise<Session<Game>> {
    return this.#join(code, join, { watch: true });
  }

  /** The seat that `session.resumeKey` was for. Rejects with `JoinRefused` 4001 when it was given up by then. */
  async resume(key: string, join: JoinOptions = {}): Promise<Session<Game>> {
    const [code = "", ...token] = key.split(".");
    return this.#join(code, join, { token: token.join("."), rejoin: false });
  }

  /**
   * A session that is being joined, at once, for whoever shows how that goes: `connection` tells.
   * Throws RangeError when the client was made without a schema.
   */
  open(code: string, options: OpenOptions = {}): Session<Game> {
    if (this.#options.game === undefined) throw new RangeError("open() needs the option `game`: the schema");
    const session = this.#session(code, this.#options.game, options);
    session.open();
    return session;
  }

  /** What the server says of a game; asked once. Rejects with `ApiError`. */
  describeGame(name: string = this.#options.game?.game ?? USUAL_GAME): Promise<GameDescription> {
    const known = this.#descriptions.get(name);
    if (known !== undefined) return known;
    const asked = this.api.describeGame(name);
    this.#descriptions.set(name, asked);
    asked.catch(() => this.#descriptions.delete(name)); // the next one asks again
    return asked;
  }

  async #join(code: string, join: JoinOptions, options: OpenOptions): Promise<Session<Game>> {
    const schema = this.#options.game ?? (await this.#askForSchema(code, join));
    join.signal?.throwIfAborted();
    const session = this.#session(code, schema, { ...join, ...options });
    const ready = joined(session, join.signal);
    session.open();
    await ready;
    return session;
  }

  /** Of the game that is played in the session. */
  async #askForSchema(code: string, join: JoinOptions): Promise<Game> {
    const { game } = await this.api.findSession(code, join);
    const description = await this.describeGame(game);
    if (!speaksOurProtocol(description)) throw new JoinRefused(VERSION_MISMATCH, "version_mismatch", false);
    return schemaOf(description) as Game; // whoever gives no schema has no other type for it than the general one
  }

  /** A connection to what is no session, such as the lobby: `open` it, and it comes back by itself until it is closed. */
  connection(name: string, options: Pick<ConnectionOptions, "onState" | "onMessage" | "quiet">): Connection {
    const { openSocket, random, environment } = this.#options;
    return new Connection({ address: () => this.#address(name), openSocket, random, environment, ...options });
  }

  #address(name: string): string | Promise<string> {
    return this.#options.address?.(name) ?? `${this.server.replace(/^http/, "ws")}/ws/${name}`;
  }

  #session(code: string, schema: Game, options: OpenOptions): Session<Game> {
    const { identity, twin, openSocket, random, environment } = this.#options;
    return new Session({
      code,
      schema,
      nickname: options.nickname ?? this.nickname,
      watch: options.watch,
      token: options.token,
      rejoin: options.rejoin,
      password: options.password,
      identity,
      address: () => this.#address(code),
      describe: () => this.describeGame(schema.game),
      twin,
      openSocket,
      random,
      environment,
    });
  }

  #wishes(wishes: SessionWishes): SessionWishes {
    const game = this.#options.game?.game;
    return game === undefined ? wishes : { game, ...wishes };
  }
}
