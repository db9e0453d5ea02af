import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Lead } from "../src/core/lead.ts";
import { Refused } from "../src/core/requests.ts";
import { readSession, Session } from "../src/core/session.ts";
import { ARENA } from "../src/generated/protocol.ts";
import { FakeServer } from "./server.ts";

let server: FakeServer;
let session: Session;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  server = new FakeServer();
  session = new Session({
    server: "http://play.test",
    code: "K7P2QX",
    nickname: "Ann",
    game: ARENA,
    openSocket: server.openSocket,
    random: () => 0.5,
  });
  session.open();
});

afterEach(() => {
  session.disconnect();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("joining", () => {
  it("says hello with the fingerprint and the name, and is live with the welcome", () => {
    expect(session.connection.name).toBe("connecting");
    server.welcome();
    expect(server.addresses).toEqual(["ws://play.test/ws/K7P2QX"]);
    expect(server.socket.sent[0]).toEqual([0, ARENA.fingerprint, "Ann", null]);
    expect(session.connection.name).toBe("live");
    expect(session.welcome?.seat).toBe(0);
    expect(session.replica?.tick).toBe(100);
    expect([...session.roster.values()].map(({ nickname }) => nickname)).toEqual(["Ann"]);
  });

  it("gives up on a code that no session has", () => {
    server.socket.accept();
    server.socket.say([13, 4004, "no_such_session", false]);
    server.socket.drop(4004, "no_such_session");
    expect(session.connection).toEqual({ name: "closed", code: 4004, reason: "no_such_session" });
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
});

describe("after a drop", () => {
  it("comes back with the newest token, and holds what is held", () => {
    server.welcome();
    session.setInput([127, 0, 0]);
    server.socket.drop(1006);
    expect(session.connection).toEqual({ name: "reconnecting", attempt: 1, retryInMs: 200 });
    vi.advanceTimersByTime(200);
    server.welcome("token-2");
    expect(server.socket.sent[0]).toEqual([0, ARENA.fingerprint, "Ann", "token-1"]);
    vi.advanceTimersByTime(40);
    expect(server.socket.sentOfKind(1)[0]?.[2]).toEqual([127, 0, 0]);
    expect(session.token).toBe("token-2");
  });

  it("queues nothing meanwhile", () => {
    server.welcome();
    server.socket.drop(1006);
    for (const value of [1, 2, 3]) session.setInput([value, 0, 0]);
    vi.advanceTimersByTime(200);
    server.welcome();
    vi.advanceTimersByTime(100);
    expect(server.socket.sentOfKind(1).map((message) => message[2])).toEqual([[3, 0, 0]]);
  });

  it("waits longer each time, and gives up after a minute", () => {
    server.welcome();
    for (let count = 0; count < 60 && session.connection.name !== "closed"; count++) {
      server.socket.drop(1006);
      if (session.connection.name === "reconnecting") vi.advanceTimersByTime(session.connection.retryInMs);
    }
    expect(session.connection.name).toBe("closed");
    expect(server.sockets.length).toBeGreaterThan(10);
    expect(server.sockets.length).toBeLessThan(40);
  });

  it("stays away when the server says so, whatever the number means in general", () => {
    server.welcome();
    server.socket.say([13, 1012, "service_restart", false]);
    server.socket.drop(1012, "service_restart");
    expect(session.connection.name).toBe("closed");
  });

  it("joins as anybody would when the seat is gone", () => {
    server.welcome();
    server.socket.drop(1006);
    vi.advanceTimersByTime(200);
    server.socket.accept();
    server.socket.drop(4001, "not_authenticated");
    server.welcome();
    expect(server.socket.sent[0]).toEqual([0, ARENA.fingerprint, "Ann", null]);
    expect(session.connection.name).toBe("live");
  });

  it("notices a server that has fallen silent", () => {
    server.welcome();
    vi.advanceTimersByTime(6000);
    expect(session.connection.name).not.toBe("live");
    expect(server.sockets[0]?.closedByClient).not.toBeNull();
  });

  it("does not take its own long pause for the server's", () => {
    server.welcome();
    const now = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => now() + 10_000); // the page was busy for ten seconds:
    vi.advanceTimersByTime(1000); // it looks once before it reads what has come
    expect(session.connection.name).toBe("live");
  });

  it("does not come back after leaving", () => {
    server.welcome();
    session.leave();
    expect(server.socket.sentOfKind(5)).toHaveLength(1);
    expect(session.connection).toMatchObject({ name: "closed", code: 4000 });
    vi.advanceTimersByTime(60_000);
    expect(server.sockets).toHaveLength(1);
  });
});

describe("opening again", () => {
  it("lets the socket go that there was", () => {
    const [first] = server.sockets;
    session.open();
    expect(server.sockets).toHaveLength(2);
    expect(first?.closedByClient).not.toBeNull();
    expect(first?.onmessage).toBeNull();
    server.welcome();
    vi.advanceTimersByTime(500);
    expect(session.connection.name).toBe("live");
    expect(server.sockets).toHaveLength(2);
  });

  it("does so while waiting to reconnect, and then does not connect twice", () => {
    server.welcome();
    server.socket.drop(1006);
    session.open();
    server.socket.accept();
    vi.advanceTimersByTime(1000);
    expect(server.sockets).toHaveLength(2);
  });
});

describe("a welcome that cannot be used", () => {
  it("is as good as none: the fault is told, and the client tries again", () => {
    expect(() => server.welcome("token-1", [2, 2])).toThrow(RangeError);
    expect(session.connection.name).toBe("reconnecting");
    expect(server.sockets[0]?.closedByClient).not.toBeNull();
    vi.advanceTimersByTime(200);
    server.welcome("token-2");
    expect(session.connection.name).toBe("live");
  });
});

describe("state", () => {
  it("applies deltas, and asks for a keyframe once when one does not fit", () => {
    server.welcome();
    const ticks: number[] = [];
    session.on("state", (tick) => ticks.push(tick));
    server.socket.say([2, 101, 0, 55]);
    server.socket.say([2, 102, 999, 1]);
    server.socket.say([2, 103, 0, 1]);
    expect(ticks).toEqual([101]);
    expect(server.socket.sentOfKind(4)).toEqual([[4, 101, expect.any(Number)]]);
    server.socket.say([1, 104, Array.from({ length: 35 }, () => 0), [0, 0, 0, 0]]);
    server.socket.say([2, 105]);
    expect(ticks).toEqual([101, 104, 105]);
  });

  it("asks again when the keyframe does not come", () => {
    server.welcome();
    server.socket.say([2, 101, 999, 1]);
    vi.advanceTimersByTime(1200);
    server.socket.say([2, 102]);
    expect(server.socket.sentOfKind(4)).toHaveLength(2);
  });

  it("reads the session's own row", () => {
    server.welcome();
    server.socket.say([2, 101, -6, 9, 1, 500]); // row 5: status 1, ends_at 500
    expect(readSession(session.replica!, "status")).toBe(1);
    expect(readSession(session.replica!, "endsAt")).toBe(500);
  });

  it("treats garbage as a drop", () => {
    server.welcome();
    server.socket.say({ not: "an array" });
    expect(session.connection.name).toBe("reconnecting");
  });
});

describe("inputs", () => {
  it("are named for a tick ahead of the server's, and sent on change", () => {
    server.welcome();
    session.setInput([127, 0, 0]);
    const [first] = server.socket.sentOfKind(1);
    expect(first).toEqual([1, 101, [127, 0, 0]]);
    vi.advanceTimersByTime(500);
    expect(server.socket.sentOfKind(1)).toHaveLength(1);
    vi.advanceTimersByTime(600);
    expect(server.socket.sentOfKind(1)).toHaveLength(2);
  });

  it("go out again after input_too_early, with the clock that the next pong sets right", () => {
    server.welcome();
    vi.advanceTimersByTime(40);
    server.socket.say([2, 104, 0, 101]); // the first input was applied: stamp 101
    server.socket.say([2, 32]); // ticks are told modulo 128: 160, so that the clock is far ahead
    session.setInput([127, 0, 0]);
    const [, [, early]] = server.socket.sentOfKind(1) as [unknown, [number, number]];
    expect(early).toBeGreaterThan(160);
    const pings = server.socket.sentOfKind(3).length;
    server.socket.say([6, 5, "input_too_early"]);
    expect(server.socket.sentOfKind(3)).toHaveLength(pings + 1);
    vi.advanceTimersByTime(100);
    expect(server.socket.sentOfKind(1)).toHaveLength(2);
    server.socket.say([11, server.socket.sentOfKind(3).at(-1)?.[1], 108, 0]);
    vi.advanceTimersByTime(40);
    const again = server.socket.sentOfKind(1).at(-1) as [number, number, number[]];
    expect(again[1]).toBeLessThan(120);
    expect(again[2]).toEqual([127, 0, 0]);
  });

  it("are not taken for late after a resume, when the seat still has its old stamp", () => {
    const judged = vi.spyOn(Lead.prototype, "receiveStamp");
    server.welcome("token-1", undefined, 60);
    vi.advanceTimersByTime(40);
    server.socket.say([2, 101]);
    server.socket.say([2, 102, 0, 900]); // an input from before the drop, still in the server's queue
    expect(judged).not.toHaveBeenCalled();
  });

  it("are judged by their stamps", () => {
    const judged = vi.spyOn(Lead.prototype, "receiveStamp");
    server.welcome();
    session.setInput([127, 0, 0]);
    server.socket.say([2, 103, 0, 101]);
    expect(judged.mock.calls).toEqual([[101, 103]]);
  });
});

describe("requests", () => {
  it("resolve to their tick, or reject with the reason", async () => {
    server.welcome();
    const done = session.request("collect", 3);
    const refused = session.request("collect", 4);
    expect(server.socket.sentOfKind(2)).toEqual([
      [2, 1, "collect", [3]],
      [2, 2, "collect", [4]],
    ]);
    server.socket.say([5, 2, 10, "out_of_reach", 110]);
    server.socket.say([5, 1, 0, "ok", 111]);
    await expect(done).resolves.toBe(111);
    await expect(refused).rejects.toMatchObject({ reason: "out_of_reach", retryable: true });
  });

  it("reject when nobody answers, or the connection goes", async () => {
    server.welcome();
    const unanswered = session.request("start");
    const late = expect(unanswered).rejects.toMatchObject({ reason: "timeout" });
    for (let count = 0; count < 12; count++) {
      vi.advanceTimersByTime(500);
      server.socket.say([2, (101 + count) & 127]);
    }
    await late;
    const cut = session.request("start");
    server.socket.drop(1006);
    await expect(cut).rejects.toBeInstanceOf(Refused);
    await expect(session.request("start")).rejects.toMatchObject({ reason: "lost" });
  });
});

describe("roster", () => {
  it("follows who comes, drops, returns and leaves", () => {
    server.welcome();
    const left: string[] = [];
    session.on("left", ({ member, cause }) => left.push(`${member.nickname} ${cause}`));
    server.socket.say([7, [2, 1, "Ben", false, true]]);
    expect(session.roster.get(2)?.nickname).toBe("Ben");
    server.socket.say([9, 2, 1, 1000]);
    expect(session.roster.get(2)?.connected).toBe(false);
    server.socket.say([10, 2, 1]);
    expect(session.roster.get(2)?.connected).toBe(true);
    server.socket.say([8, 2, 1, "left"]);
    expect(session.roster.has(2)).toBe(false);
    expect(left).toEqual(["Ben left"]);
  });
});
