/** What can be said of a reconnecting socket at any moment. */

/**
 * - `idle`: `connect` was not called yet
 * - `connecting`: an attempt is under way
 * - `open`: messages go both ways
 * - `waiting`: the connection or the attempt failed, and the next one is due in `retryInMs`
 * - `closed`: ended, and nothing happens until `connect`
 */
export type SocketPhase = "idle" | "connecting" | "open" | "waiting" | "closed";

/** RFC 6455, 7.1.5 and 7.1.6: the code is 1006 where no close frame was seen. */
export interface SocketClose {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** One object for each state: another state is another object. */
export interface SocketState {
  readonly phase: SocketPhase;
  /** Which attempt to reconnect is due or under way, from 1; 0 for the first connection and while open. */
  readonly attempt: number;
  /** In `waiting`: from when the state began until the next attempt; else null. */
  readonly retryInMs: number | null;
  /** How the last connection or attempt ended; null before that, and while open. */
  readonly close: SocketClose | null;
  /** What went wrong last; null again once open. */
  readonly error: SocketError | null;
}

/**
 * - `address`: there is none, or it is not one of a WebSocket; the cause tells
 * - `timeout`: not open in time
 * - `failed`: no connection was had, or it broke; browsers tell no page why
 * - `stale`: no answer to a heartbeat
 * - `unreadable`: text that is not JSON came; it is the cause's business, and the connection stays open
 */
export type SocketErrorReason = "address" | "timeout" | "failed" | "stale" | "unreadable";

const WORDS: Record<SocketErrorReason, string> = {
  address: "There is no WebSocket address to connect to.",
  timeout: "The server did not answer in time.",
  failed: "The connection failed.",
  stale: "The server fell silent.",
  unreadable: "A message was not JSON.",
};

export class SocketError extends Error {
  readonly reason: SocketErrorReason;

  constructor(reason: SocketErrorReason, cause?: unknown) {
    super(WORDS[reason], { cause });
    this.name = "SocketError";
    this.reason = reason;
  }
}
