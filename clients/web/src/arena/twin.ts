/** The arena's twin: the own player's movement, predicted in the browser. */

import type { GameDescription } from "../core/api.ts";
import type { MakeTwin, SessionFacts, Twin } from "../core/prediction.ts";
import { ArenaPlayersColumn as Column, Status } from "../generated/protocol.ts";
import { TileMap } from "./map.ts";
import { type Held, move, type Runner } from "./movement.ts";
import { paceAt } from "./pace.ts";

/** Maps as `GET /api/games/arena` gives them. */
export interface MapDescription {
  readonly name: string;
  readonly rows: readonly string[];
}

/** The maps of the arena that the server has, by number; none where it tells of none. */
export function mapsOf(assets: GameDescription): readonly MapDescription[] {
  return (assets as unknown as { maps?: readonly MapDescription[] }).maps ?? [];
}

/** For `new Client(url, { game: ARENA, twin: arenaTwin })`. */
export const arenaTwin: MakeTwin = ({ assets, settings, tickHz }) => {
  const map = mapsOf(assets)[settings.map ?? 0];
  return map === undefined ? null : new ArenaTwin(new TileMap(map.name, map.rows), tickHz);
};

class ArenaTwin implements Twin {
  readonly table = "players";
  readonly columns = ["x", "y", "dashX", "dashY", "dashUntil", "dashReady", "bootsFrom", "bootsUntil"];
  readonly #map: TileMap;
  readonly #pace: ReturnType<typeof paceAt>;
  readonly #runner = new RowRunner();
  readonly #held: { -readonly [Part in keyof Held]: number } = { x: 0, y: 0, buttons: 0 };

  constructor(map: TileMap, tickHz: number) {
    this.#map = map;
    this.#pace = paceAt(tickHz);
  }

  step(row: Int32Array, held: readonly number[], tick: number, session: SessionFacts): void {
    this.#runner.row = row;
    this.#held.x = held[0] ?? 0;
    this.#held.y = held[1] ?? 0;
    this.#held.buttons = held[2] ?? 0;
    move(this.#runner, this.#held, tick, mayMove(tick, session), this.#map, this.#pace);
  }
}

/** Everybody stands still from the tick in which a round ends until the next one starts. */
function mayMove(tick: number, { status, startsAt, endsAt }: SessionFacts): boolean {
  if (status === Status.Active) return tick < endsAt;
  if (status === Status.Finished) return startsAt > 0 && tick >= startsAt;
  return true;
}

/** A row of the table as what movement moves. */
class RowRunner implements Runner {
  row: Int32Array = new Int32Array();

  get x(): number {
    return this.row[Column.x]!;
  }
  set x(value: number) {
    this.row[Column.x] = value;
  }
  get y(): number {
    return this.row[Column.y]!;
  }
  set y(value: number) {
    this.row[Column.y] = value;
  }
  get dashX(): number {
    return this.row[Column.dashX]!;
  }
  set dashX(value: number) {
    this.row[Column.dashX] = value;
  }
  get dashY(): number {
    return this.row[Column.dashY]!;
  }
  set dashY(value: number) {
    this.row[Column.dashY] = value;
  }
  get dashUntil(): number {
    return this.row[Column.dashUntil]!;
  }
  set dashUntil(value: number) {
    this.row[Column.dashUntil] = value;
  }
  get dashReady(): number {
    return this.row[Column.dashReady]!;
  }
  set dashReady(value: number) {
    this.row[Column.dashReady] = value;
  }
  get bootsFrom(): number {
    return this.row[Column.bootsFrom]!;
  }
  get bootsUntil(): number {
    return this.row[Column.bootsUntil]!;
  }
}
