/** Tables by name, in the newest state and in what is drawn: for games of any names, and for games of none. */

import { afterEach, describe, expect, expectTypeOf, it } from "vitest";
import { Client } from "../src/core/client.ts";
import type { GameSchema } from "../src/core/schema.ts";
import type { Session } from "../src/core/session.ts";
import { ARENA, SEATS_TABLE, SESSION_TABLE } from "../src/generated/protocol.ts";
import { MockServer } from "../src/testing/index.ts";

const BOARD = {
  game: "board",
  version: 1,
  fingerprint: 3,
  tables: [
    SEATS_TABLE,
    { name: "cell", columns: ["owner"], gliding: [false] },
    { name: "layout", columns: ["width"], gliding: [false] },
    SESSION_TABLE,
  ],
  inputs: [],
  actions: {},
  events: [],
  settings: [],
  refusals: [],
} as const satisfies GameSchema;

let joined: Session<never> | null = null;

afterEach(() => joined?.disconnect());

async function join<Game extends GameSchema>(game: Game): Promise<Session<Game>> {
  const server = new MockServer({ game, automatic: true });
  const { openSocket, fetch } = server;
  const client = new Client("http://play.test", { game, openSocket, fetch, environment: null });
  const session = await client.joinByCode(server.code);
  joined = session as unknown as Session<never>;
  return session;
}

describe("what is drawn", () => {
  it("has a game's tables whatever they are called", async () => {
    const session = await join(BOARD);
    const view = session.view()!;
    expect(view.cell.at(1).owner).toBe(0);
    expect(view.layout.length).toBe(2);
    expect(view.session.status).toBe(0);
    expect(view.tick).toBeGreaterThan(0);
  });

  it("is the same objects each time, and reading it makes none", async () => {
    const session = await join(ARENA);
    const view = session.view()!;
    const row = view.players.at(0);
    expect(session.view()).toBe(view);
    expect(view.players.at(0)).toBe(row);
    expect([...view.players][0]).toBe(row);
  });
});

describe("types", () => {
  it("know every table and column of a generated schema", () => {
    type State = Session<typeof ARENA>["state"];
    expectTypeOf<State["players"]["length"]>().toEqualTypeOf<number>();
    expectTypeOf<ReturnType<State["players"]["at"]>["dashUntil"]>().toEqualTypeOf<number>();
    expectTypeOf<State["session"]["status"]>().toEqualTypeOf<number>();
    // @ts-expect-error: no such table
    expectTypeOf<State["monsters"]>();
    // @ts-expect-error: what is drawn has its tables and ticks, and not the inside of the SDK
    expectTypeOf<NonNullable<ReturnType<Session<typeof ARENA>["view"]>>["predictWith"]>();
  });

  it("know the two tables that every game has when the schema was fetched", () => {
    type State = Session["state"];
    expectTypeOf<State["session"]["status"]>().toEqualTypeOf<number>();
    expectTypeOf<ReturnType<State["seats"]["at"]>["player"]>().toEqualTypeOf<number>();
  });
});
