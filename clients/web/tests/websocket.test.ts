// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { MockEnvironment } from "../src/testing/index.ts";
import { ReconnectingSocket, type SocketOptions } from "../src/websocket/index.ts";
import { type EchoServer, startEcho } from "./echo.ts";
import { FakeSockets } from "./fake_websocket.ts";

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("ReconnectingSocket", () => {
  let sockets: FakeSockets;
  let environment: MockEnvironment;
  let told: unknown[][];

  beforeEach(() => {
    vi.useFakeTimers();
    sockets = new FakeSockets();
    environment = new MockEnvironment();
    told = [];
  });

  afterEach(() => vi.useRealTimers());

  function make(options: Partial<SocketOptions> = {}): ReconnectingSocket {
    return new ReconnectingSocket({
      url: "ws://test/",
      openSocket: sockets.openSocket,
      environment,
      reconnect: { jitter: "none" },
      onOpen: (opened) => told.push(["open", opened.again]),
      onMessage: (message) => told.push(["message", message]),
      onClose: (close) => told.push(["close", close.code]),
      onError: (error) => told.push(["error", error.reason]),
      onReconnect: (retry) => told.push(["reconnect", retry.attempt, retry.retryInMs]),
      onGiveUp: (close) => told.push(["give up", close.code]),
      ...options,
    });
  }

  async function opened(options: Partial<SocketOptions> = {}): Promise<ReconnectingSocket> {
    const socket = make(options);
    socket.connect();
    await settle();
    sockets.last.accept();
    return socket;
  }

  describe("connecting", () => {
    it("does nothing until told, then says each step", async () => {
      const socket = make({ protocols: ["chat.1", "chat.2"] });
      const phases: string[] = [socket.state.phase];
      socket.subscribe(() => phases.push(socket.state.phase));
      await settle();
      expect(sockets.all).toHaveLength(0);
      socket.connect();
      await settle();
      expect(sockets.last).toMatchObject({ address: "ws://test/", protocols: ["chat.1", "chat.2"] });
      expect(sockets.last.binaryType).toBe("arraybuffer");
      sockets.last.accept();
      expect(phases).toEqual(["idle", "connecting", "open"]);
      expect(told).toEqual([["open", false]]);
      socket.dispose();
    });

    it("opens one socket however often it is told", async () => {
      const socket = make();
      socket.connect();
      socket.connect();
      await settle();
      socket.connect();
      sockets.last.accept();
      socket.connect();
      await settle();
      expect(sockets.all).toHaveLength(1);
      socket.dispose();
    });

    it("asks for the address anew at each attempt", async () => {
      let asked = 0;
      const socket = await opened({ url: async () => `ws://test/?token=${++asked}` });
      sockets.last.end(1006);
      await vi.advanceTimersByTimeAsync(3000);
      expect(sockets.all.map((each) => each.address)).toEqual(["ws://test/?token=1", "ws://test/?token=2"]);
      socket.dispose();
    });

    it("takes an address that cannot be had for a failed attempt", async () => {
      let asked = 0;
      const url = () => {
        asked += 1;
        if (asked === 1) throw new Error("no token");
        return asked === 2 ? Promise.reject(new Error("no token")) : "ws://test/3";
      };
      const socket = make({ url });
      socket.connect();
      await settle();
      expect(socket.state).toMatchObject({ phase: "waiting", attempt: 1, retryInMs: 3000 });
      expect(socket.state.error).toMatchObject({ reason: "address", cause: new Error("no token") });
      await vi.advanceTimersByTimeAsync(3000 + 4500);
      expect(sockets.last.address).toBe("ws://test/3");
      socket.dispose();
    });

    it("does not try an address again that is none", async () => {
      const socket = make({
        openSocket: () => {
          throw new SyntaxError("not a WebSocket address");
        },
      });
      socket.connect();
      await vi.advanceTimersByTimeAsync(60_000);
      expect(socket.state.phase).toBe("closed");
      expect(told).toEqual([
        ["error", "address"],
        ["close", 1006],
      ]);
    });

    it("gives an attempt up that hangs", async () => {
      const socket = make({ openTimeoutMs: 2000 });
      socket.connect();
      await vi.advanceTimersByTimeAsync(2000);
      expect(told).toEqual([
        ["error", "timeout"],
        ["close", 1006],
        ["reconnect", 1, 3000],
      ]);
      expect(sockets.last.closedWith).not.toBeNull();
      expect(sockets.last.isLetGo).toBe(true);
      socket.dispose();
    });

    it("opens nothing when it was ended before the address came", async () => {
      let give: (address: string) => void = () => {};
      const socket = make({
        url: () =>
          new Promise((resolve) => {
            give = resolve;
          }),
      });
      socket.connect();
      await settle();
      socket.disconnect();
      give("ws://late/");
      await settle();
      expect(sockets.all).toHaveLength(0);
      expect(socket.state.phase).toBe("closed");
    });
  });

  describe("reconnecting", () => {
    async function failAll(): Promise<void> {
      while (sockets.alive > 0) {
        sockets.last.fail();
        await vi.advanceTimersToNextTimerAsync();
      }
    }

    it("waits 3 s x 1.5^n five times, and then gives up", async () => {
      const socket = make();
      socket.connect();
      await settle();
      await failAll();
      const waits = told.filter(([what]) => what === "reconnect");
      expect(waits.map(([, , retryInMs]) => retryInMs)).toEqual([3000, 4500, 6750, 10_125, 15_187.5]);
      expect(sockets.all).toHaveLength(6);
      expect(told.at(-1)).toEqual(["give up", 1006]);
      expect(socket.state).toMatchObject({ phase: "closed", error: { reason: "failed" }, close: { code: 1006 } });
      await vi.advanceTimersByTimeAsync(600_000);
      expect(sockets.all).toHaveLength(6);
      socket.connect(); // and somebody presses the button
      await settle();
      sockets.last.accept();
      expect(socket.state).toMatchObject({ phase: "open", error: null });
      socket.dispose();
    });

    it("never waits longer than the cap", async () => {
      const socket = make({ reconnect: { jitter: "none", attempts: 9, baseMs: 1000, factor: 3, capMs: 5000 } });
      socket.connect();
      await settle();
      await failAll();
      const waits = told.filter(([what]) => what === "reconnect");
      expect(waits.map(([, , retryInMs]) => retryInMs)).toEqual([1000, 3000, ...Array(7).fill(5000)]);
      socket.dispose();
    });

    it("spreads a thousand that dropped together over the whole wait", async () => {
      const waits: number[] = [];
      const onReconnect = (retry: { retryInMs: number }) => waits.push(retry.retryInMs);
      const crowd = Array.from({ length: 1000 }, () => make({ reconnect: {}, heartbeat: null, onReconnect }));
      for (const socket of crowd) socket.connect();
      await settle();
      for (const socket of sockets.all) socket.accept();
      for (const socket of sockets.all) socket.end(1006);
      const tenths = Array<number>(10).fill(0);
      for (const wait of waits) tenths[Math.floor(wait / 300)]! += 1;
      expect(waits).toHaveLength(1000);
      for (const count of tenths) expect(count).toBeGreaterThan(50); // 100 expected: 5 standard deviations away
      for (const socket of crowd) socket.dispose();
    });

    it("stays away after a clean close, and after a code that says so", async () => {
      for (const code of [1000, 1005, 4001, 4003, 4004]) {
        const socket = await opened();
        sockets.last.end(code);
        await vi.advanceTimersByTimeAsync(60_000);
        expect(socket.state).toMatchObject({ phase: "closed", close: { code } });
      }
      expect(sockets.all).toHaveLength(5);
      expect(told.some(([what]) => what === "reconnect" || what === "give up")).toBe(false);
      const other = await opened({ stopCodes: [4444] });
      sockets.last.end(4001);
      expect(other.state.phase).toBe("waiting");
      other.dispose();
    });

    it("stays away when told never to come back", async () => {
      const socket = await opened({ reconnect: false });
      sockets.last.end(1006);
      expect(socket.state.phase).toBe("closed");
      expect(told.at(-1)).toEqual(["close", 1006]);
    });

    it("does not trust a connection that opens and drops", async () => {
      const socket = await opened();
      for (let round = 0; round < 5; round++) {
        sockets.last.end(1011);
        await vi.advanceTimersByTimeAsync(socket.state.retryInMs!);
        sockets.last.accept();
        await vi.advanceTimersByTimeAsync(4000);
      }
      sockets.last.end(1011);
      expect(socket.state.phase).toBe("closed");
      expect(told.at(-1)).toEqual(["give up", 1011]);
    });

    it("counts anew after a connection that lasted", async () => {
      const socket = await opened();
      for (let round = 0; round < 9; round++) {
        sockets.last.end(1006);
        expect(socket.state).toMatchObject({ phase: "waiting", attempt: 1, retryInMs: 3000 });
        await vi.advanceTimersByTimeAsync(3000);
        expect(socket.state).toMatchObject({ phase: "connecting", attempt: 1 });
        sockets.last.accept();
        expect(told.at(-1)).toEqual(["open", true]);
        expect(socket.state.attempt).toBe(0);
        await vi.advanceTimersByTimeAsync(5000);
      }
      socket.dispose();
    });

    it("does not wait when asked to connect now", async () => {
      const socket = await opened();
      sockets.last.end(1006);
      socket.connect();
      await settle();
      sockets.last.accept();
      expect(told.at(-1)).toEqual(["open", true]);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(sockets.all).toHaveLength(2);
      socket.dispose();
    });

    it("heeds a handler that ends it, or begins it, when it closes", async () => {
      const ending: ReconnectingSocket = await opened({ onClose: () => ending.disconnect() });
      sockets.last.end(1006);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(sockets.all).toHaveLength(1);
      const again: ReconnectingSocket = await opened({ onClose: () => again.connect() });
      sockets.last.end(1000);
      await settle();
      expect(sockets.all).toHaveLength(3);
      expect(told.some(([what]) => what === "reconnect")).toBe(false);
      again.dispose();
    });
  });

  describe("network and page", () => {
    it("does not count failures while there is no network, and comes back when there is", async () => {
      const socket = await opened();
      environment.tell("offline");
      for (let round = 0; round < 20; round++) {
        sockets.last.fail();
        expect(socket.state).toMatchObject({ phase: "waiting", attempt: 1, retryInMs: 30_000 });
        await vi.advanceTimersByTimeAsync(30_000);
      }
      sockets.last.fail();
      environment.tell("online");
      await vi.advanceTimersByTimeAsync(1000);
      sockets.last.accept();
      expect(told.at(-1)).toEqual(["open", true]);
      socket.dispose();
    });

    it("asks at once whether the connection still lives", async () => {
      const socket = await opened({ heartbeat: { message: "beat" } });
      environment.tell("online");
      expect(sockets.last.sent).toEqual(["beat"]);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(told).toContainEqual(["error", "stale"]);
      socket.dispose();
    });
  });

  describe("heartbeat", () => {
    it("beats every 30 s, with the message that was chosen", async () => {
      const plain = await opened();
      const counted = await opened({ heartbeat: { everyMs: 1000, message: () => "b", timeoutMs: null } });
      await vi.advanceTimersByTimeAsync(30_000);
      expect(sockets.all[0]!.sent).toEqual(['{"type":"ping"}']);
      expect(sockets.all[1]!.sent).toEqual(Array(30).fill("b"));
      plain.dispose();
      counted.dispose();
    });

    it("can be off", async () => {
      const socket = await opened({ heartbeat: null });
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(sockets.last.sent).toEqual([]);
      expect(socket.state.phase).toBe("open");
      socket.dispose();
    });

    it("gives up a connection on which nothing comes back", async () => {
      const socket = await opened();
      await vi.advanceTimersByTimeAsync(30_000 + 9999);
      expect(socket.state.phase).toBe("open");
      await vi.advanceTimersByTimeAsync(1);
      expect(told.slice(-3)).toEqual([
        ["error", "stale"],
        ["close", 1006],
        ["reconnect", 1, 3000],
      ]);
      expect(sockets.last.isLetGo).toBe(true);
      socket.dispose();
    });

    it("takes anything that comes for an answer", async () => {
      const socket = await opened();
      await vi.advanceTimersByTimeAsync(5000);
      for (let beat = 0; beat < 20; beat++) {
        await vi.advanceTimersByTimeAsync(30_000);
        sockets.last.say('"chatter"');
      }
      expect(socket.state.phase).toBe("open");
      socket.dispose();
    });

    it("asks again after a sleep before it gives up", async () => {
      const socket = await opened();
      await vi.advanceTimersByTimeAsync(30_000);
      const sleptMs = 3_600_000;
      const awake = performance.now();
      const clock = vi.spyOn(performance, "now").mockImplementation(() => awake + sleptMs);
      await vi.advanceTimersByTimeAsync(10_000); // the timer runs, an hour late
      expect(socket.state.phase).toBe("open");
      expect(sockets.last.sent).toHaveLength(2);
      clock.mockRestore();
      await vi.advanceTimersByTimeAsync(10_000);
      expect(socket.state.phase).toBe("waiting");
      socket.dispose();
    });
  });

  describe("sending", () => {
    it("says what became of a message", async () => {
      const socket = make({ queue: { limit: 2 } });
      expect([1, 2, 3].map((each) => socket.send({ each }))).toEqual(["queued", "queued", "refused"]);
      socket.connect();
      await settle();
      sockets.last.accept();
      expect(socket.send("text")).toBe("sent");
      expect(sockets.last.sent).toEqual(['{"each":1}', '{"each":2}', "text"]);
      sockets.last.bufferedAmount = (1 << 20) + 1; // the network does not take it
      expect(socket.send("more")).toBe("refused");
      socket.dispose();
      expect(socket.send("late")).toBe("refused");
    });

    it("keeps order across a drop, and promises of the queue", async () => {
      const socket = await opened({ heartbeat: null });
      sockets.last.end(1006);
      for (let each = 0; each < 100; each++) expect(socket.send(each)).toBe("queued");
      expect(socket.send(100)).toBe("refused");
      await vi.advanceTimersByTimeAsync(3000);
      sockets.last.accept();
      expect(sockets.last.sent).toEqual(Array.from({ length: 100 }, (_, each) => `${each}`));
      expect(socket.queued).toBe(0);
      socket.dispose();
    });

    it("queues nothing where that is not wanted", () => {
      const socket = make({ queue: { whileDisconnected: false } });
      expect(socket.send("x")).toBe("refused");
    });

    it("lets an authentication go first", async () => {
      const socket: ReconnectingSocket = make({ onOpen: () => socket.send({ type: "auth" }) });
      socket.send("queued");
      socket.connect();
      await settle();
      sockets.last.accept();
      expect(sockets.last.sent).toEqual(['{"type":"auth"}', "queued"]);
      socket.dispose();
    });

    it("keeps what is queued when the connection ends during the flush", async () => {
      const socket = make();
      for (const each of ["a", "b", "c"]) socket.send(each);
      socket.connect();
      await settle();
      const first = sockets.last;
      const send = first.send.bind(first);
      first.send = (payload) => {
        send(payload);
        if (payload === "b") first.readyState = 2;
      };
      first.accept();
      first.end(1006);
      await vi.advanceTimersByTimeAsync(3000);
      sockets.last.accept();
      expect([first.sent, sockets.last.sent]).toEqual([["a", "b"], ["c"]]);
      socket.dispose();
    });

    it("sends binary as it was when it was given", async () => {
      const socket = make();
      const bytes = new Uint8Array([9, 1, 2, 9]);
      socket.send(bytes.subarray(1, 3));
      bytes.fill(0);
      socket.connect();
      await settle();
      sockets.last.accept();
      expect([...new Uint8Array(sockets.last.sent[0] as ArrayBuffer)]).toEqual([1, 2]);
      expect(() => socket.send(undefined)).toThrow(TypeError);
      socket.dispose();
    });
  });

  describe("receiving", () => {
    it("parses JSON, passes binary through, and says what it could not read", async () => {
      const socket = await opened();
      const bytes = new ArrayBuffer(3);
      sockets.last.say('{"a":1}');
      sockets.last.say(bytes);
      sockets.last.say("not json");
      expect(told.slice(1)).toEqual([
        ["message", { a: 1 }],
        ["message", bytes],
        ["error", "unreadable"],
      ]);
      expect(socket.state.phase).toBe("open");
      socket.dispose();
    });

    it("hands text on as it is when asked to", async () => {
      const socket = await opened({ raw: true });
      sockets.last.say('{"a":1}');
      expect(told.at(-1)).toEqual(["message", '{"a":1}']);
      socket.dispose();
    });
  });

  describe("ending", () => {
    it("closes as told, and says so once", async () => {
      const socket = await opened();
      expect(() => socket.disconnect(1006)).toThrow(RangeError);
      socket.disconnect(4000, "bye");
      socket.disconnect();
      expect(sockets.last.closedWith).toEqual({ code: 4000, reason: "bye" });
      expect(told.slice(1)).toEqual([["close", 4000]]);
      expect(environment.listenerCount).toBe(0);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(sockets.all).toHaveLength(1);
    });

    it("leaves nothing behind, in whatever phase it is disposed of", async () => {
      const phases = {
        idle: async () => make(),
        connecting: async () => {
          const socket = make();
          socket.connect();
          await settle();
          return socket;
        },
        open: () => opened(),
        waiting: async () => {
          const socket = await opened();
          sockets.last.end(1006);
          return socket;
        },
        closed: async () => {
          const socket = await opened();
          sockets.last.end(1000);
          return socket;
        },
      };
      for (const [phase, reach] of Object.entries(phases)) {
        const socket = await reach();
        expect(socket.state.phase).toBe(phase);
        const watcher = vi.fn();
        socket.subscribe(watcher);
        const before = told.length;
        socket.dispose();
        socket.dispose();
        socket.connect();
        expect(vi.getTimerCount()).toBe(0);
        expect(environment.listenerCount).toBe(0);
        await settle();
        expect(watcher).not.toHaveBeenCalled();
        expect(told).toHaveLength(before);
      }
      expect(sockets.alive).toBe(0);
      expect(sockets.all.every((each) => each.isLetGo)).toBe(true);
    });

    it("leaves nothing behind after a thousand connections", { timeout: 30_000 }, async () => {
      for (let round = 0; round < 1000; round++) (await opened()).dispose();
      expect(sockets.all).toHaveLength(1000);
      expect([sockets.alive, vi.getTimerCount(), environment.listenerCount]).toEqual([0, 0, 0]);
    });
  });
});

describe("ReconnectingSocket against a real server", () => {
  let echo: EchoServer;

  beforeEach(async () => {
    echo = await startEcho();
  });

  afterEach(() => echo.close());

  it("sends, receives, comes back after a cut, and stays away after a clean close", async () => {
    const messages: unknown[] = [];
    const outcomes: unknown[] = [];
    let attempt = 0;
    const socket: ReconnectingSocket = new ReconnectingSocket({
      url: () => `${echo.url}/room?attempt=${++attempt}`,
      protocols: "chat.1",
      reconnect: { baseMs: 20 },
      heartbeat: null,
      onMessage: (message) => messages.push(message),
      onClose: ({ code }) => {
        if (code === 1006) for (const each of ["over the gap".repeat(20), '"kept"']) outcomes.push(socket.send(each));
      },
    });
    expect(socket.send({ first: true })).toBe("queued");
    socket.connect();
    await expect.poll(() => messages).toEqual([{ first: true }]);
    socket.send(new Uint8Array([1, 2, 3]));
    await expect.poll(() => messages.length).toBe(2);
    expect([...new Uint8Array(messages[1] as ArrayBuffer)]).toEqual([1, 2, 3]);

    socket.send("drop");
    await expect.poll(() => messages.at(-1)).toBe("kept");
    expect(outcomes).toEqual(["queued", "queued"]);
    expect(socket.state.error).toMatchObject({ reason: "unreadable" }); // the first of the two
    expect(echo.asked).toEqual(["/room?attempt=1", "/room?attempt=2"]);

    socket.send("close 1000");
    await expect.poll(() => socket.state).toMatchObject({ phase: "closed", close: { code: 1000 } });
    await expect.poll(() => echo.connections.size).toBe(0);
    socket.dispose();
  });

  it("gives up on a server that is gone", async () => {
    await echo.close();
    const gone = vi.fn();
    const reconnect = { attempts: 2, baseMs: 5 };
    const socket = new ReconnectingSocket({ url: echo.url, reconnect, onGiveUp: gone });
    socket.connect();
    await expect.poll(() => gone.mock.calls.length).toBe(1);
    expect(socket.state).toMatchObject({ phase: "closed", error: { reason: "failed" } });
    socket.dispose();
  });
});
