/** What happened, and what to do, in plain words. */

import { ItemKind } from "../generated/protocol.ts";

/** What the page offers when a session has ended for us; the first is the one most likely wanted. */
export type WayOut = "again" | "reload" | "watch" | "start";

export interface Ending {
  readonly title: string;
  readonly advice: string;
  readonly ways: readonly WayOut[];
}

const ENDINGS: Record<number, Ending> = {
  4000: { title: "You left the session", advice: "Your seat is free again.", ways: ["again", "start"] },
  4001: {
    title: "Your seat was given up",
    advice: "You were away for too long. Join again for a new one.",
    ways: ["again", "start"],
  },
  4003: {
    title: "You may not join this session",
    advice: "Ask whoever created it, or play in another one.",
    ways: ["start"],
  },
  4004: {
    title: "No session has this code",
    advice: "Check the code with whoever sent it. The session may also be over.",
    ways: ["start"],
  },
  4005: {
    title: "This session is full",
    advice: "Watch until a seat is free, or play in another session.",
    ways: ["watch", "again", "start"],
  },
  4006: {
    title: "This page is out of date",
    advice: "The server has a newer version. Reload the page to get it; your name is remembered.",
    ways: ["reload", "start"],
  },
  4008: {
    title: "The server did not understand this page",
    advice: "Reload the page. If that does not help, the page and the server do not fit together.",
    ways: ["reload", "start"],
  },
  4009: {
    title: "Your connection is too slow",
    advice: "The game could not reach you in time. Try again when the network is better.",
    ways: ["again", "start"],
  },
  4010: {
    title: "The server is shutting down",
    advice: "It usually comes back within a minute. Try again then.",
    ways: ["again", "start"],
  },
  4011: {
    title: "The session is over",
    advice: "Everybody has left, or its time was up. Create a new one and share its code.",
    ways: ["start"],
  },
  4012: {
    title: "You play in another window",
    advice: "The seat went to the page that was opened last. Play on there, or try again here for another seat.",
    ways: ["again", "start"],
  },
  4013: {
    title: "The host removed you",
    advice: "You cannot come back with this seat. Play in another session, or create your own.",
    ways: ["start"],
  },
  4014: {
    title: "The session broke down",
    advice: "That is our fault, not yours. Create a new one; the other sessions are not affected.",
    ways: ["start"],
  },
  4015: {
    title: "This session has a password",
    advice: "Ask whoever invited you.",
    ways: ["start"],
  },
  4029: {
    title: "Too much at once",
    advice: "Too many connections or messages came from here. Wait half a minute, then try again.",
    ways: ["again", "start"],
  },
};

/** The server's reason says more than its code. */
const ENDINGS_BY_REASON: Record<string, Ending> = {
  "4003 banned": {
    title: "The host has banned you",
    advice: "You cannot come back to this session. Play in another one, or create your own.",
    ways: ["start"],
  },
  "4003 locked": {
    title: "This session is locked",
    advice: "The host lets nobody new in for now. Ask them to unlock it, then try again.",
    ways: ["again", "start"],
  },
  "4015 again": {
    title: "That password is wrong",
    advice: "Upper and lower case matter. Ask whoever invited you.",
    ways: ["start"],
  },
};

const LOST: Ending = {
  title: "The server cannot be reached",
  advice: "Check your network. Your seat may still be kept for a short while.",
  ways: ["again", "start"],
};

/** For 4004, from a session that we were in: nobody mistyped a code. */
export const SESSION_GONE: Ending = {
  title: "The session is gone",
  advice: "The server was restarted and knows it no more. Create a new one and share its code.",
  ways: ["start"],
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
export function endingOf(code: number, reason = ""): Ending {
  return ENDINGS_BY_REASON[`${code} ${reason}`] ?? ENDINGS[SAME_AS[code] ?? code] ?? LOST;
}

const RESTARTS = new Set([1001, 1012, 4010]);
const BUSY = new Set([1013, 4029]);

/** Why we try again: `code` is what the server closed with, null when the socket just broke; `seated`: we had a seat. */
export function interruptionOf(code: number | null, online: boolean, seated: boolean): string {
  if (!online) return "You are offline. We go on as soon as your network is back.";
  const kept = seated ? " Your seat is kept." : "";
  if (code !== null && RESTARTS.has(code)) return `The server is restarting.${kept}`;
  if (code !== null && BUSY.has(code)) return `The server is busy.${kept}`;
  return seated ? "Connection lost. Your seat is kept." : "The server does not answer yet.";
}

/** The server lets no more happen than it can save. */
export const STORAGE_AWAY = "The server cannot save the game at the moment. It goes on as soon as it can.";

/** "Next try in 3 s"; at zero the try is running. */
export function nextTryIn(seconds: number): string {
  return seconds > 0 ? `Next try in ${seconds} s` : "Trying now ...";
}

const REFUSALS: Record<string, string> = {
  no_such_item: "Somebody was faster.",
  out_of_reach: "Too far away.",
  behind_wall: "There is a wall between.",
  beaten_to_it: "Somebody was faster.",
  not_playing: "The round has not started.",
  wrong_status: "Not while a round or a countdown runs.",
  not_host: "Only the host can do that.",
  no_such_player: "That player has left already.",
  no_such_person: "That person has left already.",
  locked: "The host has locked the session.",
  session_full: "No seat is free.",
  unknown_action: "That is not possible here.",
  bots_full: "There is no room for another bot.",
  rate_limited: "Not so fast.",
  bad_arguments: "The server does not allow that value.",
  not_seated: "Take a seat first.",
  too_many_requests: "Not so fast.",
  timeout: "The server did not answer in time. Try once more.",
  lost: "The connection was lost before the answer came. Try once more.",
  queue_full: "Not while the connection is lost.",
  closed: "Not while the connection is lost.",
};

/** Why a request was refused. */
export function refusalOf(reason: string): string {
  return REFUSALS[reason] ?? "That did not work. Try once more.";
}

const API_FAULTS: Record<string, string> = {
  unreachable: "The server does not answer. Check your network, then try again.",
  server_full: "The server takes no more sessions now. Join an open one, or try again in a minute.",
  shutting_down: "The server is restarting. Try again in a minute.",
  rate_limited: "Too many attempts. Wait half a minute, then try again.",
};

/** Why the server would not make or find a session; `message` is its own word for it. */
export function apiFaultOf(reason: string, message: string): string {
  return API_FAULTS[reason] ?? `${message.charAt(0).toUpperCase()}${message.slice(1)}`;
}

const LEFT: Record<string, string> = {
  left: "left",
  expired: "did not come back",
  removed: "was removed",
  kicked: "was removed by the host",
  banned: "was banned by the host",
  stood: "watches now",
};

/** How a player went. */
export function departureOf(cause: string): string {
  return LEFT[cause] ?? "left";
}

/** "Ann joined", "Ann and Ben joined", "Ann and 3 others joined". */
export function arrivalsOf(names: readonly string[]): string {
  const [first = "Somebody", second] = names;
  if (second === undefined) return `${first} joined`;
  return names.length === 2 ? `${first} and ${second} joined` : `${first} and ${names.length - 1} others joined`;
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

/** 90 s as "1.5 minutes", 30 s as "30 seconds". */
export function lengthOf(seconds: number): string {
  if (seconds < 60) return `${seconds} seconds`;
  return seconds === 60 ? "1 minute" : `${Math.round(seconds / 6) / 10} minutes`;
}

/** 1 as "1st". */
export function ordinalOf(place: number): string {
  const teen = place % 100 >= 11 && place % 100 <= 13;
  return `${place}${teen ? "th" : (["th", "st", "nd", "rd"][place % 10] ?? "th")}`;
}

/** A map's name for people. */
export function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** 1, "player" as "1 player"; 2, "player" as "2 players". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
