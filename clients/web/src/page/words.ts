/** What happened, and what to do, in plain words. */

import { ItemKind } from "../generated/protocol.ts";

export interface Ending {
  readonly title: string;
  readonly advice: string;
  /** Joining the same session again may work. */
  readonly again: boolean;
}

const ENDINGS: Record<number, Ending> = {
  4000: { title: "You left the session", advice: "Your seat is free again.", again: true },
  4001: {
    title: "Your seat was given up",
    advice: "You were away for too long. Join again for a new one.",
    again: true,
  },
  4003: { title: "You may not join this session", advice: "Ask whoever created it.", again: false },
  4004: { title: "No session has this code", advice: "Check the code. The session may be over.", again: false },
  4005: { title: "This session is full", advice: "Wait until a seat is free, or create another session.", again: true },
  4006: { title: "This page is out of date", advice: "Reload the page to get the server's version.", again: false },
  4008: {
    title: "The server did not understand us",
    advice: "Reload the page. If it happens again, tell us.",
    again: true,
  },
  4009: { title: "Your connection is too slow", advice: "Try again when it is better.", again: true },
  4010: { title: "The server is shutting down", advice: "Try again in a minute.", again: true },
  4011: { title: "The session is over", advice: "Create a new one, and share its code.", again: false },
  4012: {
    title: "You play in another window",
    advice: "The seat went to the page that was opened last.",
    again: false,
  },
  4014: { title: "The session broke down", advice: "That is our fault. Create a new one.", again: false },
  4029: { title: "Too many messages", advice: "Wait a moment, then try again.", again: true },
};

const LOST: Ending = {
  title: "The server cannot be reached",
  advice: "Check your network, then try again.",
  again: true,
};

const SESSION_OVER = 4011;
const NOT_UNDERSTOOD = 4008;

/** RFC 6455's own codes that say the same as one of ours. */
const SAME_AS: Record<number, number> = {
  1000: SESSION_OVER,
  1002: NOT_UNDERSTOOD,
  1003: NOT_UNDERSTOOD,
  1008: NOT_UNDERSTOOD,
  1009: NOT_UNDERSTOOD,
};

/** Why a connection ended for good. */
export function endingOf(code: number): Ending {
  return ENDINGS[SAME_AS[code] ?? code] ?? LOST;
}

const REFUSALS: Record<string, string> = {
  no_such_item: "Somebody was faster.",
  out_of_reach: "Too far away.",
  behind_wall: "There is a wall between.",
  beaten_to_it: "Somebody was faster.",
  not_playing: "The round has not started.",
  wrong_status: "Not now.",
  too_many_requests: "Not so fast.",
};

/** Why a request was refused. */
export function refusalOf(reason: string): string {
  return REFUSALS[reason] ?? "That did not work.";
}

const LEFT: Record<string, string> = { left: "left", expired: "did not come back", removed: "was removed" };

/** How a player went. */
export function departureOf(cause: string): string {
  return LEFT[cause] ?? "left";
}

const ITEM_NAMES: Record<number, string> = {
  [ItemKind.Boots]: "Boots: faster for 5 s",
  [ItemKind.Magnet]: "Magnet: longer reach for 8 s",
  [ItemKind.Shield]: "Shield: safe from one dash",
};

/** What an item that gives no points does. */
export function giftOf(kind: number): string | undefined {
  return ITEM_NAMES[kind];
}

/** 83 s as "1:23". */
export function clockOf(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
