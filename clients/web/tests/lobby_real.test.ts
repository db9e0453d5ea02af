// @vitest-environment happy-dom
/** The lobby of the real server. */

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ARENA } from "../src/generated/protocol.ts";
import { Client, type Session } from "../src/index.ts";
import { LobbyList } from "../src/lobby/index.ts";
import { type RealServer, startRealServer } from "./real_server.ts";

const until = (look: () => void) => vi.waitFor(look, { timeout: 15_000, interval: 20 }); // on a busy machine

describe("the lobby of the real server", { timeout: 60_000 }, () => {
  let server: RealServer;
  let lists: LobbyList[] = [];
  let sessions: Session<typeof ARENA>[] = [];

  beforeAll(async () => {
    server = await startRealServer();
  }, 30_000);

  afterAll(() => server?.stop(), 15_000);

  afterEach(() => {
    for (const list of lists) list.close();
    for (const session of sessions) session.leave();
    [lists, sessions] = [[], []];
  });

  function open(client: Client<typeof ARENA>): LobbyList {
    const list = new LobbyList(client);
    lists.push(list);
    return list;
  }

  it("tells of public sessions as they come, fill, are watched, and go; not of others", async () => {
    const client = new Client(server.url, { game: ARENA });
    const hidden = await client.create({ public: false });
    const list = open(client);
    await until(() => expect(list.isLive).toBe(true));
    expect(list.sessions).toEqual([]);

    const first = await client.create({ public: true, seats: 3 });
    const second = await client.create({ public: true, seats: 2 });
    sessions.push(hidden, first, second);
    await until(() => expect(list.sessions.map(({ code }) => code)).toEqual([second.code, first.code]));
    const guest = await client.joinByCode(first.code);
    const watcher = await client.watch(first.code);
    const listing = { game: "arena", seats: 3, players: 2, connected: 2, watchers: 1, tickHz: first.welcome!.tickHz };
    await until(() => expect(list.sessions[1]).toMatchObject(listing));
    expect(list.sessions[1]?.settings).toMatchObject({ map: 0 });

    second.leave();
    watcher.leave();
    guest.leave();
    await until(() => expect(list.sessions.map(({ code, players }) => [code, players])).toEqual([[first.code, 1]]));
  });

  it("has the same list over HTTP, where no socket can be had", async () => {
    const client = new Client(server.url, { game: ARENA });
    sessions.push(await client.create({ public: true, seats: 3 }));
    const list = open(client);
    const without = open(
      new Client(server.url, { game: ARENA, address: () => `${server.url.replace("http", "ws")}/no` }),
    );
    await until(() => expect([list.isLive, list.sessions.length, without.sessions.length]).toEqual([true, 1, 1]));
    expect(without.isLive).toBe(false);
    expect(without.sessions[0]).toEqual(list.sessions[0]);
  });
});
