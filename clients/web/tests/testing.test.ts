/** @tickroom/client/testing, as its users use it: with a client of the SDK, with sockets of their own, on any timers. */

import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from "vitest";
import { Client } from "../src/core/client.ts";
import { decodeArray } from "../src/core/codec.ts";
import type { GameSchema } from "../src/core/schema.ts";
import type { Session } from "../src/core/session.ts";
import {
  ARENA,
  CHECKED_DELTA_KIND,
  DELTA_KIND,
  Presence,
  SEATS_TABLE,
  SESSION_TABLE,
} from "../src/generated/protocol.ts";
import { type Changes, installMockWebSocket, MockServer, MockSocket, MockSockets } from "../src/testing/index.ts";
import { MockState } from "../src/testing/state.ts";
import { encodeServerMessage } from "../src/testing/wire.ts";
import { bytesOf, hexOf, readVectors } from "./vectors.ts";

/** A game that nobody generated. */
const POND = {
  game: "pond",
  version: 1,
  fingerprint: 7,
  tables: [SEATS_TABLE, { name: "ducks", columns: ["x", "hatchedAt"], gliding: [true, false] }, SESSION_TABLE],
  inputs: [{ name: "paddle", minimum: 0, maximum: 9, default: 0 }],
  actions: { quack: [] },
  events: [{ name: "splash", fields: ["duck", "height"] }],
  settings: [{ name: "depth", minimum: 1, maximum: 9, default: 3 }],
  refusals: ["asleep"],
} as const satisfies GameSchema;

const open: Session<never>[] = [];

function keep<S>(session: S): S {
  open.push(session as unknown as Session<never>);
  return session;
}

afterEach(() => {
  for (const session of open.splice(0)) session.disconnect();
  vi.useRealTimers();
});

describe("a client and a mock server, by hand", () => {
  async function join() {
    const server = new MockServer({ game: ARENA, rows: { items: 3 } });
    const client = new Client("http://play.test", { game: ARENA, openSocket: server.openSocket, fetch: server.fetch });
    client.nickname = "Ann";
    const joining = client.joinByCode(server.code);
    await server.asked();
    server.welcome();
    return { server, client, session: keep(await joining) };
  }

  it("joins, and has the state", async () => {
    const { server, session } = await join();
    expect(server.socket.url).toBe("ws://play.test/ws/K7P2QX");
    expect(server.socket.sentOfKind("hello")[0]).toMatchObject({ nickname: "Ann", fingerprint: ARENA.fingerprint });
    expect(session.connection.name).toBe("live");
    expect(session.seat).toBe(0);
    expect(session.me?.nickname).toBe("Ann");
    expect(session.host).toBe(session.me?.player);
    expect(session.state.seats.at(0).presence).toBe(Presence.Connected);
  });

  it("moves to another node: the client goes there and has its seat again", async () => {
    const { server, session } = await join();
    const [left, state, me] = [server.socket, session.state, session.me];
    const told: string[] = [];
    for (const subject of ["drop", "resume", "leave"] as const) session.on(subject, () => told.push(subject));
    server.move("ws://other.test/ws/K7P2QX");
    expect(left.readyState).toBe(MockSocket.CLOSED);
    expect(server.socket.url).toBe("ws://other.test/ws/K7P2QX");
    server.welcome();
    expect(session.me).toEqual(me);
    expect(session.state).not.toBe(state);
    expect([session.connection.name, ...told]).toEqual(["live", "drop", "resume"]);
  });

  it("moves those that it is told to", async () => {
    const { server, client, session } = await join();
    const second = client.joinByCode(server.code, { nickname: "Ben" });
    await server.asked(2);
    server.move("ws://other.test/ws/K7P2QX", server.sockets[1]);
    await server.asked(3);
    server.welcome();
    expect(keep(await second).seat).toBe(1);
    expect(session.connection.name).toBe("live");
    expect(server.openCount).toBe(2);
  });

  it("tells of changes by name, with the right deltas", async () => {
    const { server, session } = await join();
    server.change({ players: { 0: { x: 480, score: 3 }, 1: { y: -5 } }, items: { 2: { kind: 1 } } });
    expect(session.state.players.at(0)).toMatchObject({ x: 480, score: 3 });
    expect(session.state.players.at(1).y).toBe(-5);
    expect(session.state.items.at(2).kind).toBe(1);
    server.pass(3, { checked: true }); // x and y glide on
    expect(session.replica?.tick).toBe(server.tick);
    expect(session.state.players.at(0).x).toBe(4 * 480);
    expect(server.value("players", 0, "x")).toBe(4 * 480);
    server.change({ players: { 0: { x: 2000 } } }, { ticks: 2, checked: true });
    expect(session.state.players.at(0).x).toBe(2000);
    server.keyframe();
    expect(session.statistics.resyncs).toBe(0);
  });

  it("refuses what the schema does not have", async () => {
    const { server } = await join();
    expect(() => server.change({ players: { 9: { x: 1 } } })).toThrow(RangeError);
    expect(() => server.change({ lamps: {} } as Changes<typeof ARENA>)).not.toThrow(); // nothing is asked of it
    expect(() => server.change({ lamps: { 0: { x: 1 } } } as Changes<typeof ARENA>)).toThrow(RangeError);
    expect(() => server.change({ players: { 0: { z: 1 } } } as Changes<typeof ARENA>)).toThrow("no column z");
    expect(() => server.pass(128)).toThrow(RangeError);
    expect(() => server.happen("exploded" as "picked")).toThrow(RangeError);
  });

  it("knows the tables by their types", () => {
    const changes: Changes<typeof ARENA> = { players: { 0: { x: 1 } } };
    expectTypeOf(changes.items).not.toBeAny();
    // @ts-expect-error: items do not dash
    const wrong: Changes<typeof ARENA> = { items: { 0: { dashUntil: 1 } } };
    expect(wrong).toBeDefined();
  });

  it("tells of events and facts, and answers requests", async () => {
    const { server, session } = await join();
    const heard: unknown[] = [];
    session.on("event", ({ name, fields }) => heard.push([name, fields.points]));
    session.on("joined", ({ member }) => heard.push(member.nickname));
    server.happen("picked", { seat: 0, points: 5 });
    server.tell({
      kind: "joined",
      member: { player: 2, seat: 1, nickname: "Ben", bot: true, connected: true },
    });
    expect(heard).toEqual([["picked", 5], "Ben"]);
    const done = session.request("collect", { item: 2 });
    expect(server.socket.sentOfKind("request").at(-1)).toMatchObject({ action: "collect", arguments: [2] });
    server.reply();
    await expect(done).resolves.toBe(server.tick);
    const refused = session.request("collect", { item: 1 });
    server.reply("out_of_reach");
    await expect(refused).rejects.toMatchObject({ code: 10, reason: "out_of_reach" });
    const early = session.request("start");
    server.reply("not_host");
    await expect(early).rejects.toMatchObject({ code: 12, reason: "not_host" });
  });

  it("drops, and gives the seat back for the token", async () => {
    vi.useFakeTimers();
    const { server, session } = await join();
    const { player } = session.me!;
    server.drop();
    expect(session.connection.name).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(1000);
    expect((await server.asked(2)).readyState).toBe(MockSocket.CONNECTING);
    server.welcome();
    expect(session.connection.name).toBe("live");
    expect(session.me?.player).toBe(player);
    expect(server.members.size).toBe(1);
    server.drop(4011);
    expect(session.connection).toMatchObject({ name: "closed", reason: "session_ended", retryable: false });
  });

  it("tells those who are there of those who come", async () => {
    const { server, session, client } = await join();
    const joining = client.joinByCode(server.code, { nickname: "Ben" });
    await server.asked(2);
    const { seat } = server.welcome();
    const ben = keep(await joining);
    expect(seat).toBe(1);
    expect([...session.players.values()].map(({ nickname }) => nickname)).toEqual(["Ann", "Ben"]);
    server.change({ players: { 1: { x: 7 } } }, { checked: true });
    expect(session.state.players.at(1).x).toBe(7);
    expect(ben.state.players.at(1).x).toBe(7);
    expect(session.statistics.resyncs + ben.statistics.resyncs).toBe(0);
    const third = client.joinByCode(server.code);
    await server.asked(3);
    expect(() => server.welcome()).toThrow("every seat is taken");
    server.drop(4005);
    await expect(third).rejects.toMatchObject({ code: 4005, reason: "session_full" });
  });

  it("lets one watch", async () => {
    const { server, client } = await join();
    const watching = client.watch(server.code);
    await server.asked(2);
    expect(server.welcome()).toMatchObject({ seat: -1, player: 2, token: "" });
    expect(keep(await watching).watching).toBe(true);
  });

  it("finds out a client that says nothing at first", () => {
    const server = new MockServer({ game: ARENA });
    server.openSocket("ws://play.test/ws/K7P2QX", "tickroom.1");
    expect(() => server.welcome()).toThrow("no hello");
  });
});

describe("a server that answers by itself", () => {
  it.each(["real timers", "fake timers"])("with %s: any game, asked for over its fetch, is played", async (timers) => {
    if (timers === "fake timers") vi.useFakeTimers();
    const server = new MockServer({ game: POND, automatic: true, state: { ducks: { 0: { x: 40 } } } });
    // No schema given: the client asks for the game.
    const client = new Client("http://play.test", { openSocket: server.openSocket, fetch: server.fetch });
    const session = keep(await client.create({ seats: 2 }));
    expect(session.schema).toMatchObject(POND);
    expect(session.settings).toEqual({ depth: 3 });
    await expect(session.request("quack")).resolves.toBeGreaterThanOrEqual(100);
    server.change({ ducks: { 0: { x: 41 } } });
    expect(session.state.ducks!.at(0).x).toBe(41);
    const before = server.tick;
    if (timers === "fake timers") await vi.advanceTimersByTimeAsync(1000);
    else await vi.waitFor(() => expect(server.tick).toBeGreaterThan(before + 10));
    expect(session.replica!.tick).toBe(server.tick);
    session.leave();
    await vi.waitFor(() => expect(server.members.size).toBe(0));
  });

  it("moves all: they are back by themselves", async () => {
    const server = new MockServer({ game: ARENA, automatic: true });
    const client = new Client("http://play.test", { game: ARENA, openSocket: server.openSocket, fetch: server.fetch });
    const [ann, ben] = [keep(await client.create()), keep(await client.joinByCode(server.code))];
    const back = [ann, ben].map((session) => new Promise((resolve) => session.on("resume", resolve)));
    server.move("ws://other.test/ws/K7P2QX");
    for (const resume of await Promise.all(back)) expect(resume).toMatchObject({ sameSeat: true });
    expect(server.sockets.map(({ url }) => new URL(url).host)).toEqual([
      "play.test",
      "play.test",
      "other.test",
      "other.test",
    ]);
    expect(server.members.size).toBe(2);
  });

  it("runs at the tick rate, finds no input late, and ends with the last client", async () => {
    vi.useFakeTimers();
    const server = new MockServer({ game: ARENA, automatic: true });
    const client = new Client("http://play.test", { game: ARENA, openSocket: server.openSocket, fetch: server.fetch });
    const session = keep(await client.quickPlay());
    const from = server.tick;
    for (const x of [127, 0, -127]) {
      session.setInput({ x });
      await vi.advanceTimersByTimeAsync(3000);
    }
    expect(server.tick - from).toBeGreaterThan(9 * 30 - 7);
    expect(server.tick - from).toBeLessThanOrEqual(9 * 30);
    expect(session.connection.name).toBe("live");
    expect(session.quality).toBe("good");
    expect(server.value("seats", 0, "stamp")).toBeGreaterThan(from);
    expect(session.statistics.lateInputs).toBe(0);
    expect(session.statistics.resyncs).toBe(0);
    session.disconnect();
    await vi.advanceTimersByTimeAsync(100);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("goes down and comes up again", async () => {
    vi.useFakeTimers();
    const server = new MockServer({ game: ARENA, automatic: true });
    const client = new Client("http://play.test", { game: ARENA, openSocket: server.openSocket, fetch: server.fetch });
    const session = keep(await client.quickPlay());
    const { seat } = session;
    server.down();
    await vi.advanceTimersByTimeAsync(3000);
    expect(session.connection.name).toBe("reconnecting");
    await expect(client.quickPlay()).rejects.toMatchObject({ reason: "unreachable" });
    server.up();
    await vi.advanceTimersByTimeAsync(7000);
    expect(session.connection.name).toBe("live");
    expect(session.seat).toBe(seat);
    expect(server.openCount).toBe(1);
  });

  it("says so when the session is not this one", async () => {
    const server = new MockServer({ game: ARENA, automatic: true });
    const client = new Client("http://play.test", { openSocket: server.openSocket, fetch: server.fetch });
    await expect(client.joinByCode("222222")).rejects.toMatchObject({ reason: "no_such_session" });
  });
});

describe("a mock socket", () => {
  let socket: WebSocket; // what its users see
  let far: MockSocket;
  let heard: string[];

  beforeEach(() => {
    far = new MockSockets().openSocket("ws://echo.test/", ["one", "two"]);
    socket = far;
    heard = [];
    socket.addEventListener("open", () => heard.push("open"));
    socket.addEventListener("message", ({ data, target }) => heard.push(`message ${data} ${target === socket}`));
    socket.addEventListener("error", () => heard.push("error"));
    socket.onclose = ({ code, reason, wasClean }) => heard.push(`close ${code} ${reason} ${wasClean}`);
  });

  it("opens, speaks and closes as a WebSocket does", async () => {
    expect([socket.url, socket.protocol, socket.readyState]).toEqual(["ws://echo.test/", "one", 0]);
    expect(() => socket.send("too soon")).toThrow("CONNECTING");
    far.sayText("too soon as well");
    far.accept();
    far.accept();
    expect(socket.readyState).toBe(socket.OPEN);
    socket.send("hello");
    socket.send(Uint8Array.of(1, 2));
    far.sayText("hello to you");
    expect(far.sentTexts).toEqual(["hello"]);
    expect(far.sentBytes).toEqual([Uint8Array.of(1, 2)]);
    expect(() => socket.close(1006)).toThrow("1000");
    socket.close(4000, "enough");
    expect(socket.readyState).toBe(socket.CLOSING);
    expect(far.closedByClient).toEqual({ code: 4000, reason: "enough" });
    socket.send("into the void");
    expect(heard).toEqual(["open", "message hello to you true"]);
    await Promise.resolve();
    expect(socket.readyState).toBe(socket.CLOSED);
    expect(heard.at(-1)).toBe("close 4000 enough true");
    far.drop();
    far.sayText("too late");
    expect(heard).toHaveLength(3);
    expect(far.sentTexts).toHaveLength(1);
  });

  it("brings binary messages as the client wants them", () => {
    far.accept();
    const got: unknown[] = [];
    socket.onmessage = ({ data }) => got.push(data);
    far.sayBytes(Uint8Array.of(7));
    socket.binaryType = "arraybuffer";
    far.sayBytes(Uint8Array.of(7).subarray(0));
    expect(got[0]).toBeInstanceOf(Blob);
    expect(got[1]).toEqual(Uint8Array.of(7).buffer);
  });

  it("is closed once, also when both ends close it at the same moment", async () => {
    far.accept();
    socket.close(4000, "enough");
    far.drop(4011, "over");
    await Promise.resolve();
    expect(heard).toEqual(["open", "close 4011 over true"]);
  });

  it("breaks with an error before the close", () => {
    far.drop();
    expect(heard).toEqual(["error", "close 1006  false"]);
  });

  it("does not listen any more when told so", () => {
    const listener = () => heard.push("again");
    socket.addEventListener("open", listener);
    socket.removeEventListener("open", listener);
    far.accept();
    expect(heard).toEqual(["open"]);
  });
});

describe("the global WebSocket", () => {
  it("is a mock while installed, and what it was before afterwards", async () => {
    const before = globalThis.WebSocket;
    const { server, restore } = installMockWebSocket();
    try {
      const asked = server.asked();
      const socket = new WebSocket("ws://anywhere.test/", "chat");
      expect(await asked).toBe(socket);
      expect(socket).toBeInstanceOf(WebSocket);
      expect(WebSocket.OPEN).toBe(1);
      server.socket.accept();
      socket.send("hi");
      expect(server.socket.sentTexts).toEqual(["hi"]);
    } finally {
      restore();
    }
    expect(globalThis.WebSocket).toBe(before);
  });

  it("can be a whole mock server", async () => {
    const server = new MockServer({ game: ARENA, automatic: true });
    const { restore } = installMockWebSocket(server);
    try {
      const client = new Client("http://play.test", { game: ARENA });
      const session = keep(await client.joinByCode(server.code));
      expect(session.connection.name).toBe("live");
    } finally {
      restore();
    }
  });

  it("refuses while the server is down", async () => {
    const sockets = new MockSockets();
    sockets.down();
    const socket = sockets.openSocket("ws://anywhere.test/");
    const closed = new Promise<number>((resolve) => {
      socket.onclose = ({ code }) => resolve(code);
    });
    await expect(closed).resolves.toBe(1006);
    expect(sockets.openCount).toBe(0);
    expect(() => new MockSockets().socket).toThrow(RangeError);
  });
});

describe("the state of a mock server", () => {
  interface DeltaVector {
    name: string;
    tables: { name: string; rows: number; columns: { name: string; gliding: boolean }[] }[];
    frames: { hex: string; tick: number; values: number[]; rates: number[]; checksum: number }[];
  }

  /** All cells as changes by name. */
  function changesTo({ tables }: DeltaVector, cells: readonly number[]): Changes<GameSchema> {
    let cell = 0;
    const rowsOf = ({ rows, columns }: DeltaVector["tables"][number]) =>
      Array.from({ length: rows }, () => Object.fromEntries(columns.map(({ name }) => [name, cells[cell++]!])));
    return Object.fromEntries(tables.map((table) => [table.name, { ...rowsOf(table) }]));
  }

  // Those that begin at tick 0 have no tick before.
  const vectors = readVectors<DeltaVector[]>("deltas.json").filter(({ frames }) => frames[0]!.tick > 0);

  it.each(vectors)("tells of changes in the server's own bytes: $name", (vector) => {
    const tables = vector.tables.map(({ name, columns }) => ({
      name,
      columns: columns.map((column) => column.name),
      gliding: columns.map(({ gliding }) => gliding),
    }));
    const rows = Object.fromEntries(vector.tables.map((table) => [table.name, table.rows]));
    const [first, ...later] = vector.frames as [DeltaVector["frames"][0], ...DeltaVector["frames"]];
    const state = new MockState({ ...POND, tables } as GameSchema, 1, rows, first.tick - 1);
    const rates = [...first.rates];
    const gliding = vector.tables.flatMap((table) =>
      Array.from({ length: table.rows }, () => table.columns.map((column) => column.gliding)).flat(),
    );
    const rateOfCell = gliding.map((glides) => (glides ? rates.shift()! : 0));
    // A tick before the keyframe, at rest: so the first change gives the rates that the keyframe has.
    state.set(
      changesTo(
        vector,
        first.values.map((value, cell) => (value - rateOfCell[cell]!) | 0),
      ),
    );
    state.change(changesTo(vector, first.values));
    expect(hexOf(encodeServerMessage(state.keyframe()))).toBe(first.hex);
    for (const { hex, tick, values } of later) {
      const [kind] = decodeArray(bytesOf(hex));
      if (kind !== DELTA_KIND && kind !== CHECKED_DELTA_KIND) return; // a keyframe on the way: what follows is new again
      const delta = state.change(changesTo(vector, values), {
        ticks: tick - state.tick,
        checked: kind === CHECKED_DELTA_KIND,
      });
      expect(hexOf(encodeServerMessage(delta))).toBe(hex);
    }
  });
});
