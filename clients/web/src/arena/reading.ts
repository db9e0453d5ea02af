/** The arena's tables as things with names: read at one moment, in subunits and ticks. */

import type { Moment } from "../core/history.ts";
import type { Layout, Span } from "../core/layout.ts";
import {
  ArenaItemsColumn as ItemColumn,
  ArenaPlayersColumn as PlayerColumn,
  Presence,
  SeatsColumn,
} from "../generated/protocol.ts";

export interface PlayerReading {
  readonly seat: number;
  readonly player: number;
  readonly connected: boolean;
  readonly x: number;
  readonly y: number;
  readonly score: number;
  readonly dashX: number;
  readonly dashY: number;
  readonly dashing: boolean;
  /** Ticks until a dash may start again; 0 when it may. */
  readonly dashWait: number;
  readonly booted: boolean;
  readonly magnetic: boolean;
  readonly shielded: boolean;
}

export interface ItemReading {
  readonly row: number;
  readonly kind: number;
  readonly x: number;
  readonly y: number;
}

export class ArenaReader {
  readonly #seats: Span;
  readonly #players: Span;
  readonly #items: Span;

  constructor(layout: Layout) {
    this.#seats = layout.span("seats");
    this.#players = layout.span("players");
    this.#items = layout.span("items");
  }

  /** Everybody who has a seat, by seat. */
  players(moment: Moment): PlayerReading[] {
    const found: PlayerReading[] = [];
    for (let seat = 0; seat < this.#players.rows; seat++) {
      const presence = moment.plain(cellOf(this.#seats, seat, SeatsColumn.presence));
      if (presence !== Presence.Empty) found.push(this.#player(moment, seat, presence === Presence.Connected));
    }
    return found;
  }

  /** All items that lie about, by row. */
  items(moment: Moment): ItemReading[] {
    const found: ItemReading[] = [];
    for (let row = 0; row < this.#items.rows; row++) {
      const at = cellOf(this.#items, row, 0);
      const kind = moment.plain(at + ItemColumn.kind);
      if (kind !== 0) found.push({ row, kind, x: moment.plain(at + ItemColumn.x), y: moment.plain(at + ItemColumn.y) });
    }
    return found;
  }

  #player(moment: Moment, seat: number, connected: boolean): PlayerReading {
    const at = cellOf(this.#players, seat, 0);
    const tick = Math.floor(moment.tick);
    const plain = (column: number) => moment.plain(at + column);
    return {
      seat,
      player: moment.plain(cellOf(this.#seats, seat, SeatsColumn.player)),
      connected,
      x: moment.gliding(at + PlayerColumn.x),
      y: moment.gliding(at + PlayerColumn.y),
      score: plain(PlayerColumn.score),
      dashX: plain(PlayerColumn.dashX),
      dashY: plain(PlayerColumn.dashY),
      dashing: tick <= plain(PlayerColumn.dashUntil) && plain(PlayerColumn.dashUntil) > 0,
      dashWait: Math.max(0, plain(PlayerColumn.dashReady) - tick),
      booted: plain(PlayerColumn.bootsFrom) <= tick && tick <= plain(PlayerColumn.bootsUntil),
      magnetic: tick <= plain(PlayerColumn.magnetUntil),
      shielded: tick <= plain(PlayerColumn.shieldUntil),
    };
  }
}

function cellOf(span: Span, row: number, column: number): number {
  return span.first + row * span.width + column;
}
