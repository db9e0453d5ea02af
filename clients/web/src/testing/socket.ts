/** A WebSocket that is connected to nothing: the client holds one end of it, and the test the other. */

import type { ServerMessage } from "../core/codec.ts";
import type { ClientMessage } from "../generated/protocol.ts";
import { decodeClientMessage, encodeServerMessage } from "./wire.ts";

/** How a socket was closed by the client. `code` is 1005 when it gave none (RFC 6455, 7.1.5). */
export interface ClientClose {
  readonly code: number;
  readonly reason: string;
}

/** `CloseEvent`, which not every JavaScript engine outside of browsers has. */
export class MockCloseEvent extends Event implements CloseEvent {
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;

  constructor(code: number, reason: string) {
    super("close");
    this.code = code;
    this.reason = reason;
    this.wasClean = code !== 1006;
  }
}

/**
 * A `WebSocket` for tests. It can stand wherever one is expected, without a cast.
 *
 * The client's end is that of the WebSocket standard: `readyState`, `binaryType`, `send`, `close`, `on...`, events. Like
 * the real one it begins as CONNECTING, throws when it is written to before it is open, and tells of a `close()` later
 * (in a microtask, so that faked timers do not hold it up).
 *
 * The server's end is what the test calls: `accept`, `say`, `drop`. These tell the client at once, before they return, and
 * what its `on...` handlers throw comes out of them.
 */
export class MockSocket extends EventTarget implements WebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;

  readonly url: string;
  /** The subprotocol asked for (the first, if several). */
  readonly protocol: string;
  readonly extensions = "";
  readonly bufferedAmount = 0;
  binaryType: BinaryType = "blob";
  onopen: ((this: WebSocket, event: Event) => unknown) | null = null;
  onmessage: ((this: WebSocket, event: MessageEvent) => unknown) | null = null;
  onerror: ((this: WebSocket, event: Event) => unknown) | null = null;
  onclose: ((this: WebSocket, event: CloseEvent) => unknown) | null = null;

  /** When it was asked for, by `performance.now()`. */
  readonly madeAtMs = performance.now();
  /** Binary messages that the client sent, oldest first. */
  readonly sentBytes: Uint8Array<ArrayBuffer>[] = [];
  /** Text messages that the client sent, oldest first. */
  readonly sentTexts: string[] = [];
  /** How the client closed it; null while it has not. */
  closedByClient: ClientClose | null = null;
  /** Told of each message of the client, when it has been kept. For whoever answers by itself, as `MockServer` does. */
  onSent: ((message: string | Uint8Array<ArrayBuffer>) => void) | null = null;
  #readyState: 0 | 1 | 2 | 3 = 0;

  constructor(url: string | URL, protocols: string | readonly string[] = []) {
    super();
    this.url = String(url);
    this.protocol = (typeof protocols === "string" ? protocols : protocols[0]) ?? "";
  }

  // --- the client's end --------------------------------------------------------------------------------------------

  get readyState(): 0 | 1 | 2 | 3 {
    return this.#readyState;
  }

  send(message: BufferSource | Blob | string): void {
    if (this.#readyState === 0) throw new DOMException("Still in CONNECTING state", "InvalidStateError");
    if (this.#readyState !== 1) return; // as the standard has it: dropped without a word
    if (message instanceof Blob) throw new TypeError("MockSocket takes text, an ArrayBuffer or a view, no Blob");
    const kept = typeof message === "string" ? message : copyBytes(message);
    if (typeof kept === "string") this.sentTexts.push(kept);
    else this.sentBytes.push(kept);
    this.onSent?.(kept);
  }

  close(code?: number, reason = ""): void {
    if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999)) {
      throw new DOMException("The code must be 1000, or 3000 to 4999", "InvalidAccessError");
    }
    if (this.#readyState > 1) return;
    const wasOpen = this.#readyState === 1;
    this.closedByClient = { code: code ?? 1005, reason };
    this.#readyState = 2;
    // Not queueMicrotask, which a test may have faked.
    void Promise.resolve().then(() => this.#end(wasOpen ? (code ?? 1005) : 1006, wasOpen ? reason : ""));
  }

  override addEventListener<K extends keyof WebSocketEventMap>(
    type: K,
    listener: (this: WebSocket, event: WebSocketEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: unknown, options?: boolean | AddEventListenerOptions): void {
    super.addEventListener(type, listener as EventListener | null, options);
  }

  override removeEventListener<K extends keyof WebSocketEventMap>(
    type: K,
    listener: (this: WebSocket, event: WebSocketEventMap[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(type: string, listener: unknown, options?: boolean | EventListenerOptions): void {
    super.removeEventListener(type, listener as EventListener | null, options);
  }

  // --- the server's end --------------------------------------------------------------------------------------------

  /** The handshake succeeds: the socket is open. Nothing happens unless it was connecting. */
  accept(): void {
    if (this.#readyState !== 0) return;
    this.#readyState = 1;
    this.#tell("onopen", new Event("open"));
  }

  /** A message of Tickroom's protocol comes. */
  say(message: ServerMessage): void {
    this.sayBytes(encodeServerMessage(message));
  }

  /** A text message comes. */
  sayText(text: string): void {
    this.#deliver(text);
  }

  /** A binary message comes, as `binaryType` has it. */
  sayBytes(bytes: Uint8Array): void {
    const copy = copyBytes(bytes);
    this.#deliver(this.binaryType === "blob" ? new Blob([copy]) : copy.buffer);
  }

  /** The server closes it, or with 1006 (the default) it breaks, or is refused when it was not open yet. */
  drop(code = 1006, reason = ""): void {
    this.#end(code, reason);
  }

  /** The messages of Tickroom's protocol that the client sent, oldest first. Throws MalformedMessage for what is none. */
  get sent(): ClientMessage[] {
    return this.sentBytes.map(decodeClientMessage);
  }

  /** Those of one kind: `socket.sentOfKind("request").at(-1)?.action`. */
  sentOfKind<Kind extends ClientMessage["kind"]>(kind: Kind): Extract<ClientMessage, { kind: Kind }>[] {
    return this.sent.filter((message): message is Extract<ClientMessage, { kind: Kind }> => message.kind === kind);
  }

  // A real socket, too, delivers nothing before it is open, and nothing after its end.
  #deliver(message: string | ArrayBuffer | Blob): void {
    if (this.#readyState === 1) this.#tell("onmessage", new MessageEvent("message", { data: message }));
  }

  #end(code: number, reason: string): void {
    if (this.#readyState === 3) return; // the other end was quicker
    this.#readyState = 3;
    if (code === 1006) this.#tell("onerror", new Event("error"));
    this.#tell("onclose", new MockCloseEvent(code, reason));
  }

  #tell(handler: "onopen" | "onmessage" | "onerror" | "onclose", event: Event): void {
    const handlers: Record<string, Handler | null> = this as unknown as Record<string, Handler | null>;
    const own = handlers[handler] ?? null;
    // Some DOMs for tests (happy-dom) call `on...` in dispatchEvent, some do not: none finds it there, and it is called once.
    handlers[handler] = aside;
    this.dispatchEvent(event); // first, for it gives the event its target
    if (handlers[handler] === aside) handlers[handler] = own;
    handlers[handler]?.call(this, event);
  }
}

function copyBytes(bytes: ArrayBufferLike | ArrayBufferView): Uint8Array<ArrayBuffer> {
  const view = ArrayBuffer.isView(bytes)
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    : new Uint8Array(bytes);
  return Uint8Array.from(view);
}

type Handler = (this: WebSocket, event: Event) => unknown;

/** Stands in for a handler while an event is dispatched. */
function aside(): void {}
