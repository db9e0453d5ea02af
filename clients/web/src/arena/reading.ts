/**
 * The arena's tables as things with names: read from a state or a view, in subunits and ticks.
 *
 * Made for every display frame: one object for each seat, filled anew by `read`, and nothing allocated.
 */

import { Presence } from "../generated/protocol.ts";

/** What is read of a table: rows by number. A row may be one object that is used again for the next. */
export interface Rows<Row> {
  readonly length: number;
  at(row: number): Row;
}

export interface SeatRow {
  readonly presence: number;
  readonly player: number;
}

export interface PlayerRow {
  readonly x: number;
  readonly y: number;
  readonly score: number;
  readonly dashX: number;
  readonly dashY: number;
  readonly dashUntil: number;
  readonly dashReady: number;
  readonly bootsFrom: number;
  readonly bootsUntil: number;
  readonly magnetUntil: number;
  readonly shieldUntil: number;
}

export interface ItemRow {
  readonly kind: number;
  readonly x: number;
  readonly y: number;
}

/** The arena's part of a session's state or view. */
export interface ArenaTables {
  readonly tick: number;
  readonly seats: Rows<SeatRow>;
  readonly players: Rows<PlayerRow>;
  readonly items: Rows<ItemRow>;
}

/** One seat and who sits there. Whatever it holds means nothing while nobody is `present`. */
export class PlayerReading {
  readonly seat: number;
  present = false;
  player = 0;
  connected = false;
  x = 0;
  y = 0;
  score = 0;
  dashX = 0;
  dashY = 0;
  dashUntil = 0;
  dashing = false;
  /** Ticks until a dash may start again; 0 when it may. */
  dashWait = 0;
  booted = false;
  magnetic = false;
  shielded = false;

  constructor(seat: number) {
    this.seat = seat;
  }

  /** Take what the rows say of this seat at `tick`. */
  read(seat: SeatRow, tick: number, row: PlayerRow): void {
    const { dashUntil, bootsFrom, bootsUntil, magnetUntil, shieldUntil } = row;
    this.present = seat.presence !== Presence.Empty && seat.presence !== Presence.Waiting; // who waits has no place yet
    this.player = seat.player;
    this.connected = seat.presence !== Presence.Dropped;
    this.x = row.x;
    this.y = row.y;
    this.score = row.score;
    this.dashX = row.dashX;
    this.dashY = row.dashY;
    this.dashUntil = dashUntil;
    this.dashing = dashUntil > 0 && tick <= dashUntil;
    this.dashWait = Math.max(0, row.dashReady - tick);
    this.booted = bootsFrom <= tick && tick <= bootsUntil && bootsUntil > 0;
    this.magnetic = magnetUntil > 0 && tick <= magnetUntil;
    this.shielded = shieldUntil > 0 && tick <= shieldUntil;
  }
}

export class ArenaReader {
  /** One for each seat, by seat. */
  readonly players: readonly PlayerReading[];

  constructor(seats: number) {
    this.players = Array.from({ length: seats }, (_, seat) => new PlayerReading(seat));
  }

  /** Read everybody. The row of `ownSeat` is of another moment when it is predicted: of `ownTick`. */
  read(tables: ArenaTables, ownSeat = -1, ownTick = tables.tick): void {
    const tick = Math.floor(tables.tick);
    for (const reading of this.players) {
      const { seat } = reading;
      const at = seat === ownSeat ? Math.floor(ownTick) : tick;
      reading.read(tables.seats.at(seat), at, tables.players.at(seat));
    }
  }
}
