/**
 * The public sessions, told by the server as they change: one socket, which comes back by itself.
 *
 * Where it cannot be had (something in between lets no WebSocket through, or too many are open), the list is asked for over
 * HTTP every few seconds, until the socket is there.
 */

import type { Client } from "../core/client.ts";
import type { ServerMessage } from "../core/codec.ts";
import type { ConnectionState } from "../core/connection.ts";
import { Listeners } from "../core/listeners.ts";
import type { Listing } from "../generated/protocol.ts";
import { changeListings, listingOf, replaceListings } from "./listings.ts";

const POLL_MS = 5000;
const REOPEN_MS = 60_000; // after the socket's attempts came to their end

/** Of a client, what the lobby needs. */
export type Listings = Pick<Client, "connection"> & { readonly api: Pick<Client["api"], "listSessions"> };

export interface LobbySubjects {
  /** The list, or how it can be had, is another. */
  changed: undefined;
}

export class LobbyList extends Listeners<LobbySubjects> {
  readonly #client: Listings;
  readonly #connection: ReturnType<Listings["connection"]>;
  #sessions: readonly Listing[] = [];
  #error: Error | null = null;
  #isLoading = true;
  #isLive = false;
  #asking: AbortController | null = null;
  #pollTimer: ReturnType<typeof setTimeout> | undefined;
  #reopenTimer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  /** Begins at once, and goes on until `close()`. */
  constructor(client: Listings) {
    super();
    this.#client = client;
    this.#connection = client.connection("lobby", {
      quiet: true,
      onState: (state) => this.#follow(state),
      onMessage: (message) => this.#receive(message),
    });
    this.#connection.open();
  }

  /** Newest first. Another array after each change; a listing that did not change is the same object. */
  get sessions(): readonly Listing[] {
    return this.#sessions;
  }

  /** Why the list cannot be had; null while it can. */
  get error(): Error | null {
    return this.#error;
  }

  /** Before the first list, or the first failure to get one. */
  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** Whether changes come at once; else the list is asked for now and then. */
  get isLive(): boolean {
    return this.#isLive;
  }

  /** Ask now, where changes do not come by themselves. */
  refresh(): void {
    if (this.#isClosed || this.#isLive) return;
    this.#connection.retryNow();
    this.#poll();
  }

  /** Tell nothing more; what there is stays. */
  close(): void {
    this.#isClosed = true;
    this.#connection.close();
    this.#stopPolling();
    clearTimeout(this.#reopenTimer);
  }

  // --- the socket --------------------------------------------------------------------------------------------------

  #receive(message: ServerMessage): void {
    if (message.kind === "listed") this.#show(replaceListings(this.#sessions, message.sessions), null);
    else if (message.kind === "listingChanged") this.#show(changeListings(this.#sessions, message), null);
  }

  #follow(state: ConnectionState): void {
    if (this.#isClosed) return;
    this.#isLive = state.name === "live";
    clearTimeout(this.#reopenTimer);
    if (state.name === "live") {
      this.#stopPolling();
      this.tell("changed", undefined);
    } else if (state.name !== "connecting" && this.#asking === null) this.#poll();
    if (state.name === "closed" && state.retryable)
      this.#reopenTimer = setTimeout(() => this.#connection.open(), REOPEN_MS);
  }

  // --- without it --------------------------------------------------------------------------------------------------

  #poll(): void {
    this.#stopPolling();
    const asking = new AbortController();
    this.#asking = asking;
    this.#client.api.listSessions({ signal: asking.signal }).then(
      (views) => this.#take(asking, replaceListings(this.#sessions, views.map(listingOf)), null),
      (error: unknown) => this.#take(asking, this.#sessions, error instanceof Error ? error : new Error(String(error))),
    );
  }

  #take(asking: AbortController, sessions: readonly Listing[], error: Error | null): void {
    if (asking !== this.#asking) return;
    this.#pollTimer = setTimeout(() => this.#poll(), POLL_MS);
    this.#show(sessions, error);
  }

  #stopPolling(): void {
    clearTimeout(this.#pollTimer);
    this.#asking?.abort();
    this.#asking = null;
  }

  #show(sessions: readonly Listing[], error: Error | null): void {
    const isSame = sessions === this.#sessions && error?.message === this.#error?.message && !this.#isLoading;
    this.#sessions = sessions;
    this.#error = error;
    this.#isLoading = false;
    if (!isSame) this.tell("changed", undefined);
  }
}
