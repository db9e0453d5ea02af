/**
 * How good a connection is for playing, in one word that does not flicker.
 *
 *     reading                      poor from     good again below     lost from
 *     round trip                     250 ms              200 ms
 *     jitter                          60 ms               40 ms
 *     inputs that came late             5 %                 2 %
 *     silence of the server          700 ms              400 ms        2,500 ms
 *     the same, and no network                                         300 ms
 *     not live                                                         at once
 *
 * It becomes worse at once and better only when every reading has been better for three seconds; but of `lost` becomes
 * `poor` as soon as the server is heard. Why these: beyond 250 ms an input shows on the others' screens later than people
 * react; jitter beyond 60 ms is two ticks at 30 Hz; the server speaks every 250 ms, so that 700 ms are two heartbeats
 * missed, and 2.5 s ten. The late are a part of at least 25 inputs, for one is no trend. A machine that says it has no
 * network is believed as soon as one heartbeat is late: a server on the same machine is heard nevertheless.
 */

import type { ConnectionState } from "./connection.ts";

export type Quality = "good" | "poor" | "lost";

const BETTER_FOR_MS = 3000;
const SILENCE_LOST_MS = 2500;
const OFFLINE_LOST_MS = 300;

/** What is known of a connection at one moment. */
export interface LinkReading {
  readonly connection: ConnectionState["name"];
  /** Whether the machine says that it has a network. */
  readonly online: boolean;
  /** Since the server was last heard. */
  readonly silenceMs: number;
  readonly rttMs: number;
  readonly jitterMs: number;
  /** Of the inputs of late, the part that came late: 0 to 1. */
  readonly lateRate: number;
}

/** A word, and what it takes to change it. Made by `judgeQuality` only. */
export interface Judgement {
  readonly quality: Quality;
  /** Since when all readings are good enough for a better word; null while they are not. */
  readonly betterSinceMs: number | null;
  /** False before the first live reading, which is taken at its word. */
  readonly settled: boolean;
}

/** Before anything is known. */
export const UNJUDGED: Judgement = { quality: "lost", betterSinceMs: null, settled: false };

type Measure = "rttMs" | "jitterMs" | "lateRate" | "silenceMs";

const LIMITS: readonly (readonly [measure: Measure, poorFrom: number, goodBelow: number])[] = [
  ["rttMs", 250, 200],
  ["jitterMs", 60, 40],
  ["lateRate", 0.05, 0.02],
  ["silenceMs", 700, 400],
];

/** The judgement after `reading`, taken at `nowMs` of a steady clock. Pure: the same arguments, the same answer. */
export function judgeQuality(before: Judgement, reading: LinkReading, nowMs: number): Judgement {
  if (isLost(reading)) return { quality: "lost", betterSinceMs: null, settled: before.settled };
  if (!before.settled) {
    return { quality: isPoor(reading) ? "poor" : "good", betterSinceMs: null, settled: true };
  }
  if (isPoor(reading)) return { quality: "poor", betterSinceMs: null, settled: true };
  if (before.quality === "good") return before;
  if (!isGood(reading)) return { quality: "poor", betterSinceMs: null, settled: true };
  const betterSinceMs = before.betterSinceMs ?? nowMs;
  if (nowMs - betterSinceMs >= BETTER_FOR_MS) return { quality: "good", betterSinceMs: null, settled: true };
  return { quality: "poor", betterSinceMs, settled: true };
}

function isLost({ connection, online, silenceMs }: LinkReading): boolean {
  return connection !== "live" || silenceMs >= (online ? SILENCE_LOST_MS : OFFLINE_LOST_MS);
}

function isPoor(reading: LinkReading): boolean {
  return LIMITS.some(([measure, poorFrom]) => reading[measure] >= poorFrom);
}

function isGood(reading: LinkReading): boolean {
  return LIMITS.every(([measure, , goodBelow]) => reading[measure] < goodBelow);
}
