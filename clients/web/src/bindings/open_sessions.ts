/** The public sessions of a server, asked for again and again while somebody looks. */

import type { SessionView } from "../core/api.ts";
import type { Client } from "../core/client.ts";
import { Cell, type Reading } from "./reading.ts";

export interface OpenSessionsView {
  /** The newest answer; empty before the first. */
  readonly sessions: readonly SessionView[];
  /** Why the last question had no answer; null when it had one. */
  readonly error: Error | null;
  /** Before the first answer or failure. */
  readonly isLoading: boolean;
}

export const NO_SESSIONS: OpenSessionsView = { sessions: [], error: null, isLoading: true };

export class OpenSessions implements Reading<OpenSessionsView> {
  readonly #client: { readonly api: Pick<Client["api"], "listSessions"> };
  readonly #everyMs: number;
  readonly #view = new Cell<OpenSessionsView>(NO_SESSIONS);
  #asking: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watchers = 0;

  constructor(client: { readonly api: Pick<Client["api"], "listSessions"> }, everyMs: number) {
    this.#client = client;
    this.#everyMs = everyMs;
  }

  readonly read = (): OpenSessionsView => this.#view.read();

  readonly subscribe = (changed: () => void): (() => void) => {
    const stop = this.#view.subscribe(changed);
    this.#watchers += 1;
    if (this.#watchers === 1) this.refresh();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      stop();
      this.#watchers -= 1;
      if (this.#watchers === 0) this.#stop();
    };
  };

  /** Ask now; what is still being asked is let go. */
  readonly refresh = (): void => {
    this.#stop();
    const asking = new AbortController();
    this.#asking = asking;
    this.#client.api.listSessions({ signal: asking.signal }).then(
      (sessions) => this.#show(asking, sessions, null),
      (error: unknown) => this.#show(asking, this.read().sessions, asError(error)),
    );
  };

  #show(asking: AbortController, sessions: readonly SessionView[], error: Error | null): void {
    if (asking !== this.#asking) return;
    const before = this.read();
    const isSame = JSON.stringify(before.sessions) === JSON.stringify(sessions);
    const view = { sessions: isSame ? before.sessions : sessions, error, isLoading: false };
    if (!isSame || before.error?.message !== error?.message || before.isLoading !== view.isLoading)
      this.#view.set(view);
    if (this.#watchers > 0) this.#timer = setTimeout(this.refresh, this.#everyMs);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    this.#asking = null;
  }
}

/** Whatever was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
