/** The public sessions of a client's server: one socket, however many parts of the page look, and none when nobody does. */

import { type Listings, LobbyList } from "../lobby/index.ts";
import { Shared } from "./shared.ts";

export type LobbyView = Readonly<Pick<LobbyList, "sessions" | "error" | "isLoading" | "isLive">>;

const HELD = Symbol("held lobby");
const NOTHING_YET: LobbyView = { sessions: [], error: null, isLoading: true, isLive: false };

export class HeldLobby extends Shared<LobbyView> {
  readonly #client: Listings;
  #list: LobbyList | null = null;

  constructor(client: Listings) {
    super(NOTHING_YET);
    this.#client = client;
  }

  /** The client's: whoever has the client shares it. */
  static of(client: Listings & { [HELD]?: HeldLobby }): HeldLobby {
    client[HELD] ??= new HeldLobby(client);
    return client[HELD];
  }

  /** Ask now, where changes do not come by themselves. */
  readonly refresh = (): void => this.#list?.refresh();

  protected begin(): void {
    const list = new LobbyList(this.#client);
    this.#list = list;
    list.on("changed", () => {
      const { sessions, error, isLoading, isLive } = list;
      this.cell.set({ sessions, error, isLoading, isLive });
    });
  }

  /** What was shown last is shown at first to who looks again. */
  protected end(): void {
    this.#list?.close();
    this.#list = null;
    this.cell.set({ ...this.read(), isLive: false });
  }
}
