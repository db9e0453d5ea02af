/** A connection against a mock server: welcome, drop, return, end; and what network, page and sleep do to it. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ServerMessage } from "../src/core/codec.ts";
import { Connection, type ConnectionOptions, type ConnectionState } from "../src/core/connection.ts";
import { ARENA, type Hello } from "../src/generated/protocol.ts";
import { MockEnvironment, MockServer } from "../src/testing/index.ts";

const HELLO: Hello = { kind: "hello", fingerprint: ARENA.fingerprint, nickname: "Ann", token: null };
const ADDRESS = "ws://play.test/ws/K7P2QX";
const OTHER = "ws://node-b.test/ws/K7P2QX";

let server: MockServer<typeof ARENA>;
let environment: MockEnvironment;
let states: ConnectionState[];
let messages: ServerMessage[];
let connection: Connection;

function connect(options: Partial<ConnectionOptions> = {}): Connection {
  return new Connection({
    address: () => ADDRESS,
    hello: () => HELLO,
    onState: (state) => states.push(state),
    onMessage: (message) => messages.push(message),
    openSocket: server.openSocket,
    random: () => 0.5,
    environment,
    ...options,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  server = new MockServer({ game: ARENA, seats: 8 });
  environment = new MockEnvironment();
  states = [];
  messages = [];
  connection = connect();
});

afterEach(() => {
  connection.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(environment.listenerCount).toBe(0);
  vi.useRealTimers();
});

const names = () => states.map(({ name }) => name);

function goLive(): void {
  connection.open();
  server.welcome();
  expect(connection.state.name).toBe("live");
}

/** Time goes by in which the server speaks, as it does at least four times a second. */
async function passHeard(ms: number): Promise<void> {
  for (let at = 0; at < ms; at += 250) {
    await vi.advanceTimersByTimeAsync(Math.min(250, ms - at));
    server.pass(7);
  }
}

describe("joining", () => {
  it("says hello, is live with the welcome, and counts what goes over the wire", () => {
    goLive();
    expect(names()).toEqual(["connecting", "live"]);
    expect(server.socket.sent).toEqual([HELLO]);
    expect(messages.map(({ kind }) => kind)).toEqual(["welcome", "keyframe"]);
    connection.send({ kind: "ping", echo: 5 });
    const { traffic } = connection;
    expect([traffic.messagesIn, traffic.messagesOut]).toEqual([2, 2]);
    expect(traffic.bytesOut).toBe(server.socket.sentBytes.reduce((sum, bytes) => sum + bytes.byteLength, 0));
    expect(traffic.bytesIn).toBeGreaterThan(100);
  });

  it("sends nothing unless it is live", () => {
    expect(connection.send({ kind: "leave" })).toBe(false);
    connection.open();
    expect(connection.send({ kind: "leave" })).toBe(false);
    server.welcome();
    expect(connection.send({ kind: "leave" })).toBe(true);
    server.drop();
    expect(connection.send({ kind: "leave" })).toBe(false);
    connection.close();
    expect(connection.send({ kind: "leave" })).toBe(false);
    expect(connection.traffic.messagesOut).toBe(2);
  });

  it("tries again when the welcome does not come in eight seconds", async () => {
    connection.open();
    server.socket.accept();
    await vi.advanceTimersByTimeAsync(7999);
    expect(names()).toEqual(["connecting"]);
    await vi.advanceTimersByTimeAsync(1);
    expect(connection.state).toMatchObject({ name: "reconnecting", attempt: 1, retryInMs: 200 });
    expect(server.sockets[0]!.closedByClient).not.toBeNull();
  });

  it("takes garbage and text for a drop", () => {
    goLive();
    server.socket.sayBytes(Uint8Array.of(0xc1));
    expect(connection.state.name).toBe("reconnecting");
  });

  it("minds the close code of a server that it cannot read: it is of another version", async () => {
    connection.open();
    server.socket.accept();
    server.socket.sayBytes(Uint8Array.of(0x93, 13, 0xcd, 0x0f)); // its closing, say
    server.socket.drop(4006);
    expect(connection.state).toMatchObject({ name: "closed", code: 4006, retryable: false });
  });

  it("does not wait for ever for a server that says nothing else", async () => {
    connection.open();
    server.socket.accept();
    server.socket.sayBytes(Uint8Array.of(0xc1));
    await vi.advanceTimersByTimeAsync(8000);
    expect(connection.state).toMatchObject({ name: "reconnecting", attempt: 1 });
  });

  it("can be closed by whoever is given the welcome", () => {
    const closing: Connection = connect({ onMessage: () => closing.close() });
    closing.open();
    server.welcome();
    expect(closing.state.name).toBe("closed");
    expect(names()).toEqual(["connecting", "closed"]);
  });

  it("can be closed by whoever hears of its states", () => {
    for (const name of ["connecting", "live", "reconnecting"]) {
      const closing: Connection = connect({ onState: (state) => state.name === name && closing.close() });
      closing.open();
      const socket = server.sockets.at(-1);
      if (socket?.readyState === 0) server.welcome();
      if (closing.state.name === "live") server.drop();
      expect(closing.state.name).toBe("closed");
      expect(server.openCount).toBe(0);
    }
  });
});

describe("address and hello", () => {
  it("may be promised, and are asked anew at each attempt", async () => {
    let count = 0;
    connection = connect({
      address: async () => `${ADDRESS}?${++count}`,
      hello: async () => ({ ...HELLO, token: `token ${count}` }),
    });
    connection.open();
    await server.asked();
    server.welcome();
    server.drop();
    await vi.advanceTimersByTimeAsync(200);
    server.welcome();
    expect(server.sockets.map(({ url }) => url)).toEqual([`${ADDRESS}?1`, `${ADDRESS}?2`]);
    expect(server.socket.sent).toEqual([{ ...HELLO, token: "token 2" }]);
  });

  it.each<[string, Partial<ConnectionOptions>]>([
    ["an address that rejects", { address: () => Promise.reject(new Error("no route")) }],
    ["a hello that rejects", { hello: () => Promise.reject(new Error("no route")) }],
    [
      "an address that throws",
      {
        address: () => {
          throw new Error("no route");
        },
      },
    ],
    [
      "a socket that cannot be made",
      {
        address: async () => ADDRESS,
        openSocket: () => {
          throw new Error("no route");
        },
      },
    ],
  ])("count %s as a failed attempt, told and tried again", async (_, options) => {
    const onFault = vi.fn();
    connection = connect({ ...options, onFault });
    connection.open();
    await vi.advanceTimersByTimeAsync(0);
    expect(connection.state).toMatchObject({ name: "reconnecting", attempt: 1 });
    expect(onFault).toHaveBeenCalledExactlyOnceWith(new Error("no route"));
    await vi.advanceTimersByTimeAsync(70_000);
    expect(connection.state).toMatchObject({ name: "closed", code: 1006, retryable: true });
    expect(onFault.mock.calls.length).toBeGreaterThan(10);
  });

  it("may fail for good: whoever is told of the fault closes it", () => {
    const closing: Connection = connect({ address: () => expect.unreachable(), onFault: () => closing.close() });
    closing.open();
    expect(names()).toEqual(["connecting", "closed"]);
  });

  it("are not waited for longer than an attempt may last, nor used when they come too late", async () => {
    const answers: ((address: string) => void)[] = [];
    connection = connect({ address: () => new Promise((resolve) => answers.push(resolve)) });
    connection.open();
    await vi.advanceTimersByTimeAsync(8000);
    expect(connection.state.name).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(200);
    answers[0]!("ws://late.test/");
    answers[1]!(ADDRESS);
    await server.asked();
    expect(server.sockets.map(({ url }) => url)).toEqual([ADDRESS]);
    connection.close();
    const asked = server.sockets.length;
    connection.open();
    connection.close();
    answers[2]!(ADDRESS);
    await vi.advanceTimersByTimeAsync(0);
    expect(server.sockets).toHaveLength(asked);
  });
});

describe("after a drop", () => {
  it("says when it tries again, by the steady clock", async () => {
    goLive();
    await passHeard(1234);
    const now = performance.now();
    server.drop();
    expect(connection.state).toEqual({ name: "reconnecting", attempt: 1, retryInMs: 200, retryAtMs: now + 200 });
    await vi.advanceTimersByTimeAsync(200);
    expect(server.sockets).toHaveLength(2);
    server.welcome();
    expect(names()).toEqual(["connecting", "live", "reconnecting", "live"]);
  });

  it.each([1000, 4000, 4001, 4004, 4005, 4006, 4012, 4013, 4014])("is over for good after %i", async (code) => {
    goLive();
    server.drop(code);
    expect(connection.state).toMatchObject({ name: "closed", code, retryable: false });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(server.sockets).toHaveLength(1);
  });

  it.each([1001, 1005, 1006, 1011, 1012, 1013, 4007, 4009, 4010, 4029])("comes back after %i", (code) => {
    goLive();
    server.drop(code);
    expect(connection.state.name).toBe("reconnecting");
  });

  it("believes what the server said last, more than the table, and more than a socket that just broke", () => {
    goLive();
    server.tell({ kind: "closing", code: 1012, reason: "service_restart", retryable: false });
    server.drop(1012);
    expect(connection.state).toMatchObject({ name: "closed", code: 1012, retryable: false });
    goLive();
    server.tell({ kind: "closing", code: 4013, reason: "kicked", retryable: false });
    server.drop(1006);
    expect(connection.state).toEqual({ name: "closed", code: 4013, reason: "kicked", retryable: false });
  });

  it("starts the count anew only after a connection that lasted five seconds", async () => {
    goLive();
    for (const [attempt, retryInMs] of [
      [1, 200],
      [2, 600], // 400 to 800
      [3, 1200], // up to 1600: a third of the time since the first
    ]) {
      server.drop();
      expect(connection.state).toMatchObject({ attempt, retryInMs });
      await vi.advanceTimersByTimeAsync(retryInMs!);
      server.welcome();
      await passHeard(2000);
    }
    await passHeard(3000);
    server.drop();
    expect(connection.state).toMatchObject({ attempt: 1, retryInMs: 200 });
  });

  it("gives up after a minute, and may be opened again", async () => {
    goLive();
    server.down();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(connection.state.name).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(connection.state).toEqual({ name: "closed", code: 1006, reason: "", retryable: true });
    const tried = server.sockets.length;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(server.sockets).toHaveLength(tried);
    expect(tried).toBeLessThan(40);
    server.up();
    goLive();
  });

  it("tries at once when somebody does not want to wait, and puts the end off", async () => {
    goLive();
    server.down();
    await vi.advanceTimersByTimeAsync(57_000);
    const tried = server.sockets.length;
    expect(connection.retryNow()).toBe(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(server.sockets).toHaveLength(tried + 1);
    await vi.advanceTimersByTimeAsync(50_000);
    expect(connection.state.name).toBe("reconnecting");
    server.up();
    await vi.advanceTimersByTimeAsync(4500); // 0.75 of the cap
    server.welcome();
    expect(connection.retryNow()).toBe(false);
  });

  it("does not begin a second attempt when somebody is impatient during one", async () => {
    goLive();
    server.drop();
    await vi.advanceTimersByTimeAsync(200);
    connection.retryNow();
    connection.retryNow();
    await vi.advanceTimersByTimeAsync(100);
    expect(server.sockets).toHaveLength(2);
    server.welcome();
    expect(connection.state.name).toBe("live");
  });
});

describe("a move", () => {
  const addresses = () => server.sockets.map(({ url }) => url);
  const token = (tell: string) => ({ ...HELLO, token: tell });

  it("is followed at once, without a wait, to where the server says, with the newest hello", () => {
    connection = connect({ hello: () => token(`${server.sockets.length}`) });
    goLive();
    server.move(OTHER);
    expect(connection.state).toEqual({
      name: "reconnecting",
      attempt: 0,
      retryInMs: 0,
      retryAtMs: performance.now(),
    });
    expect(addresses()).toEqual([ADDRESS, OTHER]);
    server.welcome();
    expect(names()).toEqual(["connecting", "live", "reconnecting", "live"]);
    expect(server.socket.sent).toEqual([token("1")]);
    expect(server.openCount).toBe(1);
    expect(messages.filter(({ kind }) => kind === "closing")).toHaveLength(1);
  });

  it("is followed when it is told, not when the socket has ended", () => {
    goLive();
    server.tell({ kind: "closing", code: 4016, reason: "moved", retryable: true, url: OTHER });
    expect(addresses()).toEqual([ADDRESS, OTHER]);
    expect(server.sockets[0]!.closedByClient).not.toBeNull();
  });

  it("is followed while joining: the first node may not have the session", async () => {
    const address = vi.fn(() => ADDRESS);
    connection = connect({ address });
    connection.open();
    server.move(OTHER);
    expect(connection.state.name).toBe("connecting");
    expect(addresses()).toEqual([ADDRESS, OTHER]);
    expect(address).toHaveBeenCalledTimes(1);
    server.welcome();
    expect(names()).toEqual(["connecting", "live"]);
    server.drop(); // from now on it is the usual address again
    await vi.advanceTimersByTimeAsync(200);
    expect(addresses()).toEqual([ADDRESS, OTHER, ADDRESS]);
  });

  it.each(["cannot be reached", "sends on again", "refuses for now"])(
    "that %s: the usual address, after the usual wait",
    async (how) => {
      goLive();
      server.move(OTHER);
      if (how === "cannot be reached") server.drop();
      else if (how === "sends on again") server.move("ws://node-c.test/ws/K7P2QX");
      else server.drop(1013);
      expect(connection.state).toMatchObject({ name: "reconnecting", attempt: 1, retryInMs: 200 });
      await vi.advanceTimersByTimeAsync(199);
      expect(addresses()).toEqual([ADDRESS, OTHER]);
      await vi.advanceTimersByTimeAsync(1);
      expect(addresses()).toEqual([ADDRESS, OTHER, ADDRESS]);
      server.move(OTHER); // it may be there by now
      expect(addresses()).toEqual([ADDRESS, OTHER, ADDRESS, OTHER]);
      server.welcome();
      expect(connection.state.name).toBe("live");
    },
  );

  it("is not waited for longer than any attempt", async () => {
    goLive();
    server.move(OTHER);
    await vi.advanceTimersByTimeAsync(8000);
    expect(connection.state).toMatchObject({ name: "reconnecting", attempt: 1 });
    await vi.advanceTimersByTimeAsync(200);
    expect(addresses()).toEqual([ADDRESS, OTHER, ADDRESS]);
  });

  it("may follow a move; two nodes that send us to and fro make no loop without a wait", async () => {
    goLive();
    for (const address of [OTHER, ADDRESS, OTHER]) {
      await passHeard(1000);
      server.move(address);
      server.welcome();
    }
    expect(addresses()).toEqual([ADDRESS, OTHER, ADDRESS, OTHER]);
    await passHeard(500);
    server.move(ADDRESS);
    expect(connection.state).toMatchObject({ name: "reconnecting", attempt: 1, retryInMs: 200 });
  });

  it.each([
    ["ws://play.test/ws/K7P2QX", "http://node-b.test/"],
    ["ws://play.test/ws/K7P2QX", "javascript:alert(1)"],
    ["ws://play.test/ws/K7P2QX", "//node-b.test/ws/K7P2QX"],
    ["ws://play.test/ws/K7P2QX", ""],
    ["wss://play.test/ws/K7P2QX", "ws://node-b.test/ws/K7P2QX"], // what was encrypted stays so
  ])("from %s to %j is not followed", async (from, to) => {
    connection = connect({ address: () => from });
    goLive();
    server.move(to);
    expect(connection.state).toMatchObject({ name: "reconnecting", attempt: 1, retryInMs: 200 });
    await vi.advanceTimersByTimeAsync(200);
    expect(addresses()).toEqual([from, from]);
  });

  it.each([
    ["ws://play.test/ws/K7P2QX", "wss://node-b.test/ws/K7P2QX"],
    ["wss://play.test/ws/K7P2QX", "WSS://node-b.test/ws/K7P2QX"],
  ])("from %s to %s is followed", (from, to) => {
    connection = connect({ address: () => from });
    goLive();
    server.move(to);
    expect(addresses()).toEqual([from, to]);
  });

  it("is an address of 4016 alone", () => {
    goLive();
    server.tell({ kind: "closing", code: 4010, reason: "shutting_down", retryable: true, url: OTHER });
    expect(addresses()).toEqual([ADDRESS]);
  });

  it("to where no socket can be made is a failed attempt like any other", () => {
    const onFault = vi.fn();
    const openSocket = (address: string) => {
      if (address === OTHER) throw new Error("no socket");
      return server.openSocket(address);
    };
    connection = connect({ openSocket, onFault });
    goLive();
    server.move(OTHER);
    expect(onFault).toHaveBeenCalledExactlyOnceWith(new Error("no socket"));
    expect(connection.state).toMatchObject({ name: "reconnecting", attempt: 1, retryInMs: 200 });
  });

  it("can be the end, for whoever closes when told", () => {
    const closing: Connection = connect({
      onMessage: ({ kind }) => kind === "closing" && closing.close(),
      onState: (state) => states.push(state),
    });
    closing.open();
    server.welcome();
    server.move(OTHER);
    const reconnecting: Connection = connect({
      onState: ({ name }) => name === "reconnecting" && reconnecting.close(),
    });
    reconnecting.open();
    server.welcome();
    server.move(OTHER);
    expect([closing.state.name, reconnecting.state.name]).toEqual(["closed", "closed"]);
    expect(addresses()).toEqual([ADDRESS, ADDRESS]);
    expect(server.openCount).toBe(0);
  });
});

describe("silence", () => {
  it("is measured, and after five looks the socket is lost", async () => {
    goLive();
    await vi.advanceTimersByTimeAsync(4000);
    expect(connection.silenceMs()).toBe(4000);
    expect(connection.state.name).toBe("live");
    await vi.advanceTimersByTimeAsync(1000);
    expect(connection.state.name).toBe("reconnecting");
    expect(connection.silenceMs()).toBe(0);
  });

  it("is not what a server shows that speaks", async () => {
    goLive();
    await passHeard(60_000);
    expect(names()).toEqual(["connecting", "live"]);
    expect(server.socket.sentOfKind("ping")).toEqual([]);
  });
});

describe("the network", () => {
  it("is back: the next attempt comes within a quarter of a second, whatever the wait was", async () => {
    goLive();
    server.down();
    await vi.advanceTimersByTimeAsync(20_000);
    server.up();
    const tried = server.sockets.length;
    environment.tell("offline");
    environment.tell("online");
    expect(connection.state).toMatchObject({ name: "reconnecting", retryInMs: 125 });
    await vi.advanceTimersByTimeAsync(124);
    expect(server.sockets).toHaveLength(tried);
    await vi.advanceTimersByTimeAsync(1);
    expect(server.sockets).toHaveLength(tried + 1);
    server.welcome();
  });

  it("is back: what failed before does not bring the end nearer", async () => {
    goLive();
    server.down();
    await vi.advanceTimersByTimeAsync(57_000);
    environment.tell("online");
    await vi.advanceTimersByTimeAsync(50_000);
    expect(connection.state.name).toBe("reconnecting");
  });

  it("is back: an attempt that is about to begin is not put off", async () => {
    goLive();
    server.drop();
    await vi.advanceTimersByTimeAsync(100); // of 200
    environment.tell("online");
    await vi.advanceTimersByTimeAsync(100);
    expect(server.sockets).toHaveLength(2);
  });

  it("is back: an attempt that hangs is begun again, the very first one as well", async () => {
    connection.open();
    environment.tell("online");
    expect(server.sockets[0]!.closedByClient).not.toBeNull();
    await vi.advanceTimersByTimeAsync(125);
    expect(server.sockets).toHaveLength(2);
    server.welcome();
    expect(names()).toEqual(["connecting", "live"]);
    server.drop();
    await vi.advanceTimersByTimeAsync(200);
    environment.tell("online");
    await vi.advanceTimersByTimeAsync(125);
    expect(server.sockets).toHaveLength(4);
    expect(server.openCount).toBe(1);
  });

  it("is back: an attempt that has got through is left alone", async () => {
    connection.open();
    server.socket.accept();
    environment.tell("online");
    await vi.advanceTimersByTimeAsync(300);
    expect(server.sockets).toHaveLength(1);
    server.welcome();
    expect(connection.state.name).toBe("live");
  });

  it("is gone: told, and asked whether it is true", async () => {
    const onNetwork = vi.fn();
    connection = connect({ onNetwork });
    goLive();
    environment.tell("offline");
    expect(onNetwork.mock.calls).toEqual([[false]]);
    expect(connection.online).toBe(false);
    expect(connection.state.name).toBe("live");
    expect(server.socket.sentOfKind("ping")).toEqual([{ kind: "ping", echo: 0 }]);
    await passHeard(2500); // the server is on this machine, say
    expect(connection.state.name).toBe("live");
    environment.tell("online");
    expect(onNetwork).toHaveBeenLastCalledWith(true);
    await vi.advanceTimersByTimeAsync(2000);
    expect(connection.state).toMatchObject({ name: "reconnecting", attempt: 1 });
  });
});

describe("doubt", () => {
  it.each(["visible", "shown", "online"] as const)(
    "after %s: two seconds without an answer, and it is lost",
    async (event) => {
      goLive();
      environment.tell(event);
      environment.tell(event);
      expect(server.socket.sentOfKind("ping")).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1999);
      expect(connection.state.name).toBe("live");
      await vi.advanceTimersByTimeAsync(1);
      expect(connection.state.name).toBe("reconnecting");
      await vi.advanceTimersByTimeAsync(200);
      server.welcome();
      expect(connection.state.name).toBe("live");
    },
  );

  it("ends with the pong", async () => {
    goLive();
    environment.tell("visible");
    server.tell({ kind: "pong", echo: 0, tick: server.tick, ageUs: 0 });
    await vi.advanceTimersByTimeAsync(3000);
    expect(connection.state.name).toBe("live");
  });

  it("ends with anything that is heard, unless it may have come before", async () => {
    goLive();
    environment.tell("visible");
    server.pass(); // read at once: it may have lain there since before the sleep
    await vi.advanceTimersByTimeAsync(2000);
    expect(connection.state.name).toBe("reconnecting");
    await vi.advanceTimersByTimeAsync(200);
    server.welcome();
    environment.tell("visible");
    await vi.advanceTimersByTimeAsync(400);
    server.pass();
    await vi.advanceTimersByTimeAsync(3000);
    expect(connection.state.name).toBe("live");
  });

  it("finds out a socket that was closed while nobody looked", () => {
    goLive();
    server.socket.onclose = null; // as if the page had been frozen when it was told
    server.socket.drop();
    environment.tell("shown");
    expect(connection.state.name).toBe("reconnecting");
  });

  it("hurries a wait when somebody looks again, but not an attempt", async () => {
    goLive();
    server.down();
    await vi.advanceTimersByTimeAsync(20_000);
    server.up();
    const tried = server.sockets.length;
    environment.tell("visible");
    await vi.advanceTimersByTimeAsync(125);
    environment.tell("visible");
    await vi.advanceTimersByTimeAsync(125);
    expect(server.sockets).toHaveLength(tried + 1);
  });
});

describe("sleep", () => {
  /** The machine sleeps: timers stand still, the clocks go on; the steady one not everywhere. */
  function sleep(ms: number, { steadyClockStops = false } = {}): void {
    const wall = Date.now.bind(Date);
    const steady = performance.now.bind(performance);
    vi.spyOn(Date, "now").mockImplementation(() => wall() + ms);
    if (!steadyClockStops) vi.spyOn(performance, "now").mockImplementation(() => steady() + ms);
  }

  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([false, true])("is noticed by a late timer (steady clock stops: %s): ask, and come back", async (stops) => {
    goLive();
    sleep(40_000, { steadyClockStops: stops });
    await vi.advanceTimersByTimeAsync(1000);
    expect(connection.state.name).toBe("live");
    expect(server.socket.sentOfKind("ping")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(connection.state).toMatchObject({ name: "reconnecting", attempt: 1 });
    await vi.advanceTimersByTimeAsync(200);
    server.welcome();
    expect(connection.state.name).toBe("live");
  });

  it("was short enough: the server answers, and nothing is lost", async () => {
    goLive();
    sleep(4000);
    await vi.advanceTimersByTimeAsync(1000);
    await passHeard(3000);
    expect(names()).toEqual(["connecting", "live"]);
  });

  it("that interrupts the asking gives the answer its time again", async () => {
    goLive();
    environment.tell("visible");
    await vi.advanceTimersByTimeAsync(500);
    sleep(40_000);
    await vi.advanceTimersByTimeAsync(1500);
    expect(connection.state.name).toBe("live");
    await vi.advanceTimersByTimeAsync(2000);
    expect(connection.state.name).toBe("reconnecting");
  });

  it("while away does not count for the end of the attempts", async () => {
    goLive();
    server.down();
    await vi.advanceTimersByTimeAsync(5000);
    sleep(8 * 3600_000);
    await vi.advanceTimersByTimeAsync(5000);
    expect(connection.state.name).toBe("reconnecting");
    server.up();
    await vi.advanceTimersByTimeAsync(3000);
    server.welcome();
    expect(connection.state.name).toBe("live");
  });
});

describe("the end", () => {
  it("lets everything go: socket, timers, listeners", () => {
    goLive();
    environment.tell("visible");
    expect(environment.listenerCount).toBe(1);
    connection.close(4000, "left");
    expect(connection.state).toEqual({ name: "closed", code: 4000, reason: "left", retryable: false });
    expect(server.socket.closedByClient?.code).toBe(4000);
    const { onopen, onmessage, onclose, onerror } = server.socket;
    expect([onopen, onmessage, onclose, onerror]).toEqual([null, null, null, null]);
    expect(vi.getTimerCount()).toBe(0);
    expect(environment.listenerCount).toBe(0);
  });

  it("can be taken back: opened again it lets go of what there was", () => {
    goLive();
    connection.open();
    expect(server.openCount).toBe(1);
    expect(environment.listenerCount).toBe(1);
    server.welcome();
    expect(connection.state.name).toBe("live");
  });

  it("needs no environment", () => {
    connection = connect({ environment: null });
    goLive();
    expect(connection.online).toBe(true);
  });
});
