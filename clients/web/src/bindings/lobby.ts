/** The public sessions of a client's server: one socket, however many parts of the page look, and none when nobody does. */

import { type Listings, LobbyList } from "../lobby/index.ts";
import { Cell, type Reading } from "./reading.ts";

export type LobbyView = Readonly<Pick<LobbyList, "sessions" | "error" | "isLoading" | "isLive">>;

const HELD = Symbol("held lobby");
const NOTHING_YET: LobbyView = { sessions: [], error: null, isLoading: true, isLive: false };

export class HeldLobby implements Reading<LobbyView> {
  readonly #client: Listings;
  readonly #view = new Cell<LobbyView>(NOTHING_YET);
  #list: LobbyList | null = null;
  #holders = 0;
  #ending: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Listings) {
    this.#client = client;
  }

  /** The client's: whoever has the client shares it. */
  static of(client: Listings & { [HELD]?: HeldLobby }): HeldLobby {
    client[HELD] ??= new HeldLobby(client);
    return client[HELD];
  }

  readonly read = (): LobbyView => this.#view.read();

  readonly subscribe = (changed: () => void): (() => void) => {
    const stop = this.#view.subscribe(changed);
    this.#holders += 1;
    clearTimeout(this.#ending);
    if (this.#list === null) this.#begin();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      stop();
      this.#holders -= 1;
      // Put off: React's StrictMode lets go and takes hold again at once.
      if (this.#holders === 0) this.#ending = setTimeout(() => this.#end());
    };
  };

  /** Ask now, where changes do not come by themselves. */
  readonly refresh = (): void => this.#list?.refresh();

  #begin(): void {
    const list = new LobbyList(this.#client);
    this.#list = list;
    list.on("changed", () => {
      const { sessions, error, isLoading, isLive } = list;
      this.#view.set({ sessions, error, isLoading, isLive });
    });
  }

  /** What was shown last is shown at first to who looks again. */
  #end(): void {
    this.#list?.close();
    this.#list = null;
    this.#view.set({ ...this.read(), isLive: false });
  }
}
