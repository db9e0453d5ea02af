/** The lobby's sockets of a mock server: apart from those of its session, so that the newest of each can be found. */

import type { Listed, Listing, ListingChanged } from "../generated/protocol.ts";
import type { MockSocket } from "./socket.ts";
import { MockSockets } from "./sockets.ts";

export class MockLobby extends MockSockets {
  /** Whether the client asked for the lobby with it. */
  static isFor(socket: MockSocket): boolean {
    return new URL(socket.url).pathname.endsWith("/ws/lobby");
  }

  /** A socket that was asked for. */
  override keep(socket: MockSocket): void {
    super.keep(socket);
  }

  /** Tell all of them. */
  tell(fact: Listed | ListingChanged): void {
    for (const socket of this.sockets) socket.say(fact);
  }

  /** Accept the newest socket, and tell the list. */
  welcome(sessions: Listing[], socket: MockSocket = this.socket): void {
    socket.accept();
    socket.say({ kind: "listed", sessions });
  }

  /** Sessions are new or others, or listed no more. */
  change(changed: Listing[], gone: string[] = []): void {
    this.tell({ kind: "listingChanged", changed, gone });
  }
}
