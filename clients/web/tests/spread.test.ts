/** A thousand clients lose their server at the same moment: how they come back to it. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Connection } from "../src/core/connection.ts";
import { ARENA, type Welcome } from "../src/generated/protocol.ts";
import { MockEnvironment, type MockSocket, MockSockets } from "../src/testing/index.ts";
import { seeded } from "./random.ts";
import { TimerWheel } from "./wheel.ts";

const CLIENTS = 1000;
const WIDTH_MS = 250;

const WELCOME: Welcome = {
  kind: "welcome",
  code: "K7P2QX",
  player: 1,
  seat: 0,
  token: "token",
  tick: 100,
  tickHz: 30,
  game: ARENA.game,
  rows: [1, 1, 0, 1],
  settings: {},
  maxLeadTicks: 30,
  graceTicks: 900,
  roster: [],
  watchers: [],
  host: 1,
};

/** Welcomes whoever comes, and writes down when. */
class CrowdedServer extends MockSockets {
  readonly arrivalsMs: number[] = [];
  refused = 0;
  protected override keep(socket: MockSocket): void {
    super.keep(socket);
    if (this.isDown) {
      this.refused += 1;
      return;
    }
    this.arrivalsMs.push(performance.now());
    void Promise.resolve().then(() => {
      socket.accept();
      socket.say(WELCOME);
    });
  }

  /** Every client hears something: else they would think that nobody is there. */
  speak(): void {
    for (const socket of this.sockets) {
      if (socket.readyState === socket.OPEN) socket.say({ kind: "pong", echo: 9, tick: 100, ageUs: 0 });
    }
  }
}

let wheel: TimerWheel;
let server: CrowdedServer;
let environment: MockEnvironment;
let connections: Connection[];

async function connectAll(random: () => number): Promise<void> {
  connections = Array.from(
    { length: CLIENTS },
    () =>
      new Connection({
        address: () => "ws://play.test/ws/K7P2QX",
        hello: () => ({ kind: "hello", fingerprint: ARENA.fingerprint, nickname: "Ann" }),
        onState: () => {},
        onMessage: () => {},
        openSocket: server.openSocket,
        random,
        environment,
      }),
  );
  for (const connection of connections) connection.open();
  await wheel.pass(1);
  expect(liveCount()).toBe(CLIENTS);
}

/** The server dies and is back, or replaced, after `awayMs`. Answers when each client came, in ms after that. */
async function restart(awayMs: number): Promise<number[]> {
  server.down();
  await wheel.pass(awayMs);
  server.up();
  const upAt = performance.now();
  const before = server.arrivalsMs.length;
  for (let second = 0; second < 7; second++) {
    await wheel.pass(1000);
    server.speak();
  }
  return server.arrivalsMs.slice(before).map((atMs) => atMs - upAt);
}

/** The same by the rule that was: full jitter, 0.4 s doubled up to 6 s. What a wait costs is not in it. */
function formerReturns(awayMs: number, random: () => number): { arrivals: number[]; refused: number } {
  let refused = 0;
  const arrivals = Array.from({ length: CLIENTS }, () => {
    let atMs = 0;
    for (let attempts = 0; ; attempts++) {
      atMs += random() * Math.min(6000, 400 * 2 ** attempts);
      if (atMs >= awayMs) return atMs - awayMs;
      refused += 1;
    }
  });
  return { arrivals, refused };
}

function liveCount(): number {
  return connections.filter(({ state }) => state.name === "live").length;
}

/** How many came in each `widthMs`. */
function bucketsOf(arrivals: readonly number[], widthMs: number): number[] {
  const buckets = Array.from({ length: Math.floor(Math.max(...arrivals) / widthMs) + 1 }, () => 0);
  for (const atMs of arrivals) buckets[Math.floor(atMs / widthMs)]! += 1;
  return buckets;
}

function quantile(arrivals: readonly number[], part: number): number {
  return arrivals.toSorted((one, other) => one - other)[Math.floor(part * (arrivals.length - 1))]!;
}

function draw(title: string, arrivals: readonly number[], refused: number): void {
  const lines = bucketsOf(arrivals, WIDTH_MS).map((count, position) => {
    const from = String(position * WIDTH_MS).padStart(5);
    return `${from} ms ${String(count).padStart(4)} ${"#".repeat(Math.round(count / 2.5))}`;
  });
  const figures = `half within ${Math.round(quantile(arrivals, 0.5))} ms, 99 % within ${Math.round(quantile(arrivals, 0.99))} ms`;
  console.log([`${title}: ${figures}, ${refused / CLIENTS} attempts each refused before`, ...lines].join("\n"));
}

beforeEach(() => {
  wheel = new TimerWheel();
  wheel.install();
  server = new CrowdedServer();
  environment = new MockEnvironment();
});

afterEach(() => {
  for (const connection of connections) connection.close();
  expect(wheel.count).toBe(0);
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe("a thousand clients whose node died, and another one has their session two seconds later", {
  timeout: 30_000,
}, () => {
  it("play again within a second of that, spread over it, each once", async () => {
    await connectAll(seeded(3));
    const arrivals = await restart(2000);
    draw(`${CLIENTS} clients after a takeover`, arrivals, server.refused);
    expect(arrivals).toHaveLength(CLIENTS);
    expect(liveCount()).toBe(CLIENTS);
    expect(server.openCount).toBe(CLIENTS);
    expect(quantile(arrivals, 0.5)).toBeLessThan(450);
    expect(quantile(arrivals, 0.99)).toBeLessThan(1000);
    expect(Math.max(...bucketsOf(arrivals, WIDTH_MS))).toBeLessThan(0.42 * CLIENTS);
    // What the others have to refuse before.
    expect(server.refused).toBeLessThan(3.4 * CLIENTS);
  });

  it("took five seconds by the rule that was, for as many refusals; at half the peak", async () => {
    await connectAll(seeded(3));
    const arrivals = await restart(2000);
    const former = formerReturns(2000, seeded(5));
    draw(`${CLIENTS} clients after a takeover, full jitter up to 6 s`, former.arrivals, former.refused);
    expect(quantile(former.arrivals, 0.99)).toBeGreaterThan(4 * quantile(arrivals, 0.99));
    expect(quantile(former.arrivals, 0.5)).toBeGreaterThan(2 * quantile(arrivals, 0.5));
    expect(server.refused).toBeLessThan(1.1 * former.refused);
    const peaks = [former.arrivals, arrivals].map((all) => Math.max(...bucketsOf(all, WIDTH_MS)));
    expect(peaks[1]! / peaks[0]!).toBeGreaterThan(1.5);
    expect(peaks[1]! / peaks[0]!).toBeLessThan(3);
  });
});

describe("a thousand clients whose server was away for longer", { timeout: 30_000 }, () => {
  it("come back the wider spread the longer it was, and wait at most a third of that again", async () => {
    await connectAll(seeded(3));
    for (const [awayMs, peak] of [
      [6000, 0.25],
      [12_000, 0.15],
      [30_000, 0.1],
    ] as const) {
      const before = server.refused;
      const arrivals = await restart(awayMs);
      draw(`${CLIENTS} clients after ${awayMs / 1000} s`, arrivals, server.refused - before);
      expect(arrivals).toHaveLength(CLIENTS);
      expect(liveCount()).toBe(CLIENTS);
      expect(Math.max(...bucketsOf(arrivals, WIDTH_MS))).toBeLessThan(peak * CLIENTS);
      expect(Math.max(...arrivals)).toBeLessThan(Math.min(6000, awayMs / 3) + 10);
      expect(server.refused - before).toBeLessThan(16 * CLIENTS);
    }
  });

  it("would come together without chance: so the histogram shows what it should", async () => {
    await connectAll(() => 0.5);
    const arrivals = await restart(3000);
    expect(Math.max(...bucketsOf(arrivals, WIDTH_MS))).toBe(CLIENTS);
  });
});

describe("a thousand clients whose network is back", { timeout: 30_000 }, () => {
  it("come within a quarter of a second, and not all at once", async () => {
    await connectAll(seeded(4));
    server.down();
    await wheel.pass(3000);
    server.up();
    const upAt = performance.now();
    const before = server.arrivalsMs.length;
    environment.tell("online");
    await wheel.pass(260);
    const arrivals = server.arrivalsMs.slice(before).map((atMs) => atMs - upAt);
    expect(arrivals).toHaveLength(CLIENTS);
    expect(Math.max(...bucketsOf(arrivals, 25))).toBeLessThan(0.15 * CLIENTS);
    expect(liveCount()).toBe(CLIENTS);
  });
});
