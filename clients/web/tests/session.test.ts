import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Refused } from "../src/core/requests.ts";
import { Session } from "../src/core/session.ts";
import type { SessionOptions } from "../src/core/session_options.ts";
import { ARENA, type Member } from "../src/generated/protocol.ts";
import { MockEnvironment, MockServer } from "../src/testing/index.ts";

type Arena = typeof ARENA;

let server: MockServer<Arena>;
let session: Session<Arena>;
let environment: MockEnvironment;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  server = new MockServer({ game: ARENA });
  environment = new MockEnvironment();
  session = made();
  session.open();
});

afterEach(() => {
  session.disconnect();
  expect(environment.listenerCount).toBe(0);
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function made(options: Partial<SessionOptions<Arena>> = {}): Session<Arena> {
  return new Session({
    code: "K7P2QX",
    nickname: "Ann",
    schema: ARENA,
    address: () => "ws://play.test/ws/K7P2QX",
    openSocket: server.openSocket,
    random: () => 0.5,
    environment,
    ...options,
  });
}

/** Replace the session of `beforeEach` by another one. */
function open(options: Partial<SessionOptions<Arena>>): void {
  session.disconnect();
  session = made(options);
  session.open();
}

/** Answer the newest ping: the server is in its newest tick, `ageUs` into it. */
function pong(tick = server.tick, ageUs = 0): void {
  const { echo } = server.socket.sentOfKind("ping").at(-1)!;
  server.tell({ kind: "pong", echo, tick, ageUs });
}

function heard(): string[] {
  const life: string[] = [];
  session.on("drop", () => life.push("drop"));
  session.on("resume", ({ sameSeat }) => life.push(sameSeat ? "resume" : "another seat"));
  session.on("leave", ({ reason }) => life.push(`leave ${reason}`));
  return life;
}

const hello = {
  kind: "hello",
  fingerprint: ARENA.fingerprint,
  nickname: "Ann",
  token: null,
  bot: false,
  watch: false,
  password: null,
  identity: null,
};

describe("joining", () => {
  it("says hello with the fingerprint and the name, and is live with the welcome", () => {
    expect(session.connection.name).toBe("connecting");
    expect(session.view()).toBeNull();
    expect(() => session.state).toThrow(RangeError);
    server.welcome();
    expect(server.socket.url).toBe("ws://play.test/ws/K7P2QX");
    expect(server.socket.sentOfKind("hello")).toEqual([hello]);
    expect(session.connection.name).toBe("live");
    expect(session.seat).toBe(0);
    expect(session.me?.nickname).toBe("Ann");
    expect(session.replica?.tick).toBe(100);
    expect(session.state.seats.at(0).player).toBe(1);
    expect(session.resumeKey).toBe(`K7P2QX.${session.welcome?.token}`);
  });

  it("gives up on a code that no session has", () => {
    const life = heard();
    server.socket.accept();
    server.drop(4004);
    expect(session.connection).toEqual({ name: "closed", code: 4004, reason: "no_such_session", retryable: false });
    expect(life).toEqual(["leave no_such_session"]);
    vi.advanceTimersByTime(120_000);
    expect(server.sockets).toHaveLength(1);
  });

  it("tries again when the welcome does not come", () => {
    server.socket.accept();
    vi.advanceTimersByTime(8000);
    expect(session.connection.name).toBe("reconnecting");
    vi.advanceTimersByTime(200);
    expect(server.sockets).toHaveLength(2);
  });

  it("looks on without a seat, sends no input, and needs none to draw", () => {
    open({ watch: true });
    server.welcome();
    expect(server.socket.sentOfKind("hello")[0]?.watch).toBe(true);
    expect(session.seat).toBe(-1);
    expect(session.me).toBeNull();
    expect(session.resumeKey).toBeNull();
    session.setInput({ x: 127 });
    vi.advanceTimersByTime(100);
    pong();
    vi.advanceTimersByTime(100);
    expect(server.socket.sentOfKind("input")).toEqual([]);
    expect(session.view()?.players.length).toBe(2);
  });
});

describe("after a drop", () => {
  it("comes back with the newest token, and holds what is held", () => {
    const life = heard();
    const first = server.welcome().token;
    pong();
    session.setInput({ x: 127 });
    server.drop();
    expect(session.connection).toMatchObject({ name: "reconnecting", attempt: 1, retryInMs: 200 });
    expect(session.quality).toBe("lost");
    vi.advanceTimersByTime(200);
    const second = server.welcome().token;
    expect(server.socket.sentOfKind("hello")[0]?.token).toBe(first);
    pong();
    vi.advanceTimersByTime(40);
    expect(server.socket.sentOfKind("input")[0]?.values).toEqual([127, 0, 0]);
    expect(session.resumeKey).toBe(`K7P2QX.${second}`);
    expect(second).not.toBe(first);
    expect(life).toEqual(["drop", "resume"]);
    expect(session.statistics.reconnects).toBe(1);
  });

  it("replays no input that was made meanwhile: only what is held at last", () => {
    server.welcome();
    server.drop();
    for (const x of [1, 2, 3]) session.setInput({ x });
    vi.advanceTimersByTime(200);
    server.welcome();
    pong();
    vi.advanceTimersByTime(100);
    expect(server.socket.sentOfKind("input").map(({ values }) => values)).toEqual([[3, 0, 0]]);
  });

  it("is one drop, however many attempts fail, and then a leave", () => {
    server.welcome();
    const life = heard();
    for (let count = 0; count < 60 && session.connection.name !== "closed"; count++) {
      server.socket.drop(1006);
      if (session.connection.name === "reconnecting") vi.advanceTimersByTime(session.connection.retryInMs);
    }
    expect(session.connection).toMatchObject({ name: "closed", retryable: true });
    expect(life[0]).toBe("drop");
    expect(life).toHaveLength(2);
    expect(server.sockets.length).toBeGreaterThan(10);
    expect(server.sockets.length).toBeLessThan(40);
  });

  it("does not wait when the player does not want to", () => {
    server.welcome();
    server.drop();
    session.reconnect();
    vi.advanceTimersByTime(1);
    expect(server.sockets).toHaveLength(2);
    server.welcome();
    expect(session.connection.name).toBe("live");
  });

  it("stays away when the server says so, whatever the number means in general", () => {
    server.welcome();
    server.tell({ kind: "closing", code: 1012, reason: "service_restart", retryable: false });
    server.socket.drop(1012, "service_restart");
    expect(session.connection.name).toBe("closed");
  });

  it.each([
    [4013, "kicked"],
    [4012, "superseded"],
    [4011, "session_ended"],
  ])("does not come back after %i", (code, reason) => {
    server.welcome();
    server.drop(code);
    expect(session.connection).toMatchObject({ name: "closed", code, reason, retryable: false });
    vi.advanceTimersByTime(60_000);
    expect(server.sockets).toHaveLength(1);
  });

  it("joins as anybody would when the seat is gone, with what was asked for meanwhile", () => {
    server.welcome();
    server.drop();
    void session.request("ready", [1]);
    const resumed: boolean[] = [];
    session.on("resume", ({ sameSeat }) => resumed.push(sameSeat));
    vi.advanceTimersByTime(200);
    server.socket.accept();
    server.drop(4001);
    server.welcome();
    expect(server.socket.sentOfKind("hello")).toEqual([hello]);
    expect(server.socket.sentOfKind("request")).toHaveLength(1);
    server.reply();
    expect(session.connection.name).toBe("live");
    expect(resumed).toEqual([false]);
  });

  it("or does not, when that was not wanted", () => {
    open({ token: "old", rejoin: false });
    server.socket.accept();
    server.drop(4001);
    expect(session.connection).toMatchObject({ name: "closed", code: 4001 });
    expect(session.resumeKey).toBeNull();
  });

  it("does not come back after leaving", () => {
    server.welcome();
    const life = heard();
    session.leave();
    expect(server.socket.sentOfKind("leave")).toHaveLength(1);
    expect(session.connection).toMatchObject({ name: "closed", code: 4000 });
    expect(life).toEqual(["leave left"]);
    vi.advanceTimersByTime(60_000);
    expect(server.sockets).toHaveLength(1);
  });
});

describe("a welcome that cannot be used", () => {
  it("is as good as none: the fault is told, and the client tries again", () => {
    server.socket.accept();
    const told = { code: "K7P2QX", player: 1, seat: 0, token: "t", tick: 1, tickHz: 30, game: "arena" };
    const rest = { settings: {}, maxLeadTicks: 30, graceTicks: 900, roster: [], watchers: [], host: 1 };
    expect(() => server.socket.say({ kind: "welcome", ...told, ...rest, rows: [2, 2] })).toThrow(RangeError);
    expect(session.connection.name).toBe("reconnecting");
    vi.advanceTimersByTime(200);
    server.welcome();
    expect(session.connection.name).toBe("live");
  });
});

describe("state", () => {
  it("applies deltas, and asks for a keyframe once when one does not fit", () => {
    server.welcome();
    const ticks: number[] = [];
    session.on("state", (tick) => ticks.push(tick));
    server.change({ players: { 1: { x: 480 } } });
    expect(session.state.players.at(1).x).toBe(480);
    server.tell({ kind: "delta", tokens: [2, 102, 999, 1] });
    server.tell({ kind: "delta", tokens: [2, 103, 0, 1] });
    expect(ticks).toEqual([101]);
    expect(server.socket.sentOfKind("resync")).toEqual([{ kind: "resync", tick: 101, checksum: expect.any(Number) }]);
    expect(session.statistics.resyncs).toBe(1);
    server.pass(3);
    server.keyframe();
    server.pass();
    expect(ticks).toEqual([101, 104, 105]);
  });

  it("verifies the checksum, and asks for a keyframe when it differs", () => {
    server.welcome();
    server.pass(1, { checked: true });
    expect(server.socket.sentOfKind("resync")).toHaveLength(0);
    server.tell({ kind: "delta", tokens: [3, 102, 12345] });
    expect(server.socket.sentOfKind("resync")).toHaveLength(1);
  });

  it("asks again when the keyframe does not come", () => {
    server.welcome();
    server.tell({ kind: "delta", tokens: [2, 101, 999, 1] });
    vi.advanceTimersByTime(1200);
    server.tell({ kind: "delta", tokens: [2, 102] });
    expect(server.socket.sentOfKind("resync")).toHaveLength(2);
  });

  it("is read by name, in the newest state and as it is drawn", () => {
    server.welcome();
    server.change({ session: { 0: { status: 1, endsAt: 500, host: 1 } }, items: { 1: { kind: 2 } } });
    expect(session.state.session.status).toBe(1);
    expect(session.state.session.endsAt).toBe(500);
    expect(session.host).toBe(1);
    expect([...session.state.items].map(({ row, kind }) => [row, kind])).toEqual([
      [0, 0],
      [1, 2],
    ]);
    expect(() => session.state.items.at(2)).toThrow(RangeError);
    vi.advanceTimersByTime(500);
    const view = session.view()!;
    expect(view.items.at(1).kind).toBe(2);
    expect(view.session.status).toBe(1);
    expect(view.tick).toBeGreaterThan(101);
  });

  it("treats garbage as a drop", () => {
    server.welcome();
    server.socket.sayBytes(new Uint8Array([0xc1]));
    expect(session.connection.name).toBe("reconnecting");
  });
});

describe("inputs", () => {
  it("are named for a tick ahead of the server's, and sent on change", () => {
    server.welcome();
    session.setInput({ x: 127 });
    expect(server.socket.sentOfKind("input")).toEqual([]); // not before the first pong: the clock is not known yet
    pong();
    vi.advanceTimersByTime(40);
    const [first] = server.socket.sentOfKind("input");
    expect(first).toMatchObject({ tick: 102, values: [127, 0, 0] });
    vi.advanceTimersByTime(500);
    expect(server.socket.sentOfKind("input")).toHaveLength(1);
    vi.advanceTimersByTime(800);
    expect(server.socket.sentOfKind("input")).toHaveLength(2);
  });

  it("that are not named are at their default", () => {
    server.welcome();
    pong();
    session.setInput({ x: 3, y: 4 });
    session.setInput({ buttons: 1 });
    expect(server.socket.sentOfKind("input").at(-1)?.values).toEqual([0, 0, 1]);
  });

  it("go out again after input_too_early, with the clock that the next pong sets right", () => {
    server.welcome();
    pong();
    session.setInput({ x: 127 });
    vi.advanceTimersByTime(40);
    server.tell({ kind: "delta", tokens: [2, 32] }); // ticks are told modulo 128: 160, so that the clock is far ahead
    session.setInput({ x: -127 });
    const early = server.socket.sentOfKind("input").at(-1)!.tick;
    expect(early).toBeGreaterThan(160);
    const pings = server.socket.sentOfKind("ping").length;
    server.tell({ kind: "error", code: 5, reason: "input_too_early" });
    expect(server.socket.sentOfKind("ping")).toHaveLength(pings + 1);
    const told = server.socket.sentOfKind("input").length;
    vi.advanceTimersByTime(100);
    expect(server.socket.sentOfKind("input")).toHaveLength(told);
    pong(108);
    vi.advanceTimersByTime(1200); // it says it again when it may hope to be heard
    expect(server.socket.sentOfKind("input").at(-1)?.values).toEqual([-127, 0, 0]);
    expect(server.socket.sentOfKind("input").length).toBeGreaterThan(told);
  });

  it("are judged by their stamps: in time, or late", () => {
    server.welcome();
    pong();
    session.setInput({ x: 127 });
    const first = server.socket.sentOfKind("input").at(-1)!.tick;
    server.change({ seats: { 0: { stamp: first } } }, { ticks: first - server.tick });
    expect(session.statistics).toMatchObject({ inputs: 1, lateInputs: 0 });
    session.setInput({ x: 0 });
    const second = server.socket.sentOfKind("input").at(-1)!.tick;
    server.change({ seats: { 0: { stamp: second } } }, { ticks: second - server.tick + 2 });
    expect(session.statistics).toMatchObject({ inputs: 2, lateInputs: 1 });
  });

  it("are not taken for late after a resume, when the seat still has its old stamp", () => {
    server = new MockServer({ game: ARENA, state: { seats: { 0: { stamp: 60 } } } });
    open({ openSocket: server.openSocket });
    server.welcome();
    vi.advanceTimersByTime(40);
    server.pass();
    server.change({ seats: { 0: { stamp: 900 } } }); // an input from before the drop, still in the server's queue
    expect(session.statistics).toMatchObject({ inputs: 0, lateInputs: 0 });
  });
});

describe("requests", () => {
  it("resolve to their tick, or reject with the reason", async () => {
    server.welcome();
    const done = session.request("collect", { item: 3 });
    const refused = session.request("collect", [4]);
    session.send("kick", { player: 2 });
    const [one, two, three] = server.socket.sentOfKind("request");
    expect([one?.arguments, two?.arguments, three?.arguments]).toEqual([[3], [4], [2]]);
    server.reply("out_of_reach", two!.id);
    server.reply("ok", one!.id);
    await expect(done).resolves.toBe(100);
    await expect(refused).rejects.toMatchObject({ reason: "out_of_reach", retryable: true });
  });

  it("made while away are sent when it is live again; those that were under way are lost", async () => {
    server.welcome();
    const cut = session.request("start");
    server.drop();
    await expect(cut).rejects.toMatchObject({ reason: "lost" });
    const waiting = session.request("start");
    expect(session.send("start")).toBe(false);
    vi.advanceTimersByTime(200);
    server.welcome();
    expect(server.socket.sentOfKind("request")).toHaveLength(1);
    server.reply();
    await expect(waiting).resolves.toBe(server.tick);
  });

  it("reject for good when it is over", async () => {
    server.welcome();
    session.leave();
    await expect(session.request("start")).rejects.toBeInstanceOf(Refused);
  });
});

describe("what is told", () => {
  it("of the people: who comes, drops, returns and leaves", () => {
    server.welcome();
    const left: string[] = [];
    session.on("left", ({ member, cause }) => left.push(`${member.nickname} ${cause}`));
    const ben: Member = { player: 2, seat: 1, nickname: "Ben", bot: false, connected: true };
    server.tell({ kind: "joined", member: ben });
    expect(session.players.get(2)?.nickname).toBe("Ben");
    server.tell({ kind: "dropped", player: 2, seat: 1, until: 1000 });
    expect(session.players.get(2)?.connected).toBe(false);
    server.tell({ kind: "resumed", player: 2, seat: 1 });
    expect(session.players.get(2)?.connected).toBe(true);
    server.tell({ kind: "left", player: 2, seat: 1, cause: "kicked" });
    expect(session.players.has(2)).toBe(false);
    expect(left).toEqual(["Ben kicked"]);
  });

  it("of the game: events by name, settings, and every fact as it is", () => {
    server.welcome();
    const events: unknown[] = [];
    const facts: string[] = [];
    session.on("event", (event) => events.push(event));
    session.on("fact", ({ kind }) => facts.push(kind));
    server.happen("picked", { seat: 1, item: 7, kind: 1, points: 10 });
    expect(events).toEqual([{ tick: 100, kind: 0, name: "picked", fields: { seat: 1, item: 7, kind: 1, points: 10 } }]);
    server.tell({ kind: "settings", settings: { map: 2 } });
    expect(session.settings).toEqual({ map: 2 });
    expect(facts).toEqual(["events", "settings"]);
  });
});

describe("figures", () => {
  it("are sampled once a second, counters as what was added", () => {
    server.welcome();
    for (let second = 0; second < 5; second++) {
      pong();
      for (let count = 0; count < 5; count++) {
        vi.advanceTimersByTime(200);
        server.pass();
      }
    }
    const { history } = session.statistics;
    expect(history.messagesIn.length).toBe(5);
    expect(history.messagesIn.values().slice(1)).toEqual([6, 6, 6, 6]);
    expect(history.bytesOut.values().every((bytes) => bytes > 0)).toBe(true);
    expect(session.quality).toBe("good");
  });

  it("say `poor` when the server is silent for long, and `good` when it has spoken for a while", () => {
    server.welcome();
    const words: string[] = [];
    session.on("quality", (word) => words.push(word));
    vi.advanceTimersByTime(1500);
    expect(session.quality).toBe("poor");
    for (let count = 0; count < 25; count++) {
      server.pass();
      vi.advanceTimersByTime(200);
    }
    expect(words).toEqual(["poor", "good"]);
  });
});
