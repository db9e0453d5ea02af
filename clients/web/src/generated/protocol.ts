// Generated from protocol/ and game/ by `python -m tickroom.game.typescript --write`. Do not edit.

import type { GameSchema, Shape, TableSchema } from "../core/schema.ts";

export const PROTOCOL_VERSION = 1;
export const PROTOCOL_FINGERPRINT = 2347982774;
export const SUBPROTOCOL = "tickroom.1";
export const MESSAGE_MAX_BYTES = 4096;
export const NAME_MAX_CHARACTERS = 24;
export const TEXT_MAX_CHARACTERS = 300;
export const ROUND_S_SETTING = 1000;
export const DELTA_KIND = 2;
export const CHECKED_DELTA_KIND = 3;
export const SUB = 48;
export const TILE = 1536;
export const PLAYER_RADIUS = 576;
export const ITEM_RADIUS = 384;
export const LONGEST_STEP = 960;
export const WALK_SPEED = 9600;
export const BOOTS_SPEED = 14400;
export const DASH_SPEED = 28800;
export const COLLECT_REACH = 3072;
export const MAGNET_REACH = 4608;
export const FULL_TILT = 127;
export const DASH_BUTTON = 1;

/** Column `seats.presence`. */
export const Presence = {
  Empty: 0,
  Connected: 1,
  Dropped: 2,
  Away: 3,
  Waiting: 4,
} as const;
export type Presence = (typeof Presence)[keyof typeof Presence];

/** Column `session.status`. */
export const Status = {
  Waiting: 0,
  Active: 1,
  Finished: 2,
} as const;
export type Status = (typeof Status)[keyof typeof Status];

/** Column `items.kind`. */
export const ItemKind = {
  None: 0,
  Coin: 1,
  Gem: 2,
  Boots: 3,
  Magnet: 4,
  Shield: 5,
} as const;
export type ItemKind = (typeof ItemKind)[keyof typeof ItemKind];

/** Kinds of events, in the order of the schema. */
export const EventKind = {
  Picked: 0,
  Bumped: 1,
} as const;
export type EventKind = (typeof EventKind)[keyof typeof EventKind];

/**
 * Why the server closes a socket; the close frame's reason is `reason`. 1xxx are RFC 6455's, 4xxx ours.
 *
 * `retryable`: True when the same client may connect again by itself and can expect to get in.
 */
export const CLOSE_CODES = {
  1000: { reason: "normal", retryable: false },
  1001: { reason: "going_away", retryable: true },
  1002: { reason: "websocket_protocol_error", retryable: false },
  1003: { reason: "binary_frames_only", retryable: false },
  1008: { reason: "policy_violation", retryable: false },
  1009: { reason: "message_too_big", retryable: false },
  1011: { reason: "internal_error", retryable: true },
  1012: { reason: "service_restart", retryable: true },
  1013: { reason: "try_again_later", retryable: true },
  4000: { reason: "left", retryable: false },
  4001: { reason: "not_authenticated", retryable: false },
  4003: { reason: "not_allowed", retryable: false },
  4004: { reason: "no_such_session", retryable: false },
  4005: { reason: "session_full", retryable: false },
  4006: { reason: "version_mismatch", retryable: false },
  4007: { reason: "hello_timeout", retryable: true },
  4008: { reason: "bad_messages", retryable: false },
  4009: { reason: "too_slow", retryable: true },
  4010: { reason: "shutting_down", retryable: true },
  4011: { reason: "session_ended", retryable: false },
  4012: { reason: "superseded", retryable: false },
  4013: { reason: "kicked", retryable: false },
  4014: { reason: "session_failed", retryable: false },
  4015: { reason: "wrong_password", retryable: false },
  4016: { reason: "moved", retryable: true },
  4029: { reason: "rate_limited", retryable: true },
} as const;

/**
 * Why a message or request is refused while the socket stays open. 0 to 99 are the server's.
 *
 * Games add reasons of their own by name: `GAME_REFUSED` with the reason in text.
 */
export const ERROR_CODES = {
  0: { reason: "ok", retryable: false },
  1: { reason: "malformed", retryable: false },
  3: { reason: "not_seated", retryable: false },
  4: { reason: "already_seated", retryable: false },
  5: { reason: "input_too_early", retryable: true },
  6: { reason: "input_out_of_order", retryable: false },
  7: { reason: "unknown_action", retryable: false },
  8: { reason: "bad_arguments", retryable: false },
  9: { reason: "wrong_status", retryable: true },
  10: { reason: "game_refused", retryable: true },
  11: { reason: "too_many_requests", retryable: true },
  12: { reason: "not_host", retryable: false },
  13: { reason: "no_such_player", retryable: false },
  14: { reason: "no_such_person", retryable: false },
  15: { reason: "no_such_message", retryable: false },
  16: { reason: "no_such_channel", retryable: false },
  17: { reason: "silenced", retryable: false },
  18: { reason: "too_long", retryable: false },
  19: { reason: "repeated", retryable: true },
  20: { reason: "rate_limited", retryable: true },
  21: { reason: "locked", retryable: true },
  22: { reason: "not_yours", retryable: false },
  23: { reason: "bots_full", retryable: true },
  24: { reason: "session_full", retryable: true },
  25: { reason: "empty_text", retryable: false },
  26: { reason: "storage_away", retryable: true },
} as const;

/**
 * The first message: who I am. With `token` it resumes the seat that the token was given for.
 *
 * `bot`: a program plays, and says so; shown to the others. `watch`: no seat, only what there is to see; the token
 * does not count then. `password`: the session's. `identity`: a JWT of the deployment's issuer, where it has one.
 */
export interface Hello {
  kind: "hello";
  fingerprint: number;
  nickname: string;
  token?: string | null;
  bot?: boolean;
  watch?: boolean;
  password?: string | null;
  identity?: string | null;
}

/** What I hold from `tick` on; `values` are the game's input fields. Each game's decoder checks their ranges. */
export interface Input {
  kind: "input";
  tick: number;
  values: number[];
}

/** Do this once and tell me whether you did; answered by a `Reply` with the same id. */
export interface Request {
  kind: "request";
  id: number;
  action: string;
  arguments?: number[];
}

/** Answered at once by a `Pong` that carries `echo` back: round-trip time and clock. */
export interface Ping {
  kind: "ping";
  echo: number;
}

/** My checksum at `tick` was not yours: send me a keyframe. */
export interface Resync {
  kind: "resync";
  tick: number;
  checksum: number;
}

/** I give my seat up. The server closes with `LEFT`. */
export interface Leave {
  kind: "leave";
}

/** A line of chat; answered by a `Reply` with the same id, which is one of the requests' ids. */
export interface Say {
  kind: "say";
  id: number;
  channel: number;
  text: string;
}

/** I am writing in a channel, or no longer. Say it again every few seconds: it expires. Never answered. */
export interface Typing {
  kind: "typing";
  channel: number;
  on: boolean;
}

/** I have read everything up to the message `message`. Never answered. */
export interface Read {
  kind: "read";
  message: number;
}

/** Give a line of mine another text, or with nil delete it; the host deletes anybody's. Answered by a `Reply`. */
export interface Revise {
  kind: "revise";
  id: number;
  message: number;
  text: string | null;
}

export type ClientMessage = Hello | Input | Request | Ping | Resync | Leave | Say | Typing | Read | Revise;

export const CLIENT_SHAPES = {
  0: { name: "hello", fields: [["fingerprint", "int"], ["nickname", "str"], ["token", { maybe: "str" }, true], ["bot", "bool", true], ["watch", "bool", true], ["password", { maybe: "str" }, true], ["identity", { maybe: "str" }, true]] },
  1: { name: "input", fields: [["tick", "int"], ["values", { list: "int" }]] },
  2: { name: "request", fields: [["id", "int"], ["action", "str"], ["arguments", { list: "int" }, true]] },
  3: { name: "ping", fields: [["echo", "int"]] },
  4: { name: "resync", fields: [["tick", "int"], ["checksum", "int"]] },
  5: { name: "leave", fields: [] },
  6: { name: "say", fields: [["id", "int"], ["channel", "int"], ["text", "str"]] },
  7: { name: "typing", fields: [["channel", "int"], ["on", "bool"]] },
  8: { name: "read", fields: [["message", "int"]] },
  9: { name: "revise", fields: [["id", "int"], ["message", "int"], ["text", { maybe: "str" }]] },
} as const satisfies Record<number, Shape>;

/** One player of the roster. */
export interface Member {
  player: number;
  seat: number;
  nickname: string;
  bot: boolean;
  connected: boolean;
}

const MEMBER_SHAPE = { name: "member", fields: [["player", "int"], ["seat", "int"], ["nickname", "str"], ["bot", "bool"], ["connected", "bool"]] } as const satisfies Shape;

/**
 * You are in. `rows`: row count of each table, in wire order. A keyframe follows in the same tick.
 *
 * Who watches has `seat` -1 (WATCHING_SEAT) and an empty `token`; `player` is an id of the same counter.
 * `watchers`: [person, nickname]. `host`: the player who is host now, 0 for none.
 */
export interface Welcome {
  kind: "welcome";
  code: string;
  player: number;
  seat: number;
  token: string;
  tick: number;
  tickHz: number;
  game: string;
  rows: number[];
  settings: Record<string, number>;
  maxLeadTicks: number;
  graceTicks: number;
  roster: Member[];
  watchers: [number, string][];
  host: number;
}

/** The whole public state at `tick`: every cell, then the rate of every gliding cell. */
export interface Keyframe {
  kind: "keyframe";
  tick: number;
  values: number[];
  rates: number[];
}

/** What happened in the step that led to `tick`: each event is its kind and then its fields. */
export interface Events {
  kind: "events";
  tick: number;
  events: number[][];
}

/**
 * The answer to the request `id`, decided in the step that led to `tick`. `code` 0 is success.
 *
 * `retry_after_ms` 0: waiting does not help, or nobody knows how long.
 */
export interface Reply {
  kind: "reply";
  id: number;
  code: number;
  reason: string;
  tick: number;
  retryAfterMs?: number;
}

/** A message of yours was refused; the socket stays open. `retry_after_ms` 0: waiting does not help. */
export interface Error {
  kind: "error";
  code: number;
  reason: string;
  retryAfterMs?: number;
}

/** Somebody took a seat. */
export interface Joined {
  kind: "joined";
  member: Member;
}

/** A seat is free again. `cause`: left; expired: the grace time ran out; kicked: by the host. */
export interface Left {
  kind: "left";
  player: number;
  seat: number;
  cause: string;
}

/** A player's socket is lost; the seat is kept until the tick `until`. */
export interface Dropped {
  kind: "dropped";
  player: number;
  seat: number;
  until: number;
}

/** A dropped player is back in the seat. */
export interface Resumed {
  kind: "resumed";
  player: number;
  seat: number;
}

/** `tick`: the session's newest; `age_us`: microseconds since that tick began, on the server's clock. */
export interface Pong {
  kind: "pong";
  echo: number;
  tick: number;
  ageUs: number;
}

/** A round ended at `tick`. `ranking`: [seat, player, place, score], best first; equal scores share a place. */
export interface Results {
  kind: "results";
  tick: number;
  round: number;
  ranking: [number, number, number, number][];
}

/**
 * The server is about to close this socket with `code`; `retryable` says whether to come back by yourself.
 *
 * `url`: with `MOVED`, the WebSocket's address at the node that has the session now; "" for none.
 */
export interface Closing {
  kind: "closing";
  code: number;
  reason: string;
  retryable: boolean;
  url?: string;
}

/**
 * The host changed the settings: these are what the welcome's were, all of them.
 *
 * When one of the game's own changed, its tables are fresh.
 */
export interface Settings {
  kind: "settings";
  settings: Record<string, number>;
}

/** A line of chat. `at_ms`: unix milliseconds, the server's clock; `edited`: the text is not the first one. */
export interface ChatMessage {
  id: number;
  person: number;
  nickname: string;
  channel: number;
  text: string;
  tick: number;
  atMs: number;
  edited: boolean;
}

const CHATMESSAGE_SHAPE = { name: "chatMessage", fields: [["id", "int"], ["person", "int"], ["nickname", "str"], ["channel", "int"], ["text", "str"], ["tick", "int"], ["atMs", "int"], ["edited", "bool"]] } as const satisfies Shape;

/** Somebody said something. */
export interface Said {
  kind: "said";
  message: ChatMessage;
}

/** A line has another text now, or is `deleted` and has none. */
export interface Revised {
  kind: "revised";
  message: number;
  text: string;
  deleted: boolean;
  atMs: number;
}

/** Somebody else is writing, or no longer. */
export interface TypingFact {
  kind: "typing";
  person: number;
  channel: number;
  on: boolean;
}

/** Somebody else has read everything up to `message`. */
export interface ReadFact {
  kind: "read";
  person: number;
  message: number;
}

/** What was said before you came, oldest first, and up to where each person has read: [person, message]. */
export interface History {
  kind: "history";
  messages: ChatMessage[];
  reads: [number, number][];
}

/** Somebody watches now, or no longer. */
export interface WatchingFact {
  kind: "watching";
  person: number;
  nickname: string;
  on: boolean;
}

/** A public session in the lobby. `status`: a `Status`; `settings`: as in the welcome. */
export interface Listing {
  code: string;
  game: string;
  status: number;
  seats: number;
  players: number;
  connected: number;
  watchers: number;
  tickHz: number;
  settings: Record<string, number>;
}

const LISTING_SHAPE = { name: "listing", fields: [["code", "str"], ["game", "str"], ["status", "int"], ["seats", "int"], ["players", "int"], ["connected", "int"], ["watchers", "int"], ["tickHz", "int"], ["settings", { map: "int" }]] } as const satisfies Shape;

/** The public sessions: the first message of the lobby's socket. */
export interface Listed {
  kind: "listed";
  sessions: Listing[];
}

/** Sessions that are new or have changed, and the codes of those that are listed no more. */
export interface ListingChanged {
  kind: "listingChanged";
  changed: Listing[];
  gone: string[];
}

export type ServerFact = Welcome | Keyframe | Events | Reply | Error | Joined | Left | Dropped | Resumed | Pong | Results | Closing | Settings | Said | Revised | TypingFact | ReadFact | History | WatchingFact | Listed | ListingChanged;

export const SERVER_SHAPES = {
  0: { name: "welcome", fields: [["code", "str"], ["player", "int"], ["seat", "int"], ["token", "str"], ["tick", "int"], ["tickHz", "int"], ["game", "str"], ["rows", { list: "int" }], ["settings", { map: "int" }], ["maxLeadTicks", "int"], ["graceTicks", "int"], ["roster", { list: MEMBER_SHAPE }], ["watchers", { list: { tuple: ["int", "str"] } }], ["host", "int"]] },
  1: { name: "keyframe", fields: [["tick", "int"], ["values", { list: "int" }], ["rates", { list: "int" }]] },
  4: { name: "events", fields: [["tick", "int"], ["events", { list: { list: "int" } }]] },
  5: { name: "reply", fields: [["id", "int"], ["code", "int"], ["reason", "str"], ["tick", "int"], ["retryAfterMs", "int", true]] },
  6: { name: "error", fields: [["code", "int"], ["reason", "str"], ["retryAfterMs", "int", true]] },
  7: { name: "joined", fields: [["member", MEMBER_SHAPE]] },
  8: { name: "left", fields: [["player", "int"], ["seat", "int"], ["cause", "str"]] },
  9: { name: "dropped", fields: [["player", "int"], ["seat", "int"], ["until", "int"]] },
  10: { name: "resumed", fields: [["player", "int"], ["seat", "int"]] },
  11: { name: "pong", fields: [["echo", "int"], ["tick", "int"], ["ageUs", "int"]] },
  12: { name: "results", fields: [["tick", "int"], ["round", "int"], ["ranking", { list: { tuple: ["int", "int", "int", "int"] } }]] },
  13: { name: "closing", fields: [["code", "int"], ["reason", "str"], ["retryable", "bool"], ["url", "str", true]] },
  14: { name: "settings", fields: [["settings", { map: "int" }]] },
  15: { name: "said", fields: [["message", CHATMESSAGE_SHAPE]] },
  16: { name: "revised", fields: [["message", "int"], ["text", "str"], ["deleted", "bool"], ["atMs", "int"]] },
  17: { name: "typing", fields: [["person", "int"], ["channel", "int"], ["on", "bool"]] },
  18: { name: "read", fields: [["person", "int"], ["message", "int"]] },
  19: { name: "history", fields: [["messages", { list: CHATMESSAGE_SHAPE }], ["reads", { list: { tuple: ["int", "int"] } }]] },
  20: { name: "watching", fields: [["person", "int"], ["nickname", "str"], ["on", "bool"]] },
  21: { name: "listed", fields: [["sessions", { list: LISTING_SHAPE }]] },
  22: { name: "listingChanged", fields: [["changed", { list: LISTING_SHAPE }], ["gone", { list: "str" }]] },
} as const satisfies Record<number, Shape>;

/** Columns of the table `seats`. */
export const SeatsColumn = {
  /** the tick that the last applied input named; 0 before the first */
  stamp: 0,
  /** 0 empty, 1 connected, 2 dropped and kept, 3 away, 4 plays from the next round on */
  presence: 1,
  /** id of the player who has the seat; 0 for none */
  player: 2,
  /** 1: the player is ready for the next round; 0 again when it starts */
  ready: 3,
} as const;

export const SEATS_TABLE = { name: "seats", columns: ["stamp", "presence", "player", "ready"], gliding: [false, false, false, false] } as const satisfies TableSchema;

/** Columns of the table `session`. */
export const SessionColumn = {
  /** 0 waiting, 1 active, 2 finished */
  status: 0,
  /** number of rounds started */
  round: 1,
  /** tick at which the countdown ends and the round starts; 0 when none is set */
  startsAt: 2,
  /** tick at which the running round ends, or at which the last one ended; 0 before the first */
  endsAt: 3,
  /** id of the player who may start, kick and configure; 0 when nobody is there */
  host: 4,
} as const;

export const SESSION_TABLE = { name: "session", columns: ["status", "round", "startsAt", "endsAt", "host"], gliding: [false, false, false, false, false] } as const satisfies TableSchema;

/** Columns of the table `players`. */
export const ArenaPlayersColumn = {
  /** centre, in subunits (gliding) */
  x: 0,
  /** centre, in subunits, downwards (gliding) */
  y: 1,
  /** points in this round */
  score: 2,
  /** direction of the running or last dash, -127 to 127 */
  dashX: 3,
  /** as dash_x */
  dashY: 4,
  /** last tick of the running or last dash */
  dashUntil: 5,
  /** first tick in which a dash may start */
  dashReady: 6,
  /** first tick of the boots' speed; known half a second ahead, so that prediction stays exact */
  bootsFrom: 7,
  /** last tick of the boots' speed */
  bootsUntil: 8,
  /** last tick of the magnet's reach */
  magnetUntil: 9,
  /** last tick of the shield */
  shieldUntil: 10,
} as const;

/** Columns of the table `items`. */
export const ArenaItemsColumn = {
  /** 0 none (row free or respawning), 1 coin, 2 gem, 3 boots, 4 magnet, 5 shield */
  kind: 0,
  /** centre, in subunits */
  x: 1,
  /** centre, in subunits */
  y: 2,
} as const;

/** The game `arena`: what a client needs to know of it. */
export const ARENA = {
  game: "arena",
  version: 1,
  fingerprint: 712322387,
  tables: [SEATS_TABLE, { name: "players", columns: ["x", "y", "score", "dashX", "dashY", "dashUntil", "dashReady", "bootsFrom", "bootsUntil", "magnetUntil", "shieldUntil"], gliding: [true, true, false, false, false, false, false, false, false, false, false] }, { name: "items", columns: ["kind", "x", "y"], gliding: [false, false, false] }, SESSION_TABLE],
  inputs: [{ name: "x", minimum: -127, maximum: 127, default: 0 }, { name: "y", minimum: -127, maximum: 127, default: 0 }, { name: "buttons", minimum: 0, maximum: 1, default: 0 }],
  actions: { collect: [{ name: "item", minimum: 0, maximum: 2147483647, default: 0 }] },
  events: [{ name: "picked", fields: ["seat", "item", "kind", "points"] }, { name: "bumped", fields: ["attacker", "victim", "coins"] }],
  settings: [{ name: "map", minimum: 0, maximum: 2, default: 0, choices: ["plaza", "corridors", "islands"] }, { name: "items", minimum: 0, maximum: 200, default: 0 }],
  refusals: ["no_such_item", "out_of_reach", "behind_wall", "beaten_to_it", "not_playing"],
} as const satisfies GameSchema;
