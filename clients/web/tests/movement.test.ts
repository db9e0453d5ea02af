import { describe, expect, it } from "vitest";
import { TileMap } from "../src/arena/map.ts";
import { move, type Runner } from "../src/arena/movement.ts";
import { paceAt } from "../src/arena/pace.ts";
import { arenaTwin } from "../src/arena/twin.ts";
import type { GameDescription } from "../src/core/api.ts";
import { LONGEST_STEP, PLAYER_RADIUS, Status, TILE } from "../src/generated/protocol.ts";
import { readVectors } from "./vectors.ts";

interface MovementVectors {
  constants: Record<string, number>;
  paces: Record<string, { walk: number; boots: number; dash: number; dash_ticks: number; dash_cooldown: number }>;
  columns: string[];
  maps: Record<string, string[]>;
  walks: {
    map: string;
    tick_hz: number;
    first_tick: number;
    start: number[];
    inputs: [steps: number, x: number, y: number, buttons: number][];
    results: number[][];
  }[];
}

const vectors = readVectors<MovementVectors>("movement.json");
const COLUMNS = ["x", "y", "dash_x", "dash_y", "dash_until", "dash_ready", "boots_from", "boots_until"];

function runnerOf(start: readonly number[]): Runner {
  const [x, y, dashX, dashY, dashUntil, dashReady, bootsFrom, bootsUntil] = start as Required<typeof start>;
  return { x, y, dashX, dashY, dashUntil, dashReady, bootsFrom, bootsUntil } as Runner;
}

function columnsOf(runner: Runner): number[] {
  return [runner.x, runner.y, runner.dashX, runner.dashY, runner.dashUntil, runner.dashReady];
}

describe("movement", () => {
  it("has the constants that the vectors were made with", () => {
    expect(vectors.constants).toEqual({ TILE, PLAYER_RADIUS, LONGEST_STEP });
    expect(vectors.columns).toEqual(COLUMNS);
    expect(vectors.walks.length).toBeGreaterThan(20);
  });

  it.each(Object.entries(vectors.paces))("paces at %s Hz", (tickHz, expected) => {
    const { walk, boots, dash, dashTicks, dashCooldown } = paceAt(Number(tickHz));
    expect({ walk, boots, dash, dash_ticks: dashTicks, dash_cooldown: dashCooldown }).toEqual(expected);
  });

  it.each(vectors.walks.map((walk, number) => ({ ...walk, number })))("walk $number, $map at $tick_hz Hz", (walk) => {
    const map = new TileMap(walk.map, vectors.maps[walk.map]!);
    const pace = paceAt(walk.tick_hz);
    const runner = runnerOf(walk.start);
    const holds = walk.inputs.flatMap(([steps, x, y, buttons]) =>
      Array.from({ length: steps }, () => ({ x, y, buttons })),
    );
    expect(walk.results).toHaveLength(holds.length);
    let expected = columnsOf(runner);
    holds.forEach((held, step) => {
      const changed = walk.results[step]!;
      expected = [...changed, ...expected.slice(changed.length)];
      move(runner, held, walk.first_tick + step, true, map, pace);
      expect(columnsOf(runner), `after step ${step}`).toEqual(expected);
    });
  });

  it("stands still when the player may not move", () => {
    const map = new TileMap("plaza", vectors.maps.plaza!);
    const runner = runnerOf(vectors.walks[0]!.start);
    const before = columnsOf(runner);
    move(runner, { x: 127, y: 0, buttons: 1 }, 2 ** 30, false, map, paceAt(30));
    expect(columnsOf(runner)).toEqual(before);
  });
});

describe("the twin", () => {
  const assets = { maps: [{ name: "open", rows: Array(9).fill(".".repeat(9)) }] } as unknown as GameDescription;

  // The server steps with the status of the tick itself; the twin knows that of the newest state, and when it will change.
  it.each([
    ["before the first round", { status: Status.Waiting, startsAt: 0, endsAt: 0 }, true],
    ["in a countdown", { status: Status.Waiting, startsAt: 90, endsAt: 0 }, true],
    ["in a round", { status: Status.Active, startsAt: 0, endsAt: 101 }, true],
    ["in the tick in which a round ends", { status: Status.Active, startsAt: 0, endsAt: 100 }, false],
    ["after a round", { status: Status.Finished, startsAt: 0, endsAt: 50 }, false],
    ["before the next one starts", { status: Status.Finished, startsAt: 101, endsAt: 50 }, false],
    ["in the tick in which the next one starts", { status: Status.Finished, startsAt: 100, endsAt: 50 }, true],
  ])("%s lets the player move as the server does", (_, session, moves) => {
    const twin = arenaTwin({ assets, settings: { map: 0 }, tickHz: 30 })!;
    const row = Int32Array.from([4 * TILE, 4 * TILE, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    twin.step(row, [127, 0, 0], 100, { ...session, round: 1 });
    expect(row[0]! > 4 * TILE).toBe(moves);
  });

  it("is none where the server tells of no such map", () => {
    const context = { settings: { map: 3 }, tickHz: 30 };
    expect(arenaTwin({ ...context, assets: {} as GameDescription })).toBeNull();
    const maps = [{ name: "one", rows: ["#"] }];
    expect(arenaTwin({ ...context, assets: { maps } as unknown as GameDescription })).toBeNull();
  });
});
