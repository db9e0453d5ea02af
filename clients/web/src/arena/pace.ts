/** What depends on the tick rate: speeds in subunits a tick, durations in ticks. The twin of `pace` in units.py. */

import { BOOTS_SPEED, DASH_SPEED, WALK_SPEED } from "../generated/protocol.ts";

const DASH_MS = 200;
const DASH_COOLDOWN_MS = 2000;

export interface Pace {
  readonly walk: number;
  readonly boots: number;
  readonly dash: number;
  readonly dashTicks: number;
  readonly dashCooldown: number;
}

/** Speeds and durations at `tickHz` ticks a second, each rounded to nearest. */
export function paceAt(tickHz: number): Pace {
  return {
    walk: roundedQuotient(WALK_SPEED, tickHz),
    boots: roundedQuotient(BOOTS_SPEED, tickHz),
    dash: roundedQuotient(DASH_SPEED, tickHz),
    dashTicks: ticksOf(DASH_MS, tickHz),
    dashCooldown: ticksOf(DASH_COOLDOWN_MS, tickHz),
  };
}

/** A duration in whole ticks, rounded to nearest, at least 1. */
export function ticksOf(milliseconds: number, tickHz: number): number {
  return Math.max(1, roundedQuotient(milliseconds * tickHz, 1000));
}

function roundedQuotient(numerator: number, denominator: number): number {
  return Math.floor((2 * numerator + denominator) / (2 * denominator));
}
