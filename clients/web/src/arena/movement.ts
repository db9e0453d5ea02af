/**
 * How one player moves in one tick: the twin of game/arena/movement.py, bit for bit.
 *
 * The rule stands in that module's docstring, and the step names below (1a, 3b, ...) are its. Every number is an
 * integer, every product far below 2 ** 53, and a division is floored, as Python's `//`.
 */

import { DASH_BUTTON, FULL_TILT, LONGEST_STEP, PLAYER_RADIUS, TILE } from "../generated/protocol.ts";
import type { TileMap } from "./map.ts";
import type { Pace } from "./pace.ts";

/** The columns of a player that movement reads and writes. */
export interface Runner {
  x: number;
  y: number;
  dashX: number;
  dashY: number;
  dashUntil: number;
  dashReady: number;
  readonly bootsFrom: number;
  readonly bootsUntil: number;
}

/** What a player holds. */
export interface Held {
  readonly x: number;
  readonly y: number;
  readonly buttons: number;
}

/** Move a player into the tick `tick`, in place. True when a dash started. */
export function move(runner: Runner, held: Held, tick: number, mayMove: boolean, map: TileMap, pace: Pace): boolean {
  const started = mayMove && startDash(runner, held, tick, pace);
  if (!mayMove) return false;
  const [vx, vy] = velocity(runner, held, tick, pace);
  const pieces = Math.max(1, Math.ceil(Math.max(Math.abs(vx), Math.abs(vy)) / LONGEST_STEP));
  for (let piece = 0; piece < pieces; piece++) {
    movePiece(runner, part(vx, piece, pieces), part(vy, piece, pieces), map);
  }
  return started;
}

/** Step 1a. */
function startDash(runner: Runner, held: Held, tick: number, pace: Pace): boolean {
  if ((held.buttons & DASH_BUTTON) === 0 || tick < runner.dashReady) return false;
  if (held.x === 0 && held.y === 0) return false;
  const length = lengthIn256ths(held.x, held.y);
  runner.dashX = roundHalfAway(FULL_TILT * 256 * held.x, length);
  runner.dashY = roundHalfAway(FULL_TILT * 256 * held.y, length);
  runner.dashUntil = tick + pace.dashTicks - 1;
  runner.dashReady = tick + pace.dashCooldown;
  return true;
}

/** Steps 1b and 1c. */
function velocity(runner: Runner, held: Held, tick: number, pace: Pace): [number, number] {
  const dashing = tick <= runner.dashUntil;
  const x = dashing ? runner.dashX : held.x;
  const y = dashing ? runner.dashY : held.y;
  const booted = runner.bootsFrom <= tick && tick <= runner.bootsUntil;
  const speed = dashing ? pace.dash : booted ? pace.boots : pace.walk;
  const divisor = Math.max(FULL_TILT * 256, lengthIn256ths(x, y));
  return [roundHalfAway(256 * speed * x, divisor), roundHalfAway(256 * speed * y, divisor)];
}

/** Step 2: piece `piece` of `pieces` of a velocity. */
function part(whole: number, piece: number, pieces: number): number {
  return Math.floor((whole * (piece + 1)) / pieces) - Math.floor((whole * piece) / pieces);
}

/** Where a motion along one axis ended, and what it touched. */
interface Travel {
  readonly to: number;
  readonly cut: number;
  /** The contact is a corner that can be gone around; what follows is 0 otherwise. */
  readonly corner: boolean;
  /** Across the motion: the direction away from the corner, how far the circle overlaps it, the distance to it. */
  readonly away: number;
  readonly overlap: number;
  /** Along the motion: how far the circle reaches forward at the corner. */
  readonly extent: number;
}

/** Step 3. */
function movePiece(runner: Runner, ux: number, uy: number, map: TileMap): void {
  const wallAt = (column: number, row: number) => map.isWall(column, row);
  const wallAcross = (row: number, column: number) => map.isWall(column, row);
  const startX = runner.x;
  const across = travel(runner.x, runner.y, ux, wallAt);
  runner.x = across.to;
  if (across.corner) {
    const wish = uy * across.away;
    const nudge = Math.min(across.cut, across.overlap);
    const dy = PLAYER_RADIUS - across.overlap;
    if (wish >= 0 || Math.abs(ux) * dy >= Math.abs(uy) * across.extent) {
      uy = across.away * Math.max(wish, nudge);
    } else {
      const back = -Math.sign(ux) * Math.min(across.cut, PLAYER_RADIUS - across.extent);
      runner.x = travel(runner.x, runner.y, back, wallAt).to;
    }
  }
  const moved = Math.abs(runner.x - startX);
  const down = travel(runner.y, runner.x, uy, wallAcross);
  runner.y = down.to;
  if (down.corner) {
    const wish = ux * down.away;
    const nudge = Math.min(down.cut, down.overlap);
    const dx = PLAYER_RADIUS - down.overlap;
    let shift = 0;
    if (wish >= 0) shift = Math.max(0, nudge - wish);
    else if (Math.abs(uy) * dx > Math.abs(ux) * down.extent) shift = Math.min(moved + nudge, LONGEST_STEP);
    runner.x = travel(runner.x, runner.y, down.away * shift, wallAt).to;
  }
}

/** Step 3, `travel`: from `along` by `step`, at `across`; `wallAt` takes the tile's number along, then across. */
function travel(
  along: number,
  across: number,
  step: number,
  wallAt: (tileAlong: number, tileAcross: number) => boolean,
): Travel {
  const free = { to: along + step, cut: 0, corner: false, away: 0, overlap: 0, extent: 0 };
  if (step === 0) return free;
  const sign = Math.sign(step);
  const tile = Math.floor(along / TILE);
  const line = Math.floor(across / TILE);
  const place = along - tile * TILE;
  const gap = step > 0 ? TILE - place : place;
  if (wallAt(tile + sign, line)) return { ...free, ...stop(along, step, gap, PLAYER_RADIUS) };

  const placeAcross = across - line * TILE;
  const nearLower = placeAcross < PLAYER_RADIUS;
  const distance = nearLower ? placeAcross : TILE - placeAcross;
  const away = nearLower ? 1 : -1;
  if (distance >= PLAYER_RADIUS || !wallAt(tile + sign, line - away)) return free;
  const extent = ceilSqrt(PLAYER_RADIUS * PLAYER_RADIUS - distance * distance);
  const stopped = stop(along, step, gap, extent);
  // Distance 0: the centre is level with the tile's edge, and the contact as flat as any.
  const corner = stopped.cut > 0 && distance > 0;
  return { ...stopped, corner, away, overlap: PLAYER_RADIUS - distance, extent };
}

function stop(along: number, step: number, gap: number, extent: number): { to: number; cut: number } {
  const room = Math.max(0, gap - extent);
  const cut = Math.max(0, Math.abs(step) - room);
  return { to: along + step - Math.sign(step) * cut, cut };
}

/** floor(256 * sqrt(x * x + y * y)) */
function lengthIn256ths(x: number, y: number): number {
  return Math.floor(Math.sqrt((x * x + y * y) * 65536));
}

function ceilSqrt(value: number): number {
  return Math.ceil(Math.sqrt(value));
}

/** numerator / denominator to the nearest integer, halves away from zero. */
function roundHalfAway(numerator: number, denominator: number): number {
  const quotient = Math.floor((2 * Math.abs(numerator) + denominator) / (2 * denominator));
  return numerator < 0 ? -quotient : quotient;
}
