/** What a session knows of people besides the players: who watches, who we are, and another seat on the same socket. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Session } from "../src/core/session.ts";
import type { SessionOptions } from "../src/core/session_options.ts";
import { ARENA } from "../src/generated/protocol.ts";
import { Api, Client } from "../src/index.ts";
import { MockServer } from "../src/testing/index.ts";

type Arena = typeof ARENA;

let server: MockServer<Arena>;
let session: Session<Arena>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  server = new MockServer({ game: ARENA });
  session = made();
});

afterEach(() => {
  session.disconnect();
  vi.useRealTimers();
});

function made(options: Partial<SessionOptions<Arena>> = {}): Session<Arena> {
  const { openSocket } = server;
  const usual = { code: server.code, nickname: "Ann", schema: ARENA, openSocket, random: () => 0.5, environment: null };
  return new Session<Arena>({ ...usual, address: () => "ws://play.test/ws/K7P2QX", ...options });
}

const hello = () => server.socket.sentOfKind("hello").at(-1);

test("who watches is known from the welcome, and from then on", () => {
  const heard: (readonly [number, string])[][] = [];
  session.on("watchers", (watchers) => heard.push([...watchers]));
  session.open();
  server.welcome({ watchers: [[7, "Wim"]] });
  const before = session.watchers;
  server.tell({ kind: "watching", person: 8, nickname: "Zoe", on: true });
  expect(before).toEqual(new Map([[7, "Wim"]])); // whoever holds it sees that there is another
  server.tell({ kind: "watching", person: 7, nickname: "Wim", on: false });
  expect(session.watchers).toEqual(new Map([[8, "Zoe"]]));
  expect(heard.map((watchers) => watchers.length)).toEqual([1, 2, 1]);
});

test("a player who stands up watches on the same socket, and sits down again with a new clock and token", () => {
  session.open();
  server.welcome();
  expect(session.watching).toBe(false);
  const seats: number[] = [];
  session.on("welcome", ({ seat }) => seats.push(seat));
  const pings = server.socket.sentOfKind("ping").length;

  server.welcome({ player: 1, seat: -1, token: "" });
  expect(session).toMatchObject({ watching: true, seat: -1, resumeKey: null });
  expect(server.socket.sentOfKind("ping").length).toBeGreaterThan(pings); // the clock is new
  session.setInput({ x: 127 });
  vi.advanceTimersByTime(200);
  expect(server.socket.sentOfKind("input")).toEqual([]);

  server.welcome({ player: 1, seat: 1, token: "again" });
  expect(session).toMatchObject({ watching: false, seat: 1, resumeKey: `${server.code}.again` });
  expect(session.connection.name).toBe("live");
  expect(seats).toEqual([-1, 1]);
});

test.each([
  [-1, { watch: true, token: null }],
  [0, { watch: false, token: "kept" }],
])("after a drop who was on seat %i is so again", (seat, expected) => {
  session.open();
  server.welcome();
  server.welcome({ player: 1, seat, token: expected.token ?? "" });
  server.drop();
  vi.advanceTimersByTime(1000);
  server.socket.accept();
  expect(hello()).toMatchObject(expected);
});

test("a hello that the server cannot take is not said again: a name too long would have the same answer for ever", () => {
  const heard: string[] = [];
  session.on("error", ({ reason }) => heard.push(reason));
  session.open();
  server.socket.accept();
  server.tell({ kind: "error", code: 1, reason: "malformed" }, server.socket);
  expect(session.connection).toEqual({ name: "closed", code: 4008, reason: "malformed", retryable: false });
  expect(heard).toEqual(["malformed"]);
  vi.advanceTimersByTime(120_000);
  expect(server.sockets).toHaveLength(1);
});

test("one that came too soon is said again when the server closes, and errors later end nothing", () => {
  session.open();
  server.socket.accept();
  server.tell({ kind: "error", code: 20, reason: "rate_limited", retryAfterMs: 900 }, server.socket);
  server.drop(4029);
  vi.advanceTimersByTime(1000);
  server.welcome();
  server.tell({ kind: "error", code: 1, reason: "malformed" });
  expect(session.connection.name).toBe("live");
});

test("the password goes with each hello; the identity is asked for anew each time", async () => {
  let asked = 0;
  session = made({ password: "swordfish", identity: async () => `jwt ${++asked}` });
  session.open();
  for (const identity of ["jwt 1", "jwt 2"]) {
    await vi.advanceTimersByTimeAsync(1000);
    server.welcome();
    expect(hello()).toMatchObject({ password: "swordfish", identity });
    server.drop();
  }
});

test("an identity that is a text, or none, delays nothing", () => {
  for (const identity of ["jwt", () => "jwt", () => null]) {
    session.disconnect();
    session = made({ identity });
    session.open();
    server.socket.accept();
    expect(hello()?.identity).toBe(typeof identity === "function" ? identity() : identity);
  }
});

test("the client gives both to each session, and shows the identity over HTTP", async () => {
  const shown: (string | null)[] = [];
  const client = new Client("http://play.test", {
    game: ARENA,
    openSocket: server.openSocket,
    environment: null,
    identity: () => "jwt",
    fetch: async (input, request) => {
      shown.push(new Headers(request?.headers).get("Authorization"));
      return server.fetch(input, request);
    },
  });
  const joining = client.create({}, { password: "swordfish" });
  await server.asked();
  server.welcome();
  session = await joining;
  expect(hello()).toMatchObject({ password: "swordfish", identity: "jwt" });
  expect(shown).toEqual(["Bearer jwt"]);

  session.disconnect();
  session = client.open(server.code, { password: "other" });
  server.socket.accept();
  expect(hello()?.password).toBe("other");
});

test("who has no identity shows none over HTTP", async () => {
  const headers: (string | null)[] = [];
  const ask = async (_: unknown, request?: RequestInit) => {
    headers.push(new Headers(request?.headers).get("Authorization"));
    return Response.json({ sessions: [] });
  };
  await new Api("", { fetch: ask, identity: () => null }).listSessions();
  await new Api("", { fetch: ask }).listSessions();
  expect(headers).toEqual([null, null]);
});

test("what is never answered is posted while live, and is gone otherwise", () => {
  session.open();
  expect(session.post({ kind: "typing", channel: 0, on: true })).toBe(false);
  server.welcome();
  expect(session.post({ kind: "read", message: 3 })).toBe(true);
  expect(server.socket.sentOfKind("read")).toEqual([{ kind: "read", message: 3 }]);
});

test("what was said is kept for whoever comes to hear of it later, as far as it is bounded", () => {
  session.open();
  server.welcome();
  const message = { person: 1, nickname: "Ann", channel: 0, text: "hello", tick: 1, atMs: 1, edited: false };
  server.tell({ kind: "history", messages: [{ id: 1, ...message }], reads: [] });
  server.tell({ kind: "read", person: 2, message: 1 });
  server.tell({ kind: "said", message: { id: 2, ...message } });
  server.tell({ kind: "revised", message: 2, text: "bye", deleted: false, atMs: 2 });
  server.tell({ kind: "read", person: 2, message: 2 });
  expect([...session.talk].map(({ kind }) => kind)).toEqual(["history", "said", "revised", "read"]);
  for (let id = 3; id < 700; id++) server.tell({ kind: "said", message: { id, ...message } });
  const kept = [...session.talk];
  expect(kept).toHaveLength(500);
  expect(kept.at(-1)).toMatchObject({ kind: "said", message: { id: 699 } });
});
