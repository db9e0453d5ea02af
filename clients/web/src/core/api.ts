/** The server over HTTP: create, list and look up sessions; what a game is. */

import { askIdentity, type Identity } from "./identity.ts";

const TIMEOUT_MS = 8000;

export interface SessionView {
  readonly code: string;
  readonly game: string;
  readonly status: "waiting" | "active" | "finished";
  readonly seats: number;
  readonly players: number;
  readonly connected: number;
  readonly tick_hz: number;
  readonly public: boolean;
  readonly options?: Readonly<Record<string, number>>;
  /** The WebSocket's address: "wss://play.example/ws/K7P2QX". */
  readonly websocket?: string;
}

/** What a new session is made with; the server has a default for everything. The JSON of `POST /api/sessions`. */
export interface SessionWishes {
  readonly game?: string;
  readonly seats?: number;
  readonly public?: boolean;
  readonly tick_hz?: number;
  readonly round_s?: number;
  readonly countdown_s?: number;
  readonly grace_s?: number;
  readonly auto_start?: boolean;
  readonly rematch_after_s?: number;
  readonly anyone_starts?: boolean;
  /** Whoever comes during a round: plays at once (the default), has a seat and waits for the next, or looks on. */
  readonly late_join?: "play" | "wait" | "watch";
  /** How many may look on; 0 to 1,000. */
  readonly spectators?: number;
  /** How late they see it; 0 to 600. */
  readonly spectator_delay_ticks?: number;
  readonly chat?: boolean;
  /** How many lines of chat whoever comes is told; 0 to 200. */
  readonly history?: number;
  /** 1 to 64 characters. */
  readonly password?: string;
  readonly seed?: number;
  /** The game's settings, by name. */
  readonly options?: Readonly<Record<string, number | string>>;
}

/** One integer of an input, an action or the settings, as the server describes it. */
export interface DescribedField {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly default: number;
  readonly choices?: readonly string[];
}

/** The JSON of `GET /api/games/{name}`: the schema with the server's own names (snake_case), and the game's assets. */
export interface GameDescription {
  readonly game: string;
  readonly version: number;
  readonly fingerprint: number;
  /** Fingerprint of the protocol's messages; PROTOCOL_FINGERPRINT when the server speaks what this client does. */
  readonly protocol?: number;
  readonly tables: readonly {
    readonly name: string;
    readonly columns: readonly { readonly name: string; readonly gliding: boolean }[];
  }[];
  readonly inputs: readonly DescribedField[];
  readonly actions: readonly { readonly name: string; readonly arguments: readonly DescribedField[] }[];
  readonly events: readonly { readonly name: string; readonly fields: readonly string[] }[];
  readonly settings: readonly DescribedField[];
  readonly refusals: readonly string[];
  /** What else the game tells its clients, such as the arena's maps. */
  readonly [asset: string]: unknown;
}

/**
 * The server refused, or could not be reached; `message` is for people.
 *
 * `reason` is the server's word (`no_such_session`, `server_full`, ...), `unreachable`, or `http_502` and the like when the
 * answer came from something in between. `retryAfterMs`: when to ask again, if the server said so.
 */
export class ApiError extends Error {
  readonly reason: string;
  readonly retryAfterMs: number | null;

  constructor(reason: string, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.name = "ApiError";
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface ApiOptions {
  /** A JWT of the deployment's issuer, or how to get one. */
  readonly identity?: Identity | undefined;
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

export interface AskingOptions {
  /** Ends the asking; the promise then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Each method rejects with `ApiError`, after eight seconds at the latest; or as the function `identity` does. */
export class Api {
  readonly #server: string;
  readonly #fetch: typeof fetch;
  readonly #identity: Identity | undefined;

  /** `server`: "https://play.example", or "" for the page's own. */
  constructor(server: string, options: ApiOptions = {}) {
    this.#server = server.replace(/\/+$/, "");
    this.#fetch = options.fetch ?? ((input, request) => fetch(input, request));
    this.#identity = options.identity;
  }

  createSession(wishes: SessionWishes = {}, options?: AskingOptions): Promise<SessionView> {
    return this.#post("/api/sessions", wishes, options);
  }

  /** The public sessions, newest first, at most 100. */
  async listSessions(options?: AskingOptions): Promise<readonly SessionView[]> {
    return (await this.#ask<{ sessions: SessionView[] }>("/api/sessions", {}, options)).sessions;
  }

  findSession(code: string, options?: AskingOptions): Promise<SessionView> {
    return this.#ask(`/api/sessions/${encodeURIComponent(code)}`, {}, options);
  }

  /** A public session with a free seat that suits the wishes; a new one where there is none. */
  quickPlay(wishes: SessionWishes = {}, options?: AskingOptions): Promise<SessionView> {
    return this.#post("/api/quickplay", wishes, options);
  }

  describeGame(game: string, options?: AskingOptions): Promise<GameDescription> {
    return this.#ask(`/api/games/${encodeURIComponent(game)}`, {}, options);
  }

  #post<T>(path: string, body: object, options?: AskingOptions): Promise<T> {
    const headers = { "Content-Type": "application/json" };
    return this.#ask(path, { method: "POST", body: JSON.stringify(body), headers }, options);
  }

  async #ask<T>(path: string, request: RequestInit, { signal }: AskingOptions = {}): Promise<T> {
    const headers = new Headers(request.headers);
    const identity = this.#identity && (await askIdentity(this.#identity));
    if (identity) headers.set("Authorization", `Bearer ${identity}`);
    signal?.throwIfAborted();
    // Not AbortSignal.any and .timeout: the first is missing in browsers of 2023, the second has no end before its time.
    const ending = new AbortController();
    const timer = setTimeout(() => ending.abort(), TIMEOUT_MS);
    const end = () => ending.abort();
    signal?.addEventListener("abort", end);
    try {
      const ask = this.#fetch; // called on its own: a browser's fetch must have no `this` but the window
      const response = await ask(this.#server + path, { ...request, headers, signal: ending.signal });
      return await readAnswer<T>(response);
    } catch (fault) {
      signal?.throwIfAborted();
      if (fault instanceof ApiError) throw fault;
      throw new ApiError("unreachable", "The server does not answer.");
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    }
  }
}

async function readAnswer<T>(response: Response): Promise<T> {
  const text = await response.text();
  const answer = parse(text);
  if (response.ok && answer !== null) return answer as T;
  const { error, detail } = (answer ?? {}) as { error?: string; detail?: string };
  throw new ApiError(
    error ?? `http_${response.status}`,
    detail ?? `The server answered ${response.status}.`,
    readRetryAfter(response.headers.get("Retry-After")),
  );
}

/** The object that `text` is in JSON; null when it is none: such an answer comes from something in between, as a proxy. */
function parse(text: string): object | null {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === "object" ? answer : null;
  } catch {
    return null;
  }
}

/** RFC 9110, 10.2.3: seconds, or a date. Null for none, and for what is neither. */
function readRetryAfter(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - Date.now());
}
