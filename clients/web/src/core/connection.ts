/** The life of a connection: hello, welcome, live; after a drop back again with the token, or closed for good. */

import { CLOSE_CODES, type ClientMessage, type Closing, type Hello, SUBPROTOCOL } from "../generated/protocol.ts";
import { Backoff } from "./backoff.ts";
import { decodeServerMessage, encodeClientMessage, type ServerMessage } from "./codec.ts";

const WELCOME_TIMEOUT_MS = 8000;
const WATCH_MS = 1000;
const SILENT_WATCHES = 4; // the server speaks at least four times a second
const GAVE_UP = 1006; // RFC 6455, 7.1.5: no close frame was seen

export type ConnectionState =
  | { readonly name: "connecting" }
  | { readonly name: "live" }
  | { readonly name: "reconnecting"; readonly attempt: number; readonly retryInMs: number }
  | { readonly name: "closed"; readonly code: number; readonly reason: string };

export interface ConnectionOptions {
  /** The WebSocket's address; asked anew at each attempt. */
  readonly address: () => string;
  /** The first message; asked anew at each attempt, for each welcome brings another token. */
  readonly hello: () => Hello;
  readonly onState: (state: ConnectionState) => void;
  readonly onMessage: (message: ServerMessage) => void;
  /** For tests. */
  readonly openSocket?: (address: string, protocol: string) => WebSocket;
  readonly random?: () => number;
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #backoff: Backoff;
  #state: ConnectionState = { name: "connecting" };
  #socket: WebSocket | null = null;
  #closing: Closing | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silentWatches = 0;
  #liveSinceMs = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#backoff = new Backoff(options.random);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Connect for the first time, or again after `closed`; what there was before is let go. */
  open(): void {
    this.#release();
    this.#backoff.reset();
    this.#enter({ name: "connecting" });
    this.#connect();
  }

  /** Send a message; false when the connection is not live, for nothing is queued for later. */
  send(message: ClientMessage): boolean {
    if (this.#state.name !== "live" || this.#socket?.readyState !== 1) return false;
    this.#socket.send(encodeClientMessage(message));
    return true;
  }

  /** End it from this side, for good. */
  close(code = 1000, reason = "normal"): void {
    this.#release(code);
    this.#enter({ name: "closed", code, reason });
  }

  #connect(): void {
    const { address, openSocket } = this.#options;
    const socket = openSocket?.(address(), SUBPROTOCOL) ?? new WebSocket(address(), SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#closing = null;
    this.#timer = setTimeout(() => this.#lose(), WELCOME_TIMEOUT_MS);
    socket.onopen = () => socket.send(encodeClientMessage(this.#options.hello()));
    socket.onmessage = (event) => this.#receive(event);
    socket.onclose = (event) => this.#ended(event.code, event.reason);
  }

  #receive(event: MessageEvent): void {
    this.#silentWatches = 0;
    let message: ServerMessage;
    try {
      message = decodeServerMessage(new Uint8Array(event.data as ArrayBuffer));
    } catch {
      this.#lose(); // a server that sends garbage is as good as gone
      return;
    }
    if (message.kind === "closing") this.#closing = message;
    if (message.kind === "welcome" && this.#state.name !== "live") {
      clearTimeout(this.#timer);
      this.#liveSinceMs = performance.now();
      try {
        this.#options.onMessage(message); // whoever hears of "live" finds the session ready
      } catch (error) {
        this.#lose(); // a welcome that cannot be used is none; the fault itself is for the console
        throw error;
      }
      this.#enter({ name: "live" });
      this.#watch();
      return;
    }
    this.#options.onMessage(message);
  }

  // Looks are counted, not milliseconds: a page that was busy or asleep for long looks once before it gets to read what
  // has come meanwhile.
  #watch(): void {
    this.#timer = setTimeout(() => {
      this.#silentWatches += 1;
      if (this.#silentWatches > SILENT_WATCHES) this.#lose();
      else this.#watch();
    }, WATCH_MS);
  }

  /** The socket is of no use any more, whatever it may say later. */
  #lose(): void {
    this.#ended(GAVE_UP, "");
  }

  #ended(code: number, reason: string): void {
    if (this.#state.name === "live") this.#backoff.noteLife(performance.now() - this.#liveSinceMs);
    const told = code === GAVE_UP && this.#closing ? this.#closing : null;
    this.#release();
    const last = told?.code ?? code;
    const retryInMs = mayRetry(last, this.#closing) ? this.#backoff.next(performance.now()) : null;
    if (retryInMs === null) {
      this.#enter({ name: "closed", code: last, reason: told?.reason ?? reason });
      return;
    }
    this.#enter({ name: "reconnecting", attempt: this.#backoff.attempts, retryInMs });
    this.#timer = setTimeout(() => this.#connect(), retryInMs);
  }

  #release(code?: number): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
    this.#socket = null;
  }

  #enter(state: ConnectionState): void {
    this.#state = state;
    this.#options.onState(state);
  }
}

/** Whether to come back by ourselves: the server's word first, then the table; a socket that just broke, yes. */
function mayRetry(code: number, closing: Closing | null): boolean {
  if (closing?.code === code) return closing.retryable;
  return (CLOSE_CODES as Record<number, { retryable: boolean }>)[code]?.retryable ?? code < 4000;
}
