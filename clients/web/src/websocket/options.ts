/** What a reconnecting socket is told: the options, what each defaults to, and what is said back. */

import type { Environment } from "../core/environment.ts";
import type { SocketClose, SocketError } from "./state.ts";

/** Where the server is; a function is asked anew at each attempt, so that a token in the address is a fresh one. */
export type SocketAddress = string | (() => string | Promise<string>);

export interface ReconnectOptions {
  /** Failed attempts in a row until it gives up. */
  readonly attempts?: number;
  /** Attempt n waits at most `baseMs * factor ** n`, and never more than `capMs`. */
  readonly baseMs?: number;
  readonly factor?: number;
  readonly capMs?: number;
  /** `full`: wait anything from 0 to that bound, so that clients that dropped together come back apart. */
  readonly jitter?: "full" | "none";
  /** A connection that lived this long starts the count of attempts anew; one that opens and drops does not. */
  readonly trustAfterMs?: number;
}

export interface HeartbeatOptions {
  readonly everyMs?: number;
  /** Sent as `send` sends it; a function is called for each beat. */
  readonly message?: unknown;
  /**
   * Silence after a beat for which the connection is given up as dead; any message counts as the answer.
   * `null` for a server that does not answer heartbeats.
   */
  readonly timeoutMs?: number | null;
}

export interface QueueOptions {
  /** Messages kept while not connected; what comes when it is full is refused. */
  readonly limit?: number;
  /** Whether to keep any at all. */
  readonly whileDisconnected?: boolean;
  /** Bytes that may wait inside the open WebSocket; beyond, `send` refuses, for nothing reaches the server anyway. */
  readonly unsentBytes?: number;
}

export interface SocketHandlers<T = unknown> {
  /** `again`: after a drop. What is sent in here goes before what was queued: an authentication, a subscription. */
  readonly onOpen?: (opened: { readonly again: boolean }) => void;
  /** Text is parsed as JSON unless `raw`; binary messages come as `ArrayBuffer`. The type is the caller's word. */
  readonly onMessage?: (message: T) => void;
  /** An open connection ended, or an attempt failed. */
  readonly onClose?: (close: SocketClose) => void;
  readonly onError?: (error: SocketError) => void;
  /** It will be tried again in `retryInMs`; `attempt` counts from 1. */
  readonly onReconnect?: (retry: { readonly attempt: number; readonly retryInMs: number }) => void;
  /** The last attempt failed too: nothing more happens until `connect`. */
  readonly onGiveUp?: (close: SocketClose) => void;
}

export interface SocketOptions<T = unknown> extends SocketHandlers<T> {
  readonly url: SocketAddress;
  readonly protocols?: string | readonly string[];
  /** `false`: never by itself. */
  readonly reconnect?: ReconnectOptions | false;
  /** `null`: none. */
  readonly heartbeat?: HeartbeatOptions | null;
  readonly queue?: QueueOptions;
  /** Close codes after which to stay away, besides 1000. */
  readonly stopCodes?: readonly number[];
  /** An attempt that is not open by then has failed. */
  readonly openTimeoutMs?: number;
  /** Hand text on as it came, not parsed as JSON. */
  readonly raw?: boolean;
  /** Another WebSocket than the global one; for tests and old platforms. */
  readonly openSocket?: (address: string, protocols: string[]) => WebSocket;
  readonly random?: () => number;
  /** Where news of network and page come from: by default the page, if there is one; null for none. */
  readonly environment?: Environment | null;
}

export const DEFAULT_RECONNECT: Required<ReconnectOptions> = {
  attempts: 5,
  baseMs: 3000,
  factor: 1.5,
  capMs: 30_000,
  jitter: "full",
  trustAfterMs: 5000,
};

export const DEFAULT_HEARTBEAT: Required<HeartbeatOptions> = {
  everyMs: 30_000, // proxies drop what is silent for a minute
  message: { type: "ping" },
  timeoutMs: 10_000,
};

export const DEFAULT_QUEUE: Required<QueueOptions> = { limit: 100, whileDisconnected: true, unsentBytes: 1 << 20 };

/** Not authenticated, not allowed, no such thing: the next attempt would be told the same. */
export const DEFAULT_STOP_CODES: readonly number[] = [4001, 4003, 4004];

export const DEFAULT_OPEN_TIMEOUT_MS = 10_000;
