/** The list of public sessions, against a mock server: one socket, and what happens where it cannot be had. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ARENA, type Listing, SUBPROTOCOL } from "../src/generated/protocol.ts";
import { Client } from "../src/index.ts";
import { LobbyList } from "../src/lobby/index.ts";
import { MockEnvironment, MockServer } from "../src/testing/index.ts";

let server: MockServer<typeof ARENA>;
let environment: MockEnvironment;
let polls: number;
let held: Promise<void> | null; // an answer over HTTP takes so long
let lists: LobbyList[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  server = new MockServer({ game: ARENA, seats: 4 });
  environment = new MockEnvironment();
  polls = 0;
  held = null;
  lists = [];
});

afterEach(() => {
  for (const list of lists) list.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(environment.listenerCount).toBe(0);
  expect(server.lobby.openCount).toBe(0);
  vi.useRealTimers();
});

function open(): LobbyList {
  const client = new Client("http://play.test", {
    game: ARENA,
    openSocket: server.openSocket,
    environment,
    random: () => 0.5,
    fetch: async (input, request) => {
      polls += 1;
      const answer = await server.fetch(input);
      await held;
      request?.signal?.throwIfAborted();
      return answer;
    },
  });
  const list = new LobbyList(client);
  lists.push(list);
  return list;
}

const listing = (code: string, players = 1): Listing => ({ ...server.listing(), code, players });
const codes = (list: LobbyList) => list.sessions.map(({ code }) => code);

describe("the lobby's socket", () => {
  it("brings the list, and then what changes in it; what does not is the same", () => {
    const list = open();
    expect(server.lobby.socket).toMatchObject({ url: "ws://play.test/ws/lobby", protocol: SUBPROTOCOL });
    expect(list).toMatchObject({ sessions: [], isLoading: true, isLive: false, error: null });
    const changed = vi.fn();
    list.on("changed", changed);
    server.lobby.welcome([listing("BBBBBB"), listing("CCCCCC")]);
    expect(list).toMatchObject({ isLoading: false, isLive: true, error: null });
    const [second, third] = list.sessions;
    changed.mockClear();
    server.lobby.change([listing("AAAAAA"), listing("CCCCCC", 3)], ["DDDDDD"]);
    expect(changed).toHaveBeenCalledTimes(1);
    expect(codes(list)).toEqual(["AAAAAA", "BBBBBB", "CCCCCC"]);
    expect(list.sessions[1]).toBe(second);
    expect(list.sessions[2]).not.toBe(third);
    expect(list.sessions[2]?.players).toBe(3);
    server.lobby.change([], ["BBBBBB", "AAAAAA"]);
    expect(codes(list)).toEqual(["CCCCCC"]);
    expect(server.lobby.socket.sent).toEqual([]); // no hello
    expect(polls).toBe(0);
  });

  it("comes back by itself, with the list as it is then, which is asked for meanwhile", async () => {
    const list = open();
    server.lobby.welcome([listing("AAAAAA")]);
    const before = list.sessions;
    server.lobby.socket.drop();
    expect(list).toMatchObject({ isLive: false, sessions: before });
    await vi.advanceTimersByTimeAsync(0);
    expect(codes(list)).toEqual([server.code]); // over HTTP
    await vi.advanceTimersByTimeAsync(200);
    expect(server.lobby.sockets).toHaveLength(2);
    server.lobby.welcome([listing("AAAAAA"), listing("BBBBBB")]);
    expect(codes(list)).toEqual(["AAAAAA", "BBBBBB"]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(polls).toBe(1);
  });

  it("may be silent for long: it is asked now and then, and lost when there is no answer", async () => {
    const list = open();
    server.lobby.welcome([]);
    const pings = () => server.lobby.socket.sentOfKind("ping").length;
    for (let minute = 0; minute < 3; minute++) {
      await vi.advanceTimersByTimeAsync(20_000);
      expect(pings()).toBe(minute + 1);
      server.lobby.socket.say({ kind: "pong", echo: 0, tick: 0, ageUs: 0 });
      expect(list.isLive).toBe(true);
    }
    await vi.advanceTimersByTimeAsync(22_000);
    expect(list.isLive).toBe(false);
  });

  it("is asked at once when the network is another", async () => {
    const list = open();
    server.lobby.welcome([]);
    environment.tell("online");
    expect(server.lobby.socket.sentOfKind("ping")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(list.isLive).toBe(false);
  });

  it("and everything else ends with close()", async () => {
    const list = open();
    server.lobby.welcome([listing("AAAAAA")]);
    list.close();
    const changed = vi.fn();
    list.on("changed", changed);
    server.lobby.change([listing("BBBBBB")]);
    list.refresh();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(codes(list)).toEqual(["AAAAAA"]);
    expect([changed.mock.calls.length, polls, server.lobby.sockets.length]).toEqual([0, 0, 1]);
  });
});

describe("without the socket", () => {
  it.each([1006, 4004, 4003])("refused with %i, the list is asked for every few seconds", async (code) => {
    const list = open();
    server.lobby.socket.drop(code);
    await vi.advanceTimersByTimeAsync(0);
    expect(list).toMatchObject({ isLoading: false, isLive: false, error: null });
    expect(list.sessions).toEqual([server.listing()]);
    const before = list.sessions;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(polls).toBeGreaterThanOrEqual(3);
    expect(list.sessions).toBe(before);
  });

  it("a change in the answer is told; so is that there is none, once", async () => {
    const list = open();
    server.lobby.socket.drop(4004);
    await vi.advanceTimersByTimeAsync(0);
    const changed = vi.fn();
    list.on("changed", changed);
    server.down();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(list.error).toMatchObject({ reason: "unreachable" });
    expect(codes(list)).toEqual([server.code]); // as long as nobody knows better
    expect(changed).toHaveBeenCalledTimes(1);
    server.up();
    await vi.advanceTimersByTimeAsync(5000);
    expect(list.error).toBeNull();
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it("the socket is tried again a minute after its attempts came to their end", async () => {
    server.down();
    const list = open();
    await vi.advanceTimersByTimeAsync(75_000);
    const attempts = server.lobby.sockets.length;
    server.up();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.lobby.sockets.length).toBeGreaterThan(attempts);
    server.lobby.welcome([listing("AAAAAA")]);
    expect(list.isLive).toBe(true);
    expect(codes(list)).toEqual(["AAAAAA"]);
  });

  it("an answer that comes late, after the socket's list, is not taken", async () => {
    const list = open();
    let answer = () => {};
    held = new Promise((resolve) => {
      answer = resolve;
    });
    server.lobby.socket.drop();
    await vi.advanceTimersByTimeAsync(200);
    expect(polls).toBe(1);
    server.lobby.welcome([listing("AAAAAA")]);
    answer();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(codes(list)).toEqual(["AAAAAA"]);
    expect(polls).toBe(1);
  });

  it("refresh asks now", async () => {
    const list = open();
    server.lobby.socket.drop(4004);
    await vi.advanceTimersByTimeAsync(0);
    list.refresh();
    await vi.advanceTimersByTimeAsync(0);
    expect(polls).toBe(2);
  });
});

it("an automatic mock server lists its session by itself, and answers pings", async () => {
  server = new MockServer({ game: ARENA, automatic: true });
  const list = open();
  await vi.advanceTimersByTimeAsync(0);
  expect(list.sessions).toEqual([server.listing()]);
  await vi.advanceTimersByTimeAsync(30_000);
  expect(list.isLive).toBe(true);
});
