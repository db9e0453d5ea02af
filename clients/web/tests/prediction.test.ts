/** The own row ahead of the server: a session with a twin that can be counted on fingers, and a mock server. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { GameDescription } from "../src/core/api.ts";
import type { MakeTwin } from "../src/core/prediction.ts";
import { Session } from "../src/core/session.ts";
import { ARENA } from "../src/generated/protocol.ts";
import { MockServer } from "../src/testing/index.ts";

const X = 0;
const SCORE = 2;

/** What is held is the speed; each tick counts one point. */
const twin: MakeTwin = () => ({
  table: "players",
  columns: ["x", "score"],
  step(row, held) {
    row[X]! += held[0]!;
    row[SCORE]! += 1;
  },
});

let server: MockServer<typeof ARENA>;
let session: Session<typeof ARENA>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  server = new MockServer({ game: ARENA, tickHz: 10, state: { players: { 0: { x: 1000 } } } });
});

afterEach(() => {
  session.disconnect();
  vi.useRealTimers();
});

async function join(
  describe: () => Promise<GameDescription> = async () => ({}) as GameDescription,
  made: MakeTwin = twin,
  watch = false,
): Promise<void> {
  const { openSocket } = server;
  const address = () => "ws://play.test/ws/K7P2QX";
  const options = { code: "K7P2QX", nickname: "Ann", schema: ARENA, address, openSocket, environment: null };
  session = new Session({ ...options, twin: made, describe, watch });
  session.open();
  server.welcome();
  await settled();
}

/** Whoever waits for a description has it. */
const settled = () => vi.advanceTimersByTimeAsync(0);

/** A tick goes by in which the server does what the twin foresees. */
function foreseen(changes: { x?: number; stamp?: number } = {}): void {
  vi.advanceTimersByTime(100);
  const { stamp = server.value("seats", 0, "stamp"), x = server.value("players", 0, "x") } = changes;
  const score = server.value("players", 0, "score") + 1;
  server.change({ players: { 0: { x, score } }, seats: { 0: { stamp } } });
}

const own = () => session.view()!.players.at(0);

function pong(): void {
  const { echo } = server.socket.sentOfKind("ping").at(-1)!;
  server.tell({ kind: "pong", echo, tick: server.tick, ageUs: 0 });
}

describe("what is held", () => {
  it("is what the game's input takes: whole numbers between its bounds", async () => {
    await join();
    pong();
    session.setInput({ x: 63.7, y: -1e9, buttons: Number.NaN });
    expect(server.socket.sentOfKind("input").at(-1)?.values).toEqual([64, -127, 0]);
  });
});

describe("an input", () => {
  it("names no tick that the server refuses as too far ahead, however long the way there was", async () => {
    await join();
    server.drop();
    await vi.advanceTimersByTimeAsync(400);
    server.welcome({ maxLeadTicks: 4 });
    vi.advanceTimersByTime(1500);
    const { echo } = server.socket.sentOfKind("ping")[0]!;
    server.tell({ kind: "pong", echo, tick: server.tick + 15, ageUs: 0 }); // the way there took it all
    session.setInput({ x: 1 });
    const { tick } = server.socket.sentOfKind("input").at(-1)!;
    expect(tick).toBeLessThanOrEqual(session.clock!.tickAt(performance.now()) + 4);
  });
});

describe("prediction", () => {
  it("is ahead of the newest state, and exact", async () => {
    await join();
    pong();
    session.setInput({ x: 60 });
    const { tick } = server.socket.sentOfKind("input").at(-1)!;
    expect(tick).toBe(101);
    vi.advanceTimersByTime(50);
    expect(own().x).toBeGreaterThan(1000);
    expect(session.state.players.at(0).x).toBe(1000);
    foreseen({ x: 1060, stamp: 101 });
    own();
    foreseen({ x: 1120 });
    own();
    foreseen({ x: 1180 });
    expect(session.statistics).toMatchObject({ corrections: 0, correction: 0 });
    expect(session.statistics.predictions).toBeGreaterThan(1);
  });

  it("blends out what was wrong: the drawn place goes on from where it was", async () => {
    await join();
    for (let count = 0; count < 3; count++) foreseen();
    const before = own().x;
    server.change({ players: { 0: { x: 1100, score: 4 } } });
    expect(session.statistics).toMatchObject({ corrections: 1, correction: 100 });
    expect(own().x).toBeCloseTo(before, 5);
    vi.advanceTimersByTime(2000);
    expect(own().x).toBe(1100);
  });

  it("takes the place as it is, and counts nothing, when a round begins", async () => {
    await join();
    for (let count = 0; count < 3; count++) foreseen();
    pong();
    own();
    session.setInput({ x: 127 }); // what that moves at once is being blended out
    server.change({ players: { 0: { x: 1100, score: 4 } }, seats: { 0: { stamp: 104 } } });
    expect(session.statistics.corrections).toBe(1); // and so is this
    own();
    session.setInput({ x: 0 });
    own();
    const { predictions } = session.statistics;
    server.change({ players: { 0: { x: 5000, score: 0 } }, session: { 0: { status: 1, round: 1, endsAt: 900 } } });
    expect(own().x).toBe(5000);
    expect(session.statistics).toMatchObject({ corrections: 1, predictions });
  });

  it.each(["startsAt", "endsAt"] as const)(
    "steps again what a new %s changes, before the server has stepped it",
    async (at) => {
      await join(undefined, () => ({
        table: "players",
        columns: ["x"],
        step(row, _, __, session) {
          if (session[at] > 0) row[X]! += 50;
        },
      }));
      for (let count = 0; count < 3; count++) foreseen();
      vi.advanceTimersByTime(250);
      const before = own().x;
      server.change({ session: { 0: { [at]: 500 } } });
      expect(own().x).toBeCloseTo(before, 5); // and from there to where it has to be
      vi.advanceTimersByTime(50);
      expect(own().x).toBeGreaterThan(before + 10);
      for (const x of [1050, 1100, 1150]) {
        server.change({ players: { 0: { x } } });
        own();
      }
      expect(session.statistics.corrections).toBe(0); // nobody could foresee it
    },
  );

  it("counts nothing either when other settings put the player elsewhere", async () => {
    await join();
    for (let count = 0; count < 3; count++) foreseen();
    own();
    server.tell({ kind: "settings", settings: { map: 1 } }); // a fact leaves before the state of its tick
    await settled();
    own(); // a display frame in between
    server.change({ players: { 0: { x: 5000, score: 0 } } });
    expect(own().x).toBe(5000);
    expect(session.statistics.corrections).toBe(0);
    foreseen({ x: 5000 }); // and is exact again
    own();
    foreseen({ x: 5000 });
    own();
    expect(session.statistics.corrections).toBe(0);
    server.change({ players: { 0: { x: 5100 } } });
    expect(session.statistics.corrections).toBe(1);
  });

  it("is of the own row and the twin's columns: what else the row has is as the server said last, others are drawn later", async () => {
    await join();
    foreseen();
    own();
    server.change({ players: { 0: { dashX: 9, score: 2 }, 1: { score: 5 } }, seats: { 1: { ready: 1 } } });
    const view = session.view()!;
    expect(view.players.at(0).dashX).toBe(9);
    expect(view.players.at(1).score).toBe(0); // not yet
    expect(view.seats.at(1).ready).toBe(0);
  });

  it("has nothing to predict for who watches", async () => {
    await join(undefined, undefined, true);
    server.change({ players: { 0: { x: 1060 } }, seats: { 1: { stamp: 101 } } });
    vi.advanceTimersByTime(300);
    const view = session.view()!;
    expect(view.ownTick).toBe(view.tick);
    expect(view.seats.at(1).stamp).toBe(101);
    expect(session.statistics).toMatchObject({ predictions: 0, inputs: 0, lateInputs: 0 });
  });

  it("judges no input by a keyframe, which does not say when it was applied", async () => {
    await join();
    pong();
    session.setInput({ x: 60 });
    foreseen({ x: 1060 });
    server.change({ players: { 0: { x: 1120, score: 2 } } });
    const values = [...session.replica!.values];
    values[session.replica!.layout.span("seats").first] = 101;
    const rates = [...session.replica!.layout.glidingCells].map(() => 0);
    server.tell({ kind: "keyframe", tick: 103, values, rates });
    expect(session.statistics).toMatchObject({ inputs: 0, lateInputs: 0 });
  });

  it("leaves the own row as it was while there is no state to begin with", async () => {
    await join();
    foreseen();
    server.tell({ kind: "delta", tokens: [2, (server.tick + 1) & 127, 999, 1] }); // out of step until a keyframe comes
    server.tell({ kind: "settings", settings: { map: 0 } });
    await settled();
    expect(own().x).toBe(1000);
    expect(session.view()!.ownTick).toBe(session.view()!.tick);
    server.keyframe();
    expect(own().x).toBe(1000);
    expect(session.view()!.ownTick).toBeGreaterThan(session.view()!.tick);
  });

  it("goes on for a while in silence, and is where the server is afterwards", async () => {
    await join();
    pong();
    session.setInput({ x: 10 });
    vi.advanceTimersByTime(2000);
    const ahead = own().x;
    expect(ahead).toBeGreaterThan(1150);
    expect(ahead).toBeLessThanOrEqual(1220);
    server.change({ players: { 0: { x: 1200, score: 20 } }, seats: { 0: { stamp: 101 } } }, { ticks: 20 });
    expect(session.statistics.corrections).toBe(0);
    expect(own().x).toBeCloseTo(ahead, 5);
  });

  it("begins at the newest state, though the own clock is behind it and names a tick that is over", async () => {
    await join();
    pong();
    foreseen();
    own();
    server.change({ players: { 0: { x: 2000, score: 6 } } }, { ticks: 5 });
    session.setInput({ x: 10 });
    expect(server.socket.sentOfKind("input").at(-1)!.tick).toBeLessThanOrEqual(server.tick);
    expect(own().x).toBe(2000);
    expect(own().score).toBe(7); // as in the tick under way
    expect(session.view()!.ownTick).toBe(server.tick);
  });

  it("goes back with the server's ticks, should they ever", async () => {
    server = new MockServer({ game: ARENA, tickHz: 10, tick: 100_000, state: { players: { 0: { x: 1000 } } } });
    await join();
    for (let count = 0; count < 5; count++) foreseen();
    own();
    const values = [...session.replica!.values];
    const rates = [...session.replica!.layout.glidingCells].map(() => 0);
    server.tell({ kind: "keyframe", tick: 3, values, rates });
    expect(own().x).toBe(1000);
    expect(session.view()!.ownTick).toBeLessThan(140);
  });

  it("keeps its head in a silence longer than what it keeps", async () => {
    await join();
    pong();
    session.setInput({ x: 10 });
    for (let second = 0; second < 20; second++) {
      vi.advanceTimersByTime(1000);
      if (session.connection.name === "live") expect(Number.isFinite(own().x)).toBe(true);
    }
    expect(own().x).toBeLessThanOrEqual(1000 + 128 * 10);
  });

  it("is asked for again when the description could not be had", async () => {
    let asked = 0;
    await join(async () => {
      asked += 1;
      if (asked === 1) throw new Error("the server is busy");
      return {} as GameDescription;
    });
    expect(session.view()!.ownTick).toBe(session.view()!.tick);
    for (let count = 0; count < 60; count++) {
      await vi.advanceTimersByTimeAsync(100);
      server.pass();
    }
    expect(asked).toBe(2);
    expect(session.view()!.ownTick).toBeGreaterThan(session.view()!.tick);
    session.disconnect();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("asks no more when it is over by then", async () => {
    let fail = (_: Error) => {};
    const asked = vi.fn(() => new Promise<GameDescription>((_, reject) => (fail = reject)));
    await join(asked);
    session.disconnect();
    fail(new Error("gone"));
    await settled();
    expect(vi.getTimerCount()).toBe(0);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it("is made of the newest settings, whichever description comes first", async () => {
    const answers: ((assets: GameDescription) => void)[] = [];
    const made: unknown[] = [];
    const noting: MakeTwin = (context) => {
      made.push(context.settings.map);
      return twin(context);
    };
    await join(() => new Promise((resolve) => answers.push(resolve)), noting);
    server.tell({ kind: "settings", settings: { map: 1 } });
    server.tell({ kind: "settings", settings: { map: 2 } });
    for (const answer of answers.toReversed()) {
      answer({} as GameDescription);
      await settled();
    }
    expect(answers).toHaveLength(3);
    expect(made).toEqual([2]);
  });

  it("rests while other settings have no twin yet", async () => {
    const answers = [Promise.resolve({} as GameDescription), new Promise<GameDescription>(() => {})];
    await join(() => answers.shift()!);
    foreseen();
    expect(session.view()!.ownTick).toBeGreaterThan(session.view()!.tick);
    server.tell({ kind: "settings", settings: { map: 1 } });
    await settled();
    expect(session.view()!.ownTick).toBe(session.view()!.tick);
  });

  it("is asked for once by each welcome, also when an earlier one had no answer", async () => {
    const asked = vi.fn(async () => ({}) as GameDescription).mockRejectedValueOnce(new Error("busy"));
    await join(asked);
    vi.advanceTimersByTime(3000);
    server.drop();
    await vi.advanceTimersByTimeAsync(400);
    server.welcome();
    await settled();
    expect(asked).toHaveBeenCalledTimes(2);
    for (let count = 0; count < 40; count++) {
      await vi.advanceTimersByTimeAsync(100);
      server.pass();
    }
    expect(asked).toHaveBeenCalledTimes(2); // the first one's second try would have been by now
  });
});
