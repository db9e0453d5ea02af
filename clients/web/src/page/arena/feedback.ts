/**
 * What happened, as lights and sounds, at the moment when it is seen.
 *
 * The others are drawn a little in the past, so what happens to them waits until the moment drawn has come to its tick.
 * What concerns the one who plays here does not wait: the server has decided it, and the own figure is drawn ahead. The
 * own dash does not even wait for the server: it is predicted.
 */

import type { PlayerReading } from "../../arena/reading.ts";
import { EventKind, ItemKind, SUB } from "../../generated/protocol.ts";
import { colourOfSeat, ITEM_COLOURS } from "../palette.ts";
import type { SoundName, Sounds } from "../sound/index.ts";
import { loudnessAt } from "../sound/tones.ts";
import type { Effects } from "./effects.ts";
import type { Items } from "./items.ts";
import { LOSS_COLOUR, popOfPick } from "./pops.ts";

const KEPT_EVENTS = 256; // a bound: a page that is hidden draws nothing, and hears on
const STALE_TICKS = 30; // what happened longer ago than this is not shown any more
const AHEAD_TICKS = 300; // nothing that was told is so far ahead, but for what is left of another life of the session
const TRAIL_UNITS = 9;
const DASH_AGAIN_SECONDS = 0.5; // a correction may move a dash by a tick or two; that is no second one
const MARGIN = 30; // beside the view, in units: what is farther out is only heard
const SPARKS = 6;
const GEM_SPARKS = 12;
const POINTS_A_COIN = 10;

/** An event of the arena, as the session tells it. */
export interface ArenaEvent {
  readonly tick: number;
  readonly kind: number;
  readonly fields: Readonly<Record<string, number>>;
}

/** Who looks and listens: where the middle of the view is, and what is in it. In units. */
export interface Onlooker {
  readonly x: number;
  readonly y: number;
  sees(x: number, y: number, margin: number): boolean;
}

export class Feedback {
  readonly #players: readonly PlayerReading[];
  readonly #effects: Effects;
  readonly #items: Items;
  readonly #sounds: Sounds;
  readonly #onlooker: Onlooker;
  readonly #waiting: ArenaEvent[] = []; // in the order of their ticks
  readonly #runs: readonly Run[];
  #own = -1;
  #time = 0;

  constructor(players: readonly PlayerReading[], effects: Effects, items: Items, sounds: Sounds, onlooker: Onlooker) {
    this.#players = players;
    this.#effects = effects;
    this.#items = items;
    this.#sounds = sounds;
    this.#onlooker = onlooker;
    this.#runs = players.map(() => ({ player: 0, dashing: false, startedAt: Number.NEGATIVE_INFINITY, x: 0, y: 0 }));
  }

  /** The server told of this. */
  hear(event: ArenaEvent): void {
    if (this.#concernsOwn(event)) this.#show(event);
    else if (this.#waiting.length < KEPT_EVENTS) this.#waiting.push(event);
  }

  /** The moment `tick` is drawn now, with the players as they were read; `own` is the own seat or -1. */
  draw(tick: number, own: number, seconds: number): void {
    this.#own = own;
    this.#time += seconds;
    while (this.#waiting.length > 0 && isOver(this.#waiting[0]!, tick)) {
      const event = this.#waiting.shift()!;
      if (Math.abs(event.tick - tick) < STALE_TICKS) this.#show(event);
    }
    for (const player of this.#players) if (player.present) this.#drawDash(player, this.#runs[player.seat]!);
  }

  #concernsOwn({ kind, fields }: ArenaEvent): boolean {
    if (this.#own < 0) return false;
    if (kind === EventKind.Picked) return fields.seat === this.#own;
    return fields.attacker === this.#own || fields.victim === this.#own;
  }

  #show(event: ArenaEvent): void {
    if (event.kind === EventKind.Picked) this.#showPicked(event);
    if (event.kind === EventKind.Bumped) this.#showBumped(event.fields);
  }

  #showPicked({ tick, fields }: ArenaEvent): void {
    const { seat = -1, item = -1, kind = 0, points = 0 } = fields;
    const who = this.#players[seat];
    if (!who?.present) return;
    const own = seat === this.#own;
    const colour = ITEM_COLOURS[kind] ?? "#ffffff";
    const place = this.#items.placeOf(item) ?? { x: who.x / SUB, y: who.y / SUB };
    if (own) this.#items.hideUntil(item, tick);
    this.#sound(soundOfPick(kind), own, place.x, place.y);
    if (!this.#onlooker.sees(place.x, place.y, MARGIN)) return;
    this.#effects.picked(place.x, place.y, colour, kind === ItemKind.Gem ? GEM_SPARKS : SPARKS);
    const said = popOfPick(kind, points, own);
    if (said) this.#effects.say(who.x / SUB, who.y / SUB - 20, said, colour, own);
  }

  #showBumped({ attacker = -1, victim = -1, coins = 0 }: ArenaEvent["fields"]): void {
    const who = this.#players[victim];
    if (!who?.present) return;
    const x = who.x / SUB;
    const y = who.y / SUB;
    const own = victim === this.#own || attacker === this.#own;
    this.#sound(victim === this.#own ? "hit" : "bump", own, x, y);
    if (!this.#onlooker.sees(x, y, MARGIN)) return;
    this.#effects.bumped(x, y, colourOfSeat(victim));
    if (coins > 0) this.#effects.say(x, y - 22, `-${coins * POINTS_A_COIN}`, LOSS_COLOUR, own);
  }

  #drawDash(player: PlayerReading, run: Run): void {
    const x = player.x / SUB;
    const y = player.y / SUB;
    if (run.player !== player.player) {
      run.player = player.player;
      run.dashing = player.dashing; // whoever comes in the middle of a dash did not start it now
    }
    if (player.dashing && !run.dashing && this.#time - run.startedAt > DASH_AGAIN_SECONDS) {
      run.startedAt = this.#time;
      run.x = Number.NaN;
      if (this.#onlooker.sees(x, y, MARGIN)) this.#effects.started(x, y);
      this.#sound("dash", player.seat === this.#own, x, y);
    }
    run.dashing = player.dashing;
    if (!player.dashing || !this.#onlooker.sees(x, y, MARGIN) || Math.hypot(x - run.x, y - run.y) < TRAIL_UNITS) return;
    run.x = x;
    run.y = y;
    this.#effects.trail(x, y, colourOfSeat(player.seat));
  }

  #sound(name: SoundName, own: boolean, x: number, y: number): void {
    const loudness = own ? 1 : loudnessAt(Math.hypot(x - this.#onlooker.x, y - this.#onlooker.y));
    if (loudness > 0) this.#sounds.play(name, loudness);
  }
}

function isOver(event: ArenaEvent, tick: number): boolean {
  return event.tick <= tick || event.tick > tick + AHEAD_TICKS;
}

/** One seat's dash, as far as it is shown. */
interface Run {
  player: number;
  dashing: boolean;
  startedAt: number;
  x: number;
  y: number;
}

export function soundOfPick(kind: number): SoundName {
  if (kind === ItemKind.Gem) return "gem";
  return kind === ItemKind.Coin ? "pickup" : "power";
}
