import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type SessionUse, sessionUse } from "../src/bindings/held_session.ts";
import { Cell, look, shallowEqual } from "../src/bindings/reading.ts";
import { Selection } from "../src/bindings/selection.ts";
import { connectionReading, resultsReading } from "../src/bindings/session_readings.ts";
import { ARENA } from "../src/generated/protocol.ts";
import { Client } from "../src/index.ts";
import { MockEnvironment, MockServer } from "../src/testing/index.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a reading", () => {
  it("looks when it is told to, and tells only of what is another", () => {
    let now = { a: 1, b: 2 };
    let again = () => {};
    const detach = vi.fn();
    const attach = vi.fn((act: () => void) => {
      again = act;
      return detach;
    });
    const reading = look(() => ({ ...now }), attach, shallowEqual);
    const first = reading.read();
    expect(reading.read()).toBe(first); // equal: the same
    now = { a: 1, b: 3 };
    expect(reading.read()).toEqual({ a: 1, b: 3 }); // not attached: looked at when read
    const told = vi.fn();
    const stops = [reading.subscribe(told), reading.subscribe(told)];
    again();
    expect(told).toHaveBeenCalledTimes(0);
    now = { a: 2, b: 3 };
    expect(reading.read()).toEqual({ a: 1, b: 3 }); // attached: not before it is told
    again();
    expect([told.mock.calls.length, reading.read()]).toEqual([2, { a: 2, b: 3 }]);
    for (const stop of stops) stop();
    expect([attach.mock.calls.length, detach.mock.calls.length]).toEqual([1, 1]);
  });

  it("tells every subscriber of a cell, each until it has had enough", () => {
    const cell = new Cell(1);
    const told = vi.fn();
    const stop = cell.subscribe(told);
    cell.subscribe(told);
    cell.set(1);
    expect(told).toHaveBeenCalledTimes(0);
    cell.set(2);
    stop();
    cell.set(3);
    expect(told).toHaveBeenCalledTimes(3);
  });

  it.each([
    [1, 1, true],
    [Number.NaN, Number.NaN, true],
    [1, 2, false],
    [null, {}, false],
    [[1, 2], [1, 2], true],
    [[1, 2], [1, 3], false],
    [[1], [1, 2], false],
    [["a"], { 0: "a" }, false],
    [{ a: 1 }, { a: 1 }, true],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: undefined }, { b: undefined }, false],
    [{ a: [] }, { a: [] }, false],
  ])("shallowly, %j and %j are equal: %s", (one, other, isEqual) => {
    expect(shallowEqual(one, other)).toBe(isEqual);
  });
});

describe("a session", () => {
  let server: MockServer<typeof ARENA>;
  let environment: MockEnvironment;
  let client: Client<typeof ARENA>;

  beforeEach(() => {
    server = new MockServer({ game: ARENA, automatic: true });
    environment = new MockEnvironment();
    client = new Client("http://play.test", { game: ARENA, openSocket: server.openSocket, environment });
  });

  const settle = () => vi.advanceTimersByTimeAsync(100); // the mock server's own clock stops at its next tick

  it("is left behind by nothing after a thousand joins and ends", { timeout: 30_000 }, async () => {
    for (let round = 0; round < 1000; round++) {
      const use = sessionUse(client, server.code, () => ({}));
      const stop = use.subscribe(() => {});
      await vi.advanceTimersByTimeAsync(0);
      const { session, status } = use.read();
      expect(status).toBe("live");
      const stops = [
        connectionReading(session!).subscribe(() => {}),
        resultsReading(session!).subscribe(() => {}),
        new Selection<typeof ARENA, number>(session!).subscribe(() => {}),
      ];
      for (const each of [...stops, stop]) each();
      session!.leave(); // a seat for the next
      await vi.advanceTimersByTimeAsync(0);
      expect(session!.listenerCount()).toBe(0);
    }
    await settle();
    expect(server.sockets).toHaveLength(1000);
    expect([server.openCount, vi.getTimerCount(), environment.listenerCount]).toEqual([0, 0, 0]);
  });

  it("is one for all who hold it, and another for those who watch, or have another client", async () => {
    const other = new Client("http://play.test", { game: ARENA, openSocket: server.openSocket, environment });
    const uses = [
      sessionUse(client, server.code, () => ({})),
      sessionUse(client, server.code, () => ({})),
      sessionUse(client, server.code, () => ({ watch: true })),
      sessionUse(other, server.code, () => ({})),
    ];
    const stops = uses.map((use) => use.subscribe(() => {}));
    await settle();
    const sessions = uses.map((use) => use.read().session);
    expect(sessions[0]).toBe(sessions[1]);
    expect(new Set(sessions).size).toBe(3);
    for (const stop of stops) stop();
    await settle();
    expect(server.openCount).toBe(0);
  });

  it("is given up while it is still being joined", async () => {
    server = new MockServer({ game: ARENA });
    client = new Client("http://play.test", { openSocket: server.openSocket, environment, fetch: server.fetch });
    const use = sessionUse(client, server.code, () => ({}));
    const stop = use.subscribe(() => {});
    await server.asked();
    stop();
    await settle();
    expect([server.openCount, vi.getTimerCount(), environment.listenerCount]).toEqual([0, 0, 0]);
  });

  it("takes a seat up by its token, and later by the newer one that came with it", async () => {
    const before = await client.joinByCode(server.code);
    const token = before.resumeKey!.split(".")[1]!;
    before.disconnect();
    const player = before.me!.player;
    const asking = new Client("http://play.test", { openSocket: server.openSocket, fetch: server.fetch });
    for (let visit = 0; visit < 2; visit++) {
      const use = sessionUse(asking, server.code, () => ({ token }));
      const stop = use.subscribe(() => {});
      await settle();
      expect(use.read().session!.me!.player).toBe(player);
      stop();
      await settle();
    }
    const tokens = server.sockets.map((socket) => socket.sentOfKind("hello")[0]!.token);
    expect(new Set(tokens).size).toBe(3); // none, the given one, the one that came with it
  });

  it("is taken up again by who wants it after an end, in the seat that was kept", async () => {
    const visits = [];
    for (let visit = 0; visit < 3; visit++) {
      const use = sessionUse(client, server.code, () => ({}));
      const stop = use.subscribe(() => {});
      await settle();
      visits.push([use.read().status, use.read().session!.seat, server.members.size]);
      stop();
      await settle();
    }
    expect(visits).toEqual(Array(3).fill(["live", 0, 1]));
  });

  it.each([
    ["it was left", (use: SessionUse<typeof ARENA>) => use.leave()],
    ["the host sent us away", () => server.drop(4013)],
  ])("is joined as by anybody after %s", async (_, end) => {
    for (let visit = 0; visit < 2; visit++) {
      const use = sessionUse(client, server.code, () => ({}));
      const stop = use.subscribe(() => {});
      await settle();
      end(use);
      stop();
      await settle();
    }
    expect(server.sockets.map((socket) => socket.sentOfKind("hello")[0]!.token)).toEqual([null, null]);
  });

  it("joins anew where the token's seat was given up", async () => {
    server = new MockServer({ game: ARENA });
    client = new Client("http://play.test", { openSocket: server.openSocket, environment, fetch: server.fetch });
    const use = sessionUse(client, server.code, () => ({ token: "old" }));
    const stop = use.subscribe(() => {});
    await server.asked();
    server.socket.accept();
    server.drop(4001);
    await server.asked(2);
    server.welcome();
    await settle();
    expect([use.read().status, server.socket.sentOfKind("hello")[0]!.token]).toEqual(["live", null]);
    stop();
  });

  it("is looked at without a display, too", async () => {
    const joining = client.joinByCode(server.code);
    await settle();
    const session = await joining;
    const selection = new Selection<typeof ARENA, number>(session);
    const select = (state: typeof session.state) => state.players.at(0).score;
    const looked = vi.fn();
    const stop = selection.subscribe(looked);
    expect(selection.read(select)).toBe(0);
    server.change({ players: { 0: { score: 3 } } });
    await vi.advanceTimersByTimeAsync(16);
    expect(looked).toHaveBeenCalledTimes(1);
    expect(selection.read(select)).toBe(3);
    server.change({ players: { 0: { score: 4 } } });
    stop();
    await settle();
    expect(looked).toHaveBeenCalledTimes(1);
    session.leave();
  });
});
