/** After a thousand connections nothing is left of them: no listener, no timer, no open socket, no session in memory. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Client } from "../src/core/client.ts";
import { Listeners } from "../src/core/listeners.ts";
import type { Session } from "../src/core/session.ts";
import { ARENA } from "../src/generated/protocol.ts";
import { MockEnvironment, MockServer } from "../src/testing/index.ts";

const TIMES = 1000;

let server: MockServer<typeof ARENA>;
let environment: MockEnvironment;
let client: Client<typeof ARENA>;

beforeEach(() => {
  vi.useFakeTimers();
  environment = new MockEnvironment();
  server = new MockServer({ game: ARENA, automatic: true, seats: 1 });
  const { openSocket, fetch } = server;
  client = new Client("http://play.test", { game: ARENA, openSocket, fetch, environment });
});

afterEach(() => {
  vi.useRealTimers();
});

/** What is held on to: of the page, of timers, of sockets. */
function held() {
  return {
    environment: environment.listenerCount,
    timers: vi.getTimerCount(),
    sockets: server.openCount,
    handlers: server.sockets.filter(
      ({ onopen, onmessage, onerror, onclose }) => onopen ?? onmessage ?? onerror ?? onclose,
    ).length,
  };
}

const NOTHING = { environment: 0, timers: 0, sockets: 0, handlers: 0 };

async function joinAndListen(): Promise<Session<typeof ARENA>> {
  const session = await client.joinByCode(server.code);
  for (const name of ["state", "connection", "drop", "leave", "players"] as const)
    session.on(name, () => session.view());
  session.setInput({ x: 1 });
  return session;
}

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1000 / server.tickHz + 1); // the server's own beat ends when it sees that all are gone
}

describe("a thousand times", { timeout: 30_000 }, () => {
  it("joined and left", async () => {
    for (let time = 0; time < TIMES; time++) {
      const session = await joinAndListen();
      if (time === 0) expect(held()).toMatchObject({ environment: 1, sockets: 1, handlers: 1 }); // it counts
      session.leave();
      await vi.advanceTimersByTimeAsync(0);
      expect(server.members.size).toBe(0); // the seat is free again
    }
    await settle();
    expect(server.sockets).toHaveLength(TIMES);
    expect(held()).toEqual(NOTHING);
  });

  it("joined, dropped, come back and disconnected, one session after the other in one seat", async () => {
    let session = await joinAndListen();
    for (let time = 0; time < TIMES / 2; time++) {
      const key = session.resumeKey!;
      server.drop();
      await vi.advanceTimersByTimeAsync(400);
      expect(session.connection.name).toBe("live");
      session.disconnect();
      session = await client.resume(session.resumeKey ?? key);
    }
    session.disconnect();
    await settle();
    expect(server.sockets.length).toBeGreaterThan(TIMES);
    expect(held()).toEqual(NOTHING);
  });

  it("opened and closed before anything came of it", async () => {
    for (let time = 0; time < TIMES; time++) {
      const session = client.open(server.code);
      void session.request("start").catch(() => {});
      session.disconnect();
    }
    await settle();
    expect(held()).toEqual(NOTHING);
  });

  it("given up while waiting for the next attempt", async () => {
    server.down();
    for (let time = 0; time < TIMES; time++) {
      const session = client.open(server.code);
      await Promise.resolve();
      await Promise.resolve();
      expect(session.connection.name).toBe("reconnecting");
      session.disconnect();
    }
    expect(held()).toEqual(NOTHING);
  });

  it("joined and aborted", async () => {
    const manual = new MockServer({ game: ARENA });
    const { openSocket } = manual;
    client = new Client("http://play.test", { game: ARENA, openSocket, environment });
    for (let time = 0; time < TIMES; time++) {
      const ending = new AbortController();
      const joining = client.joinByCode(manual.code, { signal: ending.signal });
      await manual.asked(time + 1);
      ending.abort();
      await expect(joining).rejects.toThrow();
    }
    expect(manual.openCount).toBe(0);
    expect(held()).toEqual(NOTHING);
  });

  it("joined, and nothing of it stays in memory", async () => {
    setFlagsFromString("--expose-gc");
    const collectGarbage = runInNewContext("gc") as () => void;
    const sessions: WeakRef<Session<typeof ARENA>>[] = [];
    for (let time = 0; time < TIMES; time++) {
      const session = await joinAndListen();
      sessions.push(new WeakRef(session));
      session.leave();
      await vi.advanceTimersByTimeAsync(0);
    }
    await settle();
    vi.useRealTimers();
    const alive = () => {
      collectGarbage();
      return sessions.filter((session) => session.deref() !== undefined).length;
    };
    // The last one or two may be on the stack still.
    await vi.waitFor(() => expect(alive()).toBeLessThan(5), { timeout: 5000, interval: 20 });
  });
});

describe("listeners", () => {
  it("are gone when they were taken off: a thousand, in any order, one function twice", () => {
    const listeners = new Listeners<{ one: number; two: string }>();
    const ends = Array.from({ length: TIMES }, (_, n) => listeners.on(n % 2 ? "one" : "two", () => {}));
    const same = vi.fn();
    ends.push(listeners.on("one", same), listeners.on("one", same));
    expect(listeners.listenerCount()).toBe(TIMES + 2);
    expect(listeners.listenerCount("one")).toBe(TIMES / 2 + 2);
    listeners.tell("one", 1);
    expect(same).toHaveBeenCalledTimes(2);
    ends.pop()!();
    listeners.tell("one", 1);
    expect(same).toHaveBeenCalledTimes(3);
    for (const end of ends.toReversed()) {
      end();
      end(); // twice does no harm
    }
    expect(listeners.listenerCount()).toBe(0);
  });

  it("hear all, though one of them throws; the fault goes to the console", () => {
    const faults: (() => void)[] = [];
    vi.stubGlobal("queueMicrotask", (task: () => void) => faults.push(task));
    const listeners = new Listeners<{ one: number }>();
    const heard: number[] = [];
    listeners.on("one", () => {
      throw new Error("mine");
    });
    listeners.on("one", (subject) => heard.push(subject));
    listeners.tell("one", 7);
    vi.unstubAllGlobals();
    expect(heard).toEqual([7]);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toThrow("mine");
  });

  it("may take themselves off while they are told", () => {
    const listeners = new Listeners<{ one: number }>();
    const heard: string[] = [];
    const end = listeners.on("one", () => {
      heard.push("first");
      end();
    });
    listeners.on("one", () => heard.push("second"));
    listeners.tell("one", 1);
    listeners.tell("one", 2);
    expect(heard).toEqual(["first", "second", "second"]);
  });
});
