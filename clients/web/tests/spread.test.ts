/** A thousand clients lose their server at the same moment: how they come back to it. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Connection } from "../src/core/connection.ts";
import { ARENA, type Welcome } from "../src/generated/protocol.ts";
import { MockEnvironment, type MockSocket, MockSockets } from "../src/testing/index.ts";
import { seeded } from "./random.ts";
import { TimerWheel } from "./wheel.ts";

const CLIENTS = 1000;
const AWAY_MS = 3000;

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

/** The server dies and is back after three seconds. Answers when each client came, in ms after that. */
async function restart(): Promise<number[]> {
  server.down();
  await wheel.pass(AWAY_MS);
  server.up();
  const upAt = performance.now();
  const before = server.arrivalsMs.length;
  for (let second = 0; second < 7; second++) {
    await wheel.pass(1000);
    server.speak();
  }
  return server.arrivalsMs.slice(before).map((atMs) => atMs - upAt);
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

function draw(title: string, buckets: readonly number[], widthMs: number): void {
  const lines = buckets.map((count, position) => {
    const from = String(position * widthMs).padStart(5);
    return `${from} ms ${String(count).padStart(4)} ${"#".repeat(Math.round(count / 2.5))}`;
  });
  console.log([title, ...lines].join("\n"));
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

describe("a thousand clients whose server was away for three seconds", { timeout: 30_000 }, () => {
  it("come back spread out, each once, and all within six seconds", async () => {
    await connectAll(seeded(3));
    const arrivals = await restart();
    const buckets = bucketsOf(arrivals, 250);
    draw(
      `arrivals after the server's return, ${CLIENTS} clients, ${server.refused} attempts refused before`,
      buckets,
      250,
    );
    expect(arrivals).toHaveLength(CLIENTS);
    expect(liveCount()).toBe(CLIENTS);
    expect(server.openCount).toBe(CLIENTS);
    expect(Math.max(...buckets)).toBeLessThan(0.15 * CLIENTS);
    expect(Math.max(...arrivals)).toBeLessThan(6000); // the cap of the wait
    expect(arrivals.toSorted((one, other) => one - other)[CLIENTS / 2]).toBeLessThan(2000);
    // What the server that starts has to refuse: a few attempts each.
    expect(server.refused).toBeLessThan(6 * CLIENTS);
  });

  it("would come together without chance: so the histogram shows what it should", async () => {
    await connectAll(() => 0.5);
    const arrivals = await restart();
    expect(Math.max(...bucketsOf(arrivals, 250))).toBe(CLIENTS);
  });
});

describe("a thousand clients whose network is back", { timeout: 30_000 }, () => {
  it("come within a quarter of a second, and not all at once", async () => {
    await connectAll(seeded(4));
    server.down();
    await wheel.pass(AWAY_MS);
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
