/**
 * Where this page is: at the start, or in a session. Lives outside React, so that a seat is taken and given up by what
 * people do, never by how often a component is mounted.
 */

import { type Destination, linkTo } from "./address.ts";
import type { ArenaClient, ArenaSession } from "./arena_session.ts";
import { rememberedName, rememberName, takeToken } from "./memory.ts";
import { cleanName, guestName } from "./name.ts";

export class Visit {
  readonly client: ArenaClient;
  #session: ArenaSession | null = null;
  #name = rememberedName();
  #count = 0;
  #password = "";
  readonly #listeners = new Set<() => void>();

  constructor(client: ArenaClient) {
    this.client = client;
  }

  /** The session that is shown; null at the start. */
  get session(): ArenaSession | null {
    return this.#session;
  }

  /** How many sessions were entered: tells two in a row apart, of one code even. */
  get count(): number {
    return this.#count;
  }

  /** What others call whoever plays here, empty for a guest. Held here too, for browsers that remember nothing. */
  get name(): string {
    return this.#name;
  }

  set name(typed: string) {
    this.#name = cleanName(typed);
    rememberName(this.#name);
  }

  /** The password that was given for the session, empty for none. Nowhere else: not in the address, nor in storage. */
  get password(): string {
    return this.#password;
  }

  /** Go to a session. The one that was shown is left for good. */
  enter(destination: Destination, password = ""): void {
    this.#password = password;
    this.#session?.leave();
    history.replaceState(null, "", linkTo(destination, new URL(location.href)));
    const { code, watch } = destination;
    this.#count += 1;
    this.#session = this.client.open(code, {
      nickname: this.#name || guestName(),
      watch,
      token: watch ? null : takeToken(code),
      ...(password && { password }),
    });
    this.#tell();
  }

  /** The address says whether we play or watch, which can change within a session: a reload is to be the same. */
  noteWatching(watch: boolean): void {
    if (this.#session === null) return;
    history.replaceState(null, "", linkTo({ code: this.#session.code, watch }, new URL(location.href)));
  }

  /** Give the seat up and go to the start. */
  leave(): void {
    this.#session?.leave();
    this.#session = null;
    history.replaceState(null, "", location.pathname);
    this.#tell();
  }

  /** For useSyncExternalStore. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
