/** A client of a mock server, for tests with a DOM. */

import { ARENA } from "../src/generated/protocol.ts";
import { Client } from "../src/index.ts";
import type { MockEnvironment, MockServer } from "../src/testing/index.ts";

/** `game: null`: one that must ask for the schema. */
export function mockClient(
  server: MockServer<typeof ARENA>,
  environment: MockEnvironment,
  game: typeof ARENA | null = ARENA,
): Client<typeof ARENA> {
  const openSocket = (address: string, protocol: string): WebSocket => {
    const socket = server.openSocket(address, protocol);
    // happy-dom's EventTarget calls `onmessage` and the like by itself, as no browser's does for a class of the page.
    socket.dispatchEvent = () => true;
    return socket;
  };
  return new Client("http://play.test", { ...(game && { game }), openSocket, fetch: server.fetch, environment });
}
