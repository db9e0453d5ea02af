/** The server over HTTP: create, list and look up sessions; a game's maps. */

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
}

export interface MapView {
  readonly name: string;
  readonly rows: readonly string[];
}

/** What a new session is made with; the server has a default for everything. */
export interface SessionWishes {
  readonly seats?: number;
  readonly public?: boolean;
  readonly options?: Readonly<Record<string, number | string>>;
}

/** The server refused, or could not be reached (`unreachable`); `message` is for people. */
export class ApiError extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.reason = reason;
  }
}

export class Api {
  readonly #server: string;

  constructor(server: string) {
    this.#server = server;
  }

  createSession(wishes: SessionWishes): Promise<SessionView> {
    const body = JSON.stringify(wishes);
    return this.#ask("/api/sessions", { method: "POST", body, headers: { "Content-Type": "application/json" } });
  }

  async listSessions(): Promise<readonly SessionView[]> {
    return (await this.#ask<{ sessions: SessionView[] }>("/api/sessions")).sessions;
  }

  async listMaps(game: string): Promise<readonly MapView[]> {
    return (await this.#ask<{ maps: MapView[] }>(`/api/games/${encodeURIComponent(game)}`)).maps;
  }

  async #ask<T>(path: string, request?: RequestInit): Promise<T> {
    let response: Response;
    try {
      response = await fetch(this.#server + path, { ...request, signal: AbortSignal.timeout(8000) });
    } catch {
      throw new ApiError("unreachable", "The server does not answer.");
    }
    // An answer that is not JSON comes from something in between, such as a proxy.
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok && answer !== null) return answer as T;
    const { error, detail } = (answer ?? {}) as { error?: string; detail?: string };
    throw new ApiError(error ?? `http_${response.status}`, detail ?? `The server answered ${response.status}.`);
  }
}
