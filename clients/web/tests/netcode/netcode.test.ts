import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { arenaTwin } from "../../src/arena/twin.ts";
import type { GameDescription } from "../../src/core/api.ts";
import type { MakeTwin } from "../../src/core/prediction.ts";
import { Session } from "../../src/core/session.ts";
import { ARENA, DASH_SPEED, SUB, TILE } from "../../src/generated/protocol.ts";
import { type Conditions, Link, seeded } from "./link.ts";
import { MAPS, ModelServer } from "./model_server.ts";

const FRAME_MS = 16;
const DIRECTIONS = [0, -127, 127, 90, -90];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
});

afterEach(() => vi.useRealTimers());

/** What one player sees and does: looks at every display frame, and changes what is held now and then. */
class Player {
  readonly session: Session<typeof ARENA>;
  readonly server: ModelServer;
  readonly #random: () => number;
  /** Largest step of the own and of the other player between two display frames, units. */
  ownStep = 0;
  otherStep = 0;
  /** Largest error of the clock, in ticks. */
  clockError = 0;
  /** Display frames from a key to the first one that shows it: the most of all keys pressed while standing in the open. */
  framesToMotion = 0;
  #frame = 0;
  #nextKey = 0;
  #last: { own: Place; other: Place } | null = null;
  #pressed: { frame: number; from: Place } | null = null;

  constructor(session: Session<typeof ARENA>, server: ModelServer, random: () => number) {
    this.session = session;
    this.server = server;
    this.#random = random;
  }

  readonly draw = (): void => {
    this.#frame += 1;
    const { players } = this.session.view()!;
    const own = placeOf(players.at(0));
    const other = placeOf(players.at(1));
    this.ownStep = Math.max(this.ownStep, distance(own, this.#last?.own ?? own));
    this.otherStep = Math.max(this.otherStep, distance(other, this.#last?.other ?? other));
    this.#last = { own, other };
    const clock = this.session.clock!.tickAt(performance.now());
    this.clockError = Math.max(this.clockError, Math.abs(clock - this.server.exactTick));
    if (this.#pressed && distance(own, this.#pressed.from) > 0.1) {
      this.framesToMotion = Math.max(this.framesToMotion, this.#frame - this.#pressed.frame);
      this.#pressed = null;
    }
    if (this.#frame >= this.#nextKey) this.#change(own);
  };

  /** Other keys: often none, so that there are starts from standing. */
  #change(own: Place): void {
    const random = this.#random;
    const stops = random() < 0.4;
    const [x, y] = stops ? [0, 0] : [pick(random), pick(random)];
    const stood = distance(own, placeOf(this.server.player(0))) < 0.01;
    this.session.setInput({ x, y, buttons: random() < 0.25 ? 1 : 0 });
    const starts = stood && (x !== 0 || y !== 0) && isOpen(this.server, own);
    this.#pressed = starts ? { frame: this.#frame, from: own } : null;
    this.#nextKey = this.#frame + 4 + Math.floor(random() * 30);
  }
}

interface Way {
  readonly tickHz?: number;
  readonly map?: string;
  readonly twin?: MakeTwin;
}

/** Play for `seconds` under `conditions`; the other player runs about by the seed. */
async function play(conditions: Conditions, seconds: number, seed: number, way: Way = {}): Promise<Player> {
  const { tickHz = 25, map = "plaza", twin = arenaTwin } = way;
  const random = seeded(seed);
  const server = new ModelServer(
    tickHz,
    new Link(conditions, random),
    new Link(conditions, random),
    wander(random),
    map,
  );
  const session = new Session({
    code: "K7P2QX",
    nickname: "Ann",
    schema: ARENA,
    address: () => "ws://play.test/ws/K7P2QX",
    twin,
    describe: async () => ({ maps: [{ name: map, rows: MAPS[map] }] }) as unknown as GameDescription,
    openSocket: server.openSocket,
    random,
    environment: null,
  });
  session.open();
  await run(2000, () => undefined); // to the welcome, and for the first pings
  const player = new Player(session, server, random);
  const before = session.statistics.predictions;
  await run(seconds * 1000, player.draw);
  server.stop();
  session.disconnect();
  expect(session.statistics.predictions - before).toBeGreaterThan(seconds * 3);
  return player;
}

type Place = readonly [number, number];

function placeOf({ x, y }: { x: number; y: number }): Place {
  return [x / SUB, y / SUB];
}

function distance(one: Place, other: Place): number {
  return Math.hypot(one[0] - other[0], one[1] - other[1]);
}

function pick(random: () => number): number {
  return DIRECTIONS[Math.floor(random() * DIRECTIONS.length)]!;
}

/** Inputs by tick, new ones every nine ticks. */
function wander(random: () => number): (tick: number) => readonly number[] {
  const turns = new Map<number, readonly number[]>();
  return (tick) => {
    const turn = Math.floor(tick / 9);
    if (!turns.has(turn)) turns.set(turn, [pick(random), pick(random), random() < 0.2 ? 1 : 0]);
    return turns.get(turn)!;
  };
}

/** Whether there is no wall around this place. */
function isOpen(server: ModelServer, [x, y]: Place): boolean {
  const [column, row] = [Math.floor((x * SUB) / TILE), Math.floor((y * SUB) / TILE)];
  const near = [-1, 0, 1];
  return near.every((dx) => near.every((dy) => MAPS[server.map]![row + dy]?.[column + dx] !== "#"));
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

function note(conditions: Conditions, seed: number, seen: Player): void {
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
    expect(seen.ownStep).toBeLessThan(2.5 * DASH_STEP); // a turn within a tick counts from its start
    expect(seen.otherStep).toBeLessThan(1.25 * DASH_STEP);
    expect(seen.clockError).toBeLessThan(0.5);
  });
});

describe.each([10, 50])("at %i ticks a second", (tickHz) => {
  it("all of this holds as well", async () => {
    const seen = await play({ delayMs: 50, jitterMs: 30 }, 40, 4, { tickHz, map: "islands" });
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
    expect(statistics.correctionAt(1)).toBeGreaterThan(0);
    expect(seen.ownStep).toBeLessThan(WIDE_STEP);
    expect(seen.otherStep).toBeLessThan(WIDE_STEP);
    expect(seen.clockError).toBeLessThan(0.5);
  });
});

describe("a twin that is not the server's", () => {
  it("is found out, without a single late input", async () => {
    const slower: MakeTwin = (context) => arenaTwin({ ...context, tickHz: context.tickHz + 1 });
    const seen = await play({ delayMs: 50, jitterMs: 0 }, 20, 1, { twin: slower });
    expect(seen.session.statistics.lateInputs).toBe(0);
    expect(seen.session.statistics.corrections).toBeGreaterThan(20);
  });
});
