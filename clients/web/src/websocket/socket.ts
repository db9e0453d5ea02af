/**
 * A WebSocket that comes back by itself, for any server. No framework.
 *
 *     const socket = new ReconnectingSocket({ url: "wss://example.test/chat", onMessage: console.log });
 *     socket.connect();
 *     socket.send({ type: "hello" });   // queued until open
 *     socket.dispose();
 *
 * Its life:  idle -> connecting -> open -> waiting -> connecting ...  and from each of them -> closed.
 */

import { type Environment, pageEnvironment } from "../core/environment.ts";
import { Heartbeat } from "./heartbeat.ts";
import { DEFAULT_OPEN_TIMEOUT_MS, DEFAULT_QUEUE, DEFAULT_STOP_CODES, type SocketOptions } from "./options.ts";
import { Outbox, type Payload, toPayload } from "./outbox.ts";
import { Retry } from "./retry.ts";
import { type SocketClose, SocketError, type SocketState } from "./state.ts";

/** `sent`: given to the WebSocket. `queued`: goes when open. `refused`: lost, for a queue is full or there is none. */
export type SendOutcome = "sent" | "queued" | "refused";

const OPEN = 1; // WebSocket.OPEN, where there may be no global WebSocket
const NORMAL = 1000;
const NO_CODE = 1005; // RFC 6455, 7.1.5: closed as it should be, without a reason
const ABNORMAL: SocketClose = { code: 1006, reason: "", wasClean: false }; // RFC 6455, 7.1.5: no close frame was seen
const PROMPT_MS = 1000; // the network is back for a whole building at once: they spread over this long
const IDLE: SocketState = { phase: "idle", attempt: 0, retryInMs: null, close: null, error: null };

export class ReconnectingSocket<T = unknown> {
  readonly #options: SocketOptions<T>;
  readonly #retry: Retry;
  readonly #heartbeat: Heartbeat | null;
  readonly #outbox: Outbox;
  readonly #environment: Environment | null;
  readonly #random: () => number;
  readonly #watchers = new Set<() => void>();
  #state = IDLE;
  #socket: WebSocket | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined; // of the attempt under way, or of the next one
  #life = 0; // whatever another attempt than this one still brings is for nobody
  #stopListening: (() => void) | null = null;
  #openedAtMs = 0;
  #wasOpen = false;
  #disposed = false;

  constructor(options: SocketOptions<T>) {
    const { reconnect, heartbeat, queue, random = Math.random, environment = pageEnvironment() } = options;
    this.#options = options;
    this.#random = random;
    this.#environment = environment;
    this.#retry = new Retry(reconnect || {}, random);
    this.#outbox = new Outbox(queue ?? {});
    this.#heartbeat =
      heartbeat === null
        ? null
        : new Heartbeat(
            heartbeat ?? {},
            (message) => this.#isOpen() && this.#give(toPayload(message)), // a beat that cannot go now is of no use later
            () => this.#lose("stale"),
          );
  }

  get state(): SocketState {
    return this.#state;
  }

  /** Messages that go when the connection is open. */
  get queued(): number {
    return this.#outbox.size;
  }

  /** Call `changed` after each change of `state`; the answer ends that. */
  subscribe(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => this.#watchers.delete(changed);
  }

  /** Connect now: for the first time, without waiting for the next attempt, or after the end. */
  connect(): void {
    const { phase } = this.#state;
    if (this.#disposed || phase === "connecting" || phase === "open") return;
    if (phase !== "waiting") this.#wasOpen = false;
    this.#retry.reset();
    this.#stopListening ??= this.#environment?.listen(() => this.#look()) ?? null;
    this.#attempt(0);
  }

  /**
   * Send text and binary as they are, all else as JSON.
   *
   * Raises: TypeError where there is no JSON for it.
   */
  send(message: unknown): SendOutcome {
    const payload = toPayload(message);
    if (this.#disposed) return "refused";
    if (!this.#isOpen()) return this.#outbox.put(payload) ? "queued" : "refused";
    const most = this.#options.queue?.unsentBytes ?? DEFAULT_QUEUE.unsentBytes;
    if (this.#socket!.bufferedAmount > most) return "refused";
    return this.#give(payload) ? "sent" : "refused";
  }

  /** End it from this side, with no reconnect. What is queued stays for the next `connect`. */
  disconnect(code = NORMAL, reason = ""): void {
    if (code !== NORMAL && (code < 3000 || code > 4999)) throw new RangeError(`a page may not close with ${code}`);
    const { phase } = this.#state;
    if (this.#disposed || phase === "idle" || phase === "closed") return;
    this.#release(code, reason);
    this.#end({ code, reason, wasClean: true }, null);
    if (phase === "open") this.#options.onClose?.({ code, reason, wasClean: true });
  }

  /** End it for good and keep nothing: no timer, no listener, no message. No handler is called any more. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#watchers.clear();
    this.#outbox.clear();
    this.#release(NORMAL);
    this.#end(this.#state.close, null);
  }

  // --- an attempt --------------------------------------------------------------------------------------------------

  #attempt(attempt: number): void {
    clearTimeout(this.#timer);
    const life = ++this.#life;
    const { url, openTimeoutMs } = this.#options;
    this.#timer = setTimeout(() => this.#lose("timeout"), openTimeoutMs ?? DEFAULT_OPEN_TIMEOUT_MS);
    this.#enter({ ...(attempt === 0 ? IDLE : this.#state), phase: "connecting", attempt, retryInMs: null });
    // Always a moment later, also where the address is plain: whoever ends it at once, as React's StrictMode does,
    // has opened nothing.
    new Promise<string>((resolve) => resolve(typeof url === "function" ? url() : url)).then(
      (address) => life === this.#life && this.#open(address),
      (cause: unknown) => life === this.#life && this.#lose("address", cause),
    );
  }

  #open(address: string): void {
    const { protocols = [], openSocket } = this.#options;
    let socket: WebSocket;
    try {
      const wanted = [protocols].flat() as string[];
      socket = openSocket?.(address, wanted) ?? new WebSocket(address, wanted);
    } catch (cause) {
      this.#lose("address", cause);
      return;
    }
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.#opened();
    socket.onmessage = (event) => this.#receive(event.data);
    // Not `onerror`: it says nothing that the close event after it does not, and not every drop has one.
    socket.onclose = ({ code, reason, wasClean }) => {
      if (code === ABNORMAL.code) this.#lose("failed");
      else this.#lost({ code, reason, wasClean });
    };
    this.#socket = socket;
  }

  #opened(): void {
    clearTimeout(this.#timer);
    const again = this.#wasOpen;
    this.#wasOpen = true;
    this.#openedAtMs = performance.now();
    this.#heartbeat?.start();
    this.#enter({ ...IDLE, phase: "open" });
    try {
      this.#options.onOpen?.({ again });
    } finally {
      if (this.#isOpen()) this.#outbox.flush((payload) => this.#isOpen() && this.#give(payload));
    }
  }

  #receive(content: unknown): void {
    this.#heartbeat?.noteAnswer();
    let message = content;
    if (typeof content === "string" && !this.#options.raw) {
      try {
        message = JSON.parse(content);
      } catch (cause) {
        this.#complain(new SocketError("unreadable", cause));
        return;
      }
    }
    this.#options.onMessage?.(message as T);
  }

  // --- and its end -------------------------------------------------------------------------------------------------

  /** It broke, or we give it up, whatever it may still say. */
  #lose(reason: "address" | "timeout" | "failed" | "stale", cause?: unknown): void {
    const life = this.#life;
    this.#complain(new SocketError(reason, cause));
    if (life === this.#life) this.#lost(ABNORMAL); // unless the handler has ended it
  }

  #lost(close: SocketClose): void {
    if (this.#state.phase === "open") this.#retry.noteLife(performance.now() - this.#openedAtMs);
    this.#release();
    const life = this.#life;
    const { onClose, onReconnect, onGiveUp } = this.#options;
    const may = this.#mayReconnect(close);
    const retryInMs = may ? this.#retry.next(this.#isOffline()) : null;
    if (retryInMs === null) this.#end(close, this.#state.error);
    else this.#wait(retryInMs, close);
    onClose?.(close);
    if (life !== this.#life) return; // the handler has done something else
    if (retryInMs !== null) onReconnect?.({ attempt: this.#state.attempt, retryInMs });
    else if (may) onGiveUp?.(close);
  }

  #mayReconnect({ code }: SocketClose): boolean {
    const { url, reconnect, stopCodes = DEFAULT_STOP_CODES } = this.#options;
    if (reconnect === false || code === NORMAL || code === NO_CODE || stopCodes.includes(code)) return false;
    return typeof url === "function" || this.#state.error?.reason !== "address"; // a plain address stays what it is
  }

  #wait(retryInMs: number, close: SocketClose | null): void {
    clearTimeout(this.#timer);
    const attempt = Math.max(1, this.#retry.failures);
    this.#timer = setTimeout(() => this.#attempt(attempt), retryInMs);
    this.#enter({ ...this.#state, phase: "waiting", attempt, retryInMs, close });
  }

  #end(close: SocketClose | null, error: SocketError | null): void {
    this.#stopListening?.();
    this.#stopListening = null;
    this.#enter({ ...IDLE, phase: "closed", close, error });
  }

  /** Let the socket, the timers and the attempt under way go. */
  #release(code?: number, reason?: string): void {
    this.#life += 1;
    clearTimeout(this.#timer);
    this.#heartbeat?.stop();
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code, reason);
  }

  // --- the rest ----------------------------------------------------------------------------------------------------

  /** The network changed, or somebody looks again. That does not say what can be reached; it is a reason to look. */
  #look(): void {
    if (this.#state.phase === "open") this.#heartbeat?.beat();
    if (this.#state.phase !== "waiting" || this.#isOffline()) return;
    this.#wait(this.#random() * PROMPT_MS, this.#state.close);
  }

  /** Only where the browser knows for certain: its "online" means no more than that there is some network. */
  #isOffline(): boolean {
    return this.#environment?.online === false;
  }

  #isOpen(): boolean {
    return this.#state.phase === "open" && this.#socket?.readyState === OPEN;
  }

  #give(payload: Payload): boolean {
    this.#socket!.send(payload);
    return true;
  }

  #complain(error: SocketError): void {
    this.#enter({ ...this.#state, error });
    this.#options.onError?.(error);
  }

  #enter(state: SocketState): void {
    this.#state = state;
    for (const changed of [...this.#watchers]) changed();
  }
}
