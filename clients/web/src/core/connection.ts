/**
 * The life of a connection: hello, welcome, live; after a drop back again with the token, or closed for good.
 *
 *     connecting ---> live <---> reconnecting      a drop that may heal, or a move: new attempts, until they end
 *          \            \            /
 *           `-----------> closed <--'              left, refused, or given up; `open()` begins anew
 */

import { CLOSE_CODES, type ClientMessage, type Closing, type Hello, SUBPROTOCOL } from "../generated/protocol.ts";
import { Alarm } from "./alarm.ts";
import { Backoff } from "./backoff.ts";
import { decodeServerMessage, encodeClientMessage, type ServerMessage } from "./codec.ts";
import { type Environment, type EnvironmentEvent, pageEnvironment } from "./environment.ts";
import { Liveness } from "./liveness.ts";
import { isRetryable } from "./requests.ts";

const WELCOME_TIMEOUT_MS = 8000; // of a whole attempt: address, token, socket, hello and welcome
const PROMPT_MS = 250; // the network is back for a thousand clients at the same moment: they spread over this long
const GAVE_UP = 1006; // RFC 6455, 7.1.5: no close frame was seen
const BAD_MESSAGES = 4008;
const MOVED = 4016;
const SETTLED_MS = 1000; // two nodes that send us to each other are no loop without a wait
const PROBE_ECHO = 0; // a session's own pings count from 1

export type ConnectionState =
  | { readonly name: "connecting" }
  | { readonly name: "live" }
  /**
   * `retryAtMs` by `performance.now()`; when that is over, the attempt is under way. `attempt` 0: no drop, but a move to
   * another node.
   */
  | {
      readonly name: "reconnecting";
      readonly attempt: number;
      readonly retryInMs: number;
      readonly retryAtMs: number;
    }
  /** `retryable`: to open it again can succeed; it ended because the attempts came to their end. */
  | { readonly name: "closed"; readonly code: number; readonly reason: string; readonly retryable: boolean };

/** What went over the socket, since the connection was made. Bytes of messages, without WebSocket's own. */
export interface Traffic {
  messagesIn: number;
  messagesOut: number;
  bytesIn: number;
  bytesOut: number;
}

export interface ConnectionOptions {
  /**
   * The WebSocket's address; asked anew at each attempt, but for one that the server sent us on. One that throws or rejects
   * makes the attempt a failed one.
   */
  readonly address: () => string | Promise<string>;
  /** The first message, if there is one; asked anew at each attempt, for each welcome brings another token. Fails like `address`. */
  readonly hello?: () => Hello | Promise<Hello>;
  readonly onState: (state: ConnectionState) => void;
  readonly onMessage: (message: ServerMessage) => void;
  /** The machine has a network again, or has none. The state tells what comes of it. */
  readonly onNetwork?: (online: boolean) => void;
  /** The server may have nothing to say for long: it is asked now and then whether it is there. */
  readonly quiet?: boolean;
  /** An attempt failed on this side: no address, no hello, or no socket could be had. It is tried again nevertheless. */
  readonly onFault?: (fault: unknown) => void;
  readonly openSocket?: ((address: string, protocol: string) => WebSocket) | undefined;
  readonly random?: (() => number) | undefined;
  /** Where news of network and page come from: by default the page, if there is one; null for none. */
  readonly environment?: Environment | null | undefined;
}

export class Connection {
  readonly traffic: Traffic = { messagesIn: 0, messagesOut: 0, bytesIn: 0, bytesOut: 0 };
  readonly #options: ConnectionOptions;
  readonly #environment: Environment | null;
  readonly #random: () => number;
  readonly #backoff: Backoff;
  readonly #liveness: Liveness;
  readonly #alarm = new Alarm(); // of the wait before an attempt, or of the attempt
  #state: ConnectionState = { name: "connecting" };
  #socket: WebSocket | null = null;
  #attempt = 0; // tells a late answer of an earlier attempt from one of this
  #waiting = false;
  #followed = false; // the attempt, and what came of it, is at an address that the server sent us on to
  #closing: Closing | null = null;
  #liveSinceMs = 0;
  #stopListening: (() => void) | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#backoff = new Backoff(this.#random);
    this.#environment = options.environment === undefined ? pageEnvironment() : options.environment;
    this.#liveness = new Liveness({
      quiet: options.quiet,
      ping: () => this.send({ kind: "ping", echo: PROBE_ECHO }),
      onLost: () => this.#lose(),
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** False only when the machine knows that it has no network. */
  get online(): boolean {
    return this.#environment?.online ?? true;
  }

  /** Milliseconds since the server was heard; 0 while not live. A server speaks at least four times a second. */
  silenceMs(nowMs: number = performance.now()): number {
    return this.#state.name === "live" ? this.#liveness.silenceMs(nowMs) : 0;
  }

  /** Connect for the first time, or again after `closed`; what there was before is let go. */
  open(): void {
    this.#release();
    this.#backoff.reset();
    this.#stopListening ??= this.#environment?.listen((event) => this.#notice(event)) ?? null;
    const attempt = this.#attempt;
    this.#enter({ name: "connecting" });
    if (attempt === this.#attempt) this.#connect(); // unless whoever was told has closed it already
  }

  /** Send a message; false when the connection is not live, for nothing is queued for later. */
  send(message: ClientMessage): boolean {
    if (this.#state.name !== "live" || this.#socket?.readyState !== 1) return false;
    this.#write(this.#socket, message);
    return true;
  }

  /** Somebody does not want to wait for the next attempt: it begins now, and the attempts' end is put off. */
  retryNow(): boolean {
    if (this.#state.name !== "reconnecting") return false;
    this.#backoff.reset();
    if (this.#waiting) this.#retryIn(0, this.#state.attempt);
    return true;
  }

  /** End it from this side, for good. Nothing happens after the end: it stays what it was. */
  close(code = 1000, reason = "normal"): void {
    if (this.#state.name === "closed") return;
    this.#release(code);
    this.#shut(code, reason, false);
  }

  // --- an attempt --------------------------------------------------------------------------------------------------

  #connect(movedTo?: string): void {
    const attempt = ++this.#attempt;
    this.#waiting = false;
    this.#followed = movedTo !== undefined;
    this.#closing = null;
    this.#alarm.set(WELCOME_TIMEOUT_MS, () => this.#lose());
    try {
      const address = movedTo ?? this.#options.address();
      const hello = this.#options.hello?.();
      if (typeof address === "string" && !(hello && "then" in hello)) {
        this.#openSocket(address, hello);
        return;
      }
      Promise.all([address, hello]).then(
        ([address, hello]) => this.#whileCurrent(attempt, () => this.#openSocket(address, hello)),
        (fault) => this.#fail(fault, attempt),
      );
    } catch (fault) {
      this.#fail(fault, attempt);
    }
  }

  #whileCurrent(attempt: number, act: () => void): void {
    if (attempt !== this.#attempt) return;
    try {
      act();
    } catch (fault) {
      this.#fail(fault, attempt);
    }
  }

  #openSocket(address: string, hello: Hello | undefined): void {
    const { openSocket } = this.#options;
    const socket = openSocket ? openSocket(address, SUBPROTOCOL) : new WebSocket(address, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    if (hello) socket.onopen = () => this.#write(socket, hello);
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#end(event.code, event.reason);
  }

  #fail(fault: unknown, attempt: number): void {
    if (attempt !== this.#attempt) return;
    this.#options.onFault?.(fault);
    if (attempt === this.#attempt) this.#lose(); // unless whoever was told has closed it
  }

  #write(socket: WebSocket, message: ClientMessage): void {
    const bytes = encodeClientMessage(message);
    socket.send(bytes);
    this.traffic.messagesOut += 1;
    this.traffic.bytesOut += bytes.byteLength;
  }

  #receive(received: unknown): void {
    let message: ServerMessage;
    try {
      const bytes = new Uint8Array(received as ArrayBuffer);
      this.traffic.messagesIn += 1;
      this.traffic.bytesIn += bytes.byteLength;
      message = decodeServerMessage(bytes);
    } catch {
      // A server that sends garbage is as good as gone. Before the welcome it may be of another version: it closes with 4006,
      // and what it says before need not be readable here.
      if (this.#state.name === "live") this.#lose();
      return;
    }
    this.#liveness.hear(message.kind === "pong" && message.echo === PROBE_ECHO);
    if (message.kind === "closing") this.#closing = message;
    if (this.#state.name === "live") this.#options.onMessage(message);
    else this.#receiveFirst(message);
    // Not when the socket has ended: that takes another round trip. Whoever was told may have closed it.
    if (message.kind === "closing" && message === this.#closing) this.#follow(message);
  }

  /** The lobby has its list for a welcome. */
  #receiveFirst(message: ServerMessage): void {
    if (message.kind === "welcome" || message.kind === "listed") this.#receiveWelcome(message);
    else this.#options.onMessage(message);
    // The same hello again would have the same answer, however often.
    if (message.kind === "error" && !isRetryable(message.code)) this.close(BAD_MESSAGES, message.reason);
  }

  #receiveWelcome(message: ServerMessage): void {
    const attempt = this.#attempt;
    this.#alarm.clear();
    this.#liveSinceMs = performance.now();
    try {
      this.#options.onMessage(message); // whoever hears of "live" finds the session ready
    } catch (fault) {
      this.#lose(); // a welcome that cannot be used is none; the fault itself is for the console
      throw fault;
    }
    if (attempt !== this.#attempt) return; // whoever was told has closed it
    this.#liveness.start();
    this.#enter({ name: "live" });
  }

  /** The session is at another node: go there at once. If that fails, it is the usual address again, after the usual wait. */
  #follow({ code, url = "" }: Closing): void {
    const wasLive = this.#state.name === "live";
    const liveMs = wasLive ? performance.now() - this.#liveSinceMs : 0;
    const lawful = this.#socket?.url.startsWith("wss:") ? /^wss:/i : /^wss?:/i; // what was encrypted stays so
    if (code !== MOVED || !lawful.test(url) || (this.#followed && liveMs < SETTLED_MS)) return;
    this.#backoff.noteLife(liveMs);
    this.#release();
    const attempt = this.#attempt;
    if (wasLive) this.#enter({ name: "reconnecting", attempt: 0, retryInMs: 0, retryAtMs: performance.now() });
    if (attempt === this.#attempt) this.#connect(url); // unless whoever was told has closed it
  }

  // --- news of the network and the page ----------------------------------------------------------------------------

  #notice(event: EnvironmentEvent): void {
    if (this.#state.name === "live") this.#doubt();
    else this.#hurry(event);
    if (event === "online" || event === "offline") this.#options.onNetwork?.(event === "online");
  }

  /** Ask a live connection whether it still is one. */
  #doubt(): void {
    if (this.#socket?.readyState === 1) this.#liveness.probe();
    else this.#lose(); // a page that was put away may never have been told of the close
  }

  /** The next attempt can come sooner now. */
  #hurry(event: EnvironmentEvent): void {
    if (event === "offline") return;
    let dueMs = this.#state.name === "reconnecting" ? this.#state.retryAtMs : Number.POSITIVE_INFINITY;
    if (event === "online") this.#backoff.reset(); // what failed before says nothing now
    if (!this.#waiting) {
      // An attempt is under way. One that began without a network may hang for long in its first packet: begin it again.
      if (event !== "online" || (this.#socket?.readyState ?? 0) !== 0) return;
      this.#release();
      dueMs = Number.POSITIVE_INFINITY;
    }
    const retryInMs = this.#random() * PROMPT_MS;
    if (performance.now() + retryInMs >= dueMs) return;
    this.#retryIn(retryInMs, this.#state.name === "reconnecting" ? this.#state.attempt : null);
  }

  // --- the end of an attempt or of a socket ------------------------------------------------------------------------

  /** The socket is of no use any more, whatever it may say later. */
  #lose(): void {
    this.#end(GAVE_UP, "");
  }

  #end(code: number, reason: string): void {
    if (this.#state.name === "live") this.#backoff.noteLife(performance.now() - this.#liveSinceMs);
    const closing = this.#closing;
    const told = code === GAVE_UP ? closing : null;
    this.#release();
    const last = told?.code ?? code;
    const retryable = mayRetry(last, closing);
    // Only time awake counts for the attempts' end: after a night of sleep they begin, they do not end.
    const retryInMs = retryable ? this.#backoff.next(performance.now() - this.#alarm.sleptMs) : null;
    if (retryInMs === null) this.#shut(last, told?.reason ?? reason, retryable);
    else this.#retryIn(retryInMs, this.#backoff.attempts);
  }

  /** Wait, then connect. `attempt` is what the state says; null leaves the state as it is. */
  #retryIn(retryInMs: number, attempt: number | null): void {
    this.#waiting = true;
    this.#alarm.set(retryInMs, () => this.#connect());
    if (attempt === null) return;
    this.#enter({ name: "reconnecting", attempt, retryInMs, retryAtMs: performance.now() + retryInMs });
  }

  #shut(code: number, reason: string, retryable: boolean): void {
    this.#stopListening?.();
    this.#stopListening = null;
    this.#enter({ name: "closed", code, reason, retryable });
  }

  /** Let go of everything that could still call back: socket, timers, promises under way. */
  #release(code?: number): void {
    this.#attempt += 1;
    this.#waiting = false;
    this.#closing = null;
    this.#alarm.clear();
    this.#liveness.stop();
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
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
