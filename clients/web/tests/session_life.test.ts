/** A session's life as it is told: each end once, in order, whatever those who listen do meanwhile. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Session } from "../src/core/session.ts";
import { ARENA } from "../src/generated/protocol.ts";
import { MockEnvironment, MockServer } from "../src/testing/index.ts";

let server: MockServer<typeof ARENA>;
let session: Session<typeof ARENA>;
let environment: MockEnvironment;
let told: string[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  server = new MockServer({ game: ARENA });
  environment = new MockEnvironment();
  session = new Session({
    code: "K7P2QX",
    nickname: "Ann",
    schema: ARENA,
    address: () => "ws://play.test/ws/K7P2QX",
    openSocket: server.openSocket,
    random: () => 0.5,
    environment,
  });
  told = [];
});

afterEach(() => {
  session.disconnect();
  expect(environment.listenerCount).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Note what is told from now on. */
function listen(): void {
  session.on("connection", ({ name }) => told.push(name));
  session.on("drop", () => told.push("drop"));
  session.on("resume", () => told.push("resume"));
  session.on("leave", ({ reason }) => told.push(`leave: ${reason}`));
}

describe("the end", () => {
  it("is told once, with its first reason, however often the session is ended after it", () => {
    session.open();
    server.welcome();
    listen();
    server.drop(4013);
    session.disconnect();
    session.leave();
    expect(told.filter((word) => word.startsWith("leave"))).toEqual(["leave: kicked"]);
    expect(session.connection).toMatchObject({ name: "closed", code: 4013 });
    expect(session.resumeKey).toBeNull();
  });

  it("can be made by whoever hears of a drop: nothing is told of the drop after it", () => {
    session.open();
    server.welcome();
    session.on("connection", ({ name }) => name === "reconnecting" && session.leave());
    listen();
    server.drop();
    expect(told).toEqual(["drop", "reconnecting", "leave: left", "closed"]);
    session.reconnect();
    server.welcome();
    expect(told).not.toContain("resume"); // it was left: this is another life
  });

  it("can be made by whoever hears that the connection is lost: then it is no drop", () => {
    session.open();
    server.welcome();
    session.on("quality", (quality) => quality === "lost" && session.leave());
    listen();
    server.drop();
    expect(told).toEqual(["leave: left", "closed"]);
  });

  it("can be undone by whoever hears of it: the state is what the last one was told", () => {
    session.open();
    server.welcome();
    const stop = session.on("leave", () => session.reconnect());
    listen();
    server.drop(4011);
    expect(session.connection.name).toBe("connecting");
    expect(told).toEqual(["leave: session_ended", "connecting"]);
    server.welcome();
    expect(session.connection.name).toBe("live");
    stop();
  });
});

describe("before the first welcome", () => {
  it("an attempt that fails is no drop, and the first one that succeeds no resume", () => {
    listen();
    session.open();
    server.socket.accept();
    server.drop();
    vi.advanceTimersByTime(200);
    server.welcome();
    expect(told).toEqual(["connecting", "reconnecting", "live"]);
    expect(session.statistics.reconnects).toBe(0);
  });
});

describe("after a resume", () => {
  it("who left meanwhile is gone", () => {
    session.open();
    server.welcome();
    const ben = { player: 7, seat: 1, nickname: "Ben", bot: false, connected: true };
    server.tell({ kind: "joined", member: ben });
    expect(session.players.size).toBe(2);
    server.drop();
    vi.advanceTimersByTime(200);
    server.welcome();
    expect([...session.players.keys()]).toEqual([1]);
  });
});

describe("a listener that throws", () => {
  /** The faults that go to the console: what stands in the queue of microtasks throws there. */
  function hearFaults(): string[] {
    const faults: string[] = [];
    vi.stubGlobal("queueMicrotask", (task: () => void) => {
      try {
        task();
      } catch (fault) {
        faults.push((fault as Error).message);
      }
    });
    return faults;
  }

  it.each(["welcome", "players", "settings", "connection", "fact"] as const)("on %s ends nothing", (name) => {
    const faults = hearFaults();
    session.on(name, () => {
      throw new Error("mine");
    });
    session.open();
    server.welcome();
    expect(session.connection.name).toBe("live");
    expect(session.replica?.tick).toBe(100);
    expect(new Set(faults)).toEqual(new Set(["mine"]));
    listen();
    server.drop(4013);
    expect(told).toContain("leave: kicked");
  });
});
