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
  const { openSocket } = server;
  return new Client("http://play.test", { ...(game && { game }), openSocket, fetch: server.fetch, environment });
}
