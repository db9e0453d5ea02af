import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { arenaTwin } from "../../src/arena/twin.ts";
import type { GameDescription } from "../../src/core/api.ts";
import { Session } from "../../src/core/session.ts";
import { ARENA, DASH_SPEED, SUB } from "../../src/generated/protocol.ts";
import { type Conditions, Link, seeded } from "./link.ts";
import { MAPS, ModelServer } from "./model_server.ts";

const FRAME_MS = 16;
const DIRECTIONS = [0, -127, 127, 90, -90];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
});

afterEach(() => vi.useRealTimers());

interface Seen {
  readonly session: Session<typeof ARENA>;
  readonly server: ModelServer;
  /** Largest step of the own and of the other player between two display frames, units. */
  ownStep: number;
  otherStep: number;
  /** Largest error of the clock, in ticks. */
  clockError: number;
  /** Frames from a key to the first one that shows it, the most of all keys from standing. */
  framesToMotion: number;
}

/** Play for `seconds` under `conditions`: change what is held now and then, and look at every display frame. */
async function play(conditions: Conditions, seconds: number, seed: number, tickHz = 25, map = "plaza"): Promise<Seen> {
  const random = seeded(seed);
  const held = new Map<number, readonly number[]>();
  const other = (tick: number) => {
    const turn = Math.floor(tick / 9);
    if (!held.has(turn)) held.set(turn, [pick(random), pick(random), random() < 0.2 ? 1 : 0]);
    return held.get(turn)!;
  };
  const server = new ModelServer(tickHz, new Link(conditions, random), new Link(conditions, random), other, map);
  const session = new Session({
    code: "K7P2QX",
    nickname: "Ann",
    schema: ARENA,
    address: () => "ws://play.test/ws/K7P2QX",
    twin: arenaTwin,
    describe: async () => ({ maps: [{ name: map, rows: MAPS[map] }] }) as unknown as GameDescription,
    openSocket: server.openSocket,
    random,
    environment: null,
  });
  session.open();
  await run(2000, () => undefined); // to the welcome, and for the first pings
  const seen: Seen = { session, server, ownStep: 0, otherStep: 0, clockError: 0, framesToMotion: 0 };
  const before = { ...session.statistics };
  let last: number[] | null = null;
  let pressed: { at: number; x: number; y: number; direction: [number, number] } | null = null;
  let frame = 0;
  let nextKey = 0;
  await run(seconds * 1000, () => {
    frame += 1;
    const view = session.view()!;
    const [own, them] = [view.players.at(0), view.players.at(1)];
    const now = [own.x / SUB, own.y / SUB, them.x / SUB, them.y / SUB];
    if (last) {
      seen.ownStep = Math.max(seen.ownStep, Math.hypot(now[0]! - last[0]!, now[1]! - last[1]!));
      seen.otherStep = Math.max(seen.otherStep, Math.hypot(now[2]! - last[2]!, now[3]! - last[3]!));
    }
    last = now;
    seen.clockError = Math.max(seen.clockError, Math.abs(session.clock!.tickAt(performance.now()) - server.exactTick));
    if (pressed && Math.hypot(now[0]! - pressed.x, now[1]! - pressed.y) > 0.1) {
      seen.framesToMotion = Math.max(seen.framesToMotion, frame - pressed.at);
      pressed = null;
    }
    if (frame >= nextKey) {
      const direction: [number, number] = [pick(random), pick(random)];
      const stands = last && server.place(0).every((place, axis) => Math.abs(place / SUB - now[axis]!) < 0.01);
      session.setInput({ x: direction[0], y: direction[1], buttons: random() < 0.25 ? 1 : 0 });
      pressed = stands && isFree(server, direction) ? { at: frame, x: now[0]!, y: now[1]!, direction } : null;
      if (random() < 0.4) session.setInput({ x: 0, y: 0 });
      nextKey = frame + 4 + Math.floor(random() * 30);
      if (random() < 0.4) pressed = null;
    }
  });
  server.stop();
  session.disconnect();
  expect(session.statistics.predictions - before.predictions).toBeGreaterThan(seconds * 3);
  return seen;
}

function pick(random: () => number): number {
  return DIRECTIONS[Math.floor(random() * DIRECTIONS.length)]!;
}

/** Whether nothing is in the way of a player for a tile's length. */
function isFree(server: ModelServer, [x, y]: readonly [number, number]): boolean {
  if (x === 0 && y === 0) return false;
  const rows = MAPS[server.map]!;
  const [px, py] = server.place(0).map((place) => place / 1536) as [number, number];
  return [-1, 0, 1].every((dx) => [-1, 0, 1].every((dy) => rows[Math.floor(py) + dy]?.[Math.floor(px) + dx] !== "#"));
}

/** Let `ms` of faked time pass, with a display frame every 16. */
async function run(ms: number, draw: () => void): Promise<void> {
  for (let passed = 0; passed < ms; passed += FRAME_MS) {
    await vi.advanceTimersByTimeAsync(FRAME_MS);
    draw();
  }
}

const DASH_STEP = (DASH_SPEED / SUB) * (FRAME_MS / 1000);

const WIDE_STEP = 4 * DASH_STEP; // after a stall: what was drawn on by forecast is blended into what was so
const report: Record<string, number | string>[] = [];

function note(conditions: Conditions, seed: number, seen: Seen): void {
  const { statistics } = seen.session;
  report.push({
    "one way": `${conditions.delayMs} + ${conditions.jitterMs} ms`,
    stalls: conditions.stallMs ? `${conditions.stallMs} ms` : "",
    seed,
    inputs: statistics.inputs,
    late: statistics.lateInputs,
    corrections: statistics.corrections,
    "correction p99": Math.round((statistics.correctionAt(0.99) / SUB) * 10) / 10,
    "lead, ticks": Math.round(statistics.leadTicks * 100) / 100,
    "own step": Math.round(seen.ownStep * 10) / 10,
    "other's step": Math.round(seen.otherStep * 10) / 10,
    "clock error, ticks": Math.round(seen.clockError * 100) / 100,
  });
}

afterAll(() => console.table(report)); // distances in units; a player walks 200 a second

describe.each([
  { delayMs: 0, jitterMs: 0 },
  { delayMs: 50, jitterMs: 0 },
  { delayMs: 150, jitterMs: 0 },
  { delayMs: 0, jitterMs: 30 },
  { delayMs: 50, jitterMs: 30 },
  { delayMs: 150, jitterMs: 30 },
])("with $delayMs ms each way and $jitterMs ms of jitter", (conditions) => {
  it.each([1, 2, 3])("prediction is exact, motion at once, others smooth (seed %i)", async (seed) => {
    const seen = await play(conditions, 60, seed);
    note(conditions, seed, seen);
    const { statistics } = seen.session;
    expect(statistics.inputs).toBeGreaterThan(100);
    expect(statistics.resyncs).toBe(0);
    expect(statistics.lateInputs).toBe(seen.server.lateInputs);
    expect(statistics.lateInputs / statistics.inputs).toBeLessThan(0.01);
    if (statistics.lateInputs === 0) expect(statistics.corrections).toBe(0);
    expect(seen.framesToMotion).toBe(1);
    expect(seen.ownStep).toBeLessThan(2 * DASH_STEP);
    expect(seen.otherStep).toBeLessThan(1.25 * DASH_STEP);
    expect(seen.clockError).toBeLessThan(0.5);
  });
});

describe.each([10, 50])("at %i ticks a second", (tickHz) => {
  it("all of this holds as well", async () => {
    const seen = await play({ delayMs: 50, jitterMs: 30 }, 40, 4, tickHz, "islands");
    expect(seen.session.statistics.lateInputs).toBe(0);
    expect(seen.session.statistics.corrections).toBe(0);
    expect(seen.otherStep).toBeLessThan(1.25 * DASH_STEP);
    expect(seen.clockError).toBeLessThan(0.5);
  });
});

describe("with stalls of 300 ms every 4 s", () => {
  it.each([1, 2, 3])("what was late is corrected, and nobody teleports (seed %i)", async (seed) => {
    const conditions = { delayMs: 50, jitterMs: 30, stallEveryMs: 4000, stallMs: 300 };
    const seen = await play(conditions, 60, seed);
    note(conditions, seed, seen);
    const { statistics } = seen.session;
    expect(statistics.lateInputs).toBeGreaterThan(0);
    expect(statistics.corrections).toBeGreaterThan(0);
    expect(statistics.correctionAt(0.99)).toBeGreaterThan(0);
    expect(seen.ownStep).toBeLessThan(WIDE_STEP);
    expect(seen.otherStep).toBeLessThan(WIDE_STEP);
    expect(seen.clockError).toBeLessThan(0.5);
  });
});
