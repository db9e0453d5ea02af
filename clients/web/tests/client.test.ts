import { describe, expect, it } from "vitest";
import type { GameDescription } from "../src/core/api.ts";
import { Client, type ClientOptions } from "../src/core/client.ts";
import { schemaOf } from "../src/core/description.ts";
import { JoinRefused } from "../src/core/joining.ts";
import { ARENA } from "../src/generated/protocol.ts";
import { MockServer, type MockServerOptions } from "../src/testing/index.ts";

type Arena = typeof ARENA;

function setUp(
  options: ClientOptions<Arena> = {},
  mock: Partial<MockServerOptions<Arena>> = {},
): { server: MockServer<Arena>; client: Client<Arena> } {
  const server = new MockServer({ game: ARENA, automatic: true, ...mock });
  const { openSocket, fetch } = server;
  const client = new Client("http://play.test/", { game: ARENA, openSocket, fetch, environment: null, ...options });
  return { server, client };
}

describe("a client", () => {
  it("creates a session, and is in it with a state when the promise resolves", async () => {
    const { server, client } = setUp({ nickname: "Ann" });
    const session = await client.create({ seats: 2 });
    expect(server.socket.url).toBe("ws://play.test/ws/K7P2QX");
    expect(session.me).toMatchObject({ nickname: "Ann", seat: 0 });
    expect(session.state.seats.length).toBe(2);
    session.leave();
  });

  it("joins by code under another name, watches, and plays at once", async () => {
    const { server, client } = setUp();
    const ben = await client.joinByCode("K7P2QX", { nickname: "Ben" });
    const watcher = await client.watch("K7P2QX");
    const guest = await client.quickPlay();
    expect([...server.members.values()].map(({ nickname }) => nickname)).toEqual(["Ben", "Guest"]);
    expect(watcher.watching).toBe(true);
    expect(watcher.seat).toBe(-1);
    for (const session of [ben, watcher, guest]) session.leave();
  });

  it("has its seat again by the key, in another life of the page", async () => {
    const { client } = setUp({ nickname: "Ann" });
    const first = await client.create();
    const { resumeKey, me } = first;
    first.disconnect();
    const second = await client.resume(resumeKey!);
    expect(second.me?.player).toBe(me?.player);
    expect(second.resumeKey).not.toBe(resumeKey);
    second.leave();
  });

  it("asks for the address anew at each attempt", async () => {
    const asked: string[] = [];
    const { server, client } = setUp({
      address: async (code) => {
        asked.push(code);
        return `ws://node-${asked.length}.test/ws/${code}`;
      },
    });
    const session = await client.joinByCode("K7P2QX");
    server.drop();
    session.reconnect();
    await server.asked(2);
    expect(server.sockets.map(({ url }) => url)).toEqual(["ws://node-1.test/ws/K7P2QX", "ws://node-2.test/ws/K7P2QX"]);
    expect(asked).toEqual(["K7P2QX", "K7P2QX"]);
    session.leave();
  });

  it("rejects with the reason when the session is full", async () => {
    const { client } = setUp({}, { seats: 1 });
    const first = await client.create();
    const refused = client.joinByCode("K7P2QX");
    await expect(refused).rejects.toBeInstanceOf(JoinRefused);
    await expect(refused).rejects.toMatchObject({ code: 4005, reason: "session_full", retryable: false });
    await expect(client.quickPlay()).rejects.toMatchObject({ code: 4005 }); // tried three times
    first.leave();
  });

  it("looks for another one to play at once when what it found has ended meanwhile", async () => {
    const { server, client } = setUp({}, { automatic: false });
    const joining = client.quickPlay();
    (await server.asked(1)).accept();
    server.drop(4004);
    (await server.asked(2)).accept();
    server.drop(4011);
    await server.asked(3);
    server.welcome();
    (await joining).leave();
  });

  it("gives the server the whole token of a key, dots and all", async () => {
    const { server, client } = setUp({}, { automatic: false });
    const resuming = client.resume("K7P2QX.one.two.three");
    await server.asked();
    server.socket.accept();
    expect(server.socket.url).toMatch(/K7P2QX$/);
    expect(server.socket.sentOfKind("hello")[0]?.token).toBe("one.two.three");
    server.drop(4001);
    await expect(resuming).rejects.toMatchObject({ code: 4001 });
  });

  it("stops joining when it is told to, and leaves nothing open", async () => {
    const { server, client } = setUp({}, { automatic: false });
    const ending = new AbortController();
    const joining = client.joinByCode("K7P2QX", { signal: ending.signal });
    const socket = await server.asked();
    ending.abort(new Error("changed my mind"));
    await expect(joining).rejects.toThrow("changed my mind");
    expect(socket.closedByClient).not.toBeNull();
    await expect(client.joinByCode("K7P2QX", { signal: ending.signal })).rejects.toThrow("changed my mind");
  });

  it("has nothing to do with a session any more once it is joined", async () => {
    const { client } = setUp();
    const ending = new AbortController();
    const session = await client.joinByCode("K7P2QX", { signal: ending.signal });
    expect(session.listenerCount()).toBe(0);
    ending.abort();
    expect(session.connection.name).toBe("live");
    session.leave();
  });

  it("opens at once for whoever shows how joining goes, but not without a schema", async () => {
    const { server, client } = setUp({}, { automatic: false });
    const session = client.open("K7P2QX");
    expect(session.connection.name).toBe("connecting");
    await server.asked();
    server.welcome();
    expect(session.connection.name).toBe("live");
    session.leave();
    expect(() => new Client("http://play.test").open("K7P2QX")).toThrow(RangeError);
  });
});

describe("a description of a game", () => {
  it("is asked for once, and again after one that could not be had", async () => {
    let asked = 0;
    const { server } = setUp();
    const fetch: typeof globalThis.fetch = async (input, request) => {
      asked += 1;
      if (asked === 1) throw new TypeError("no network");
      return server.fetch(input, request);
    };
    const client = new Client("http://play.test", { game: ARENA, fetch });
    await expect(client.describeGame()).rejects.toMatchObject({ reason: "unreachable" });
    const [one, two] = await Promise.all([client.describeGame(), client.describeGame("arena")]);
    expect(one).toBe(two);
    expect(asked).toBe(2);
  });
});

describe("a client without a schema", () => {
  it("asks the server for it", async () => {
    const { server } = setUp();
    const client = new Client("http://play.test", { openSocket: server.openSocket, fetch: server.fetch });
    const session = await client.joinByCode("K7P2QX");
    expect(session.schema).toEqual(ARENA);
    expect(session.state.players?.length).toBe(2);
    session.leave();
  });

  it("refuses a server that speaks other messages", async () => {
    const { server } = setUp();
    const fetch: typeof globalThis.fetch = async (input, request) => {
      const answer = await server.fetch(input, request);
      if (!String(input).includes("/api/games/")) return answer;
      return Response.json({ ...((await answer.json()) as GameDescription), protocol: 1 });
    };
    const client = new Client("http://play.test", { openSocket: server.openSocket, fetch });
    await expect(client.joinByCode("K7P2QX")).rejects.toMatchObject({ code: 4006, reason: "version_mismatch" });
    expect(server.sockets).toHaveLength(0);
  });
});

describe("a schema from a description", () => {
  it("has camelCase names where TypeScript sees them, and choices only where there are some", () => {
    const field = { name: "turn_rate", minimum: 0, maximum: 9, default: 1, choices: [] };
    const schema = schemaOf({
      game: "tanks",
      version: 1,
      fingerprint: 7,
      tables: [{ name: "tanks", columns: [{ name: "last_shot_at", gliding: false }] }],
      inputs: [field],
      actions: [{ name: "fire_at", arguments: [field] }],
      events: [{ name: "was_hit", fields: ["by_seat"] }],
      settings: [{ ...field, choices: ["slow", "fast"] }],
      refusals: [],
    });
    expect(schema.tables[0]).toEqual({ name: "tanks", columns: ["lastShotAt"], gliding: [false] });
    expect(schema.inputs).toEqual([{ name: "turnRate", minimum: 0, maximum: 9, default: 1 }]);
    expect(schema.actions).toEqual({ fire_at: [{ name: "turn_rate", minimum: 0, maximum: 9, default: 1 }] });
    expect(schema.events).toEqual([{ name: "wasHit", fields: ["bySeat"] }]);
    expect(schema.settings[0]?.choices).toEqual(["slow", "fast"]);
  });
});
