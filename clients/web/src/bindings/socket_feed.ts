/** `useWebSocket` without the framework: one reconnecting socket at a time, and what is shown of it. */

import {
  ReconnectingSocket,
  type SendOutcome,
  type SocketAddress,
  type SocketError,
  type SocketOptions,
} from "../websocket/index.ts";
import { Cell, type Reading, shallowEqual } from "./reading.ts";

export interface WebSocketOptions<T = unknown> extends Omit<SocketOptions<T>, "url"> {
  /** Connect by itself. Default true; else `connect` does. */
  readonly immediate?: boolean;
  /** Keep what came last in `lastMessage`. Default true; false where messages are many, and `onMessage` takes them. */
  readonly keepLast?: boolean;
}

export interface WebSocketView<T = unknown> {
  readonly isConnected: boolean;
  readonly isConnecting: boolean;
  /** Null before the first. */
  readonly lastMessage: T | null;
  /** What went wrong last; null again once connected. */
  readonly error: SocketError | null;
  /** Which attempt to reconnect is due or under way, from 1; else 0. */
  readonly attempt: number;
}

export interface WebSocketActions {
  /** Text and binary as they are, all else as JSON. Without an address: `refused`. */
  readonly sendMessage: (message: unknown) => SendOutcome;
  readonly connect: () => void;
  readonly disconnect: (code?: number, reason?: string) => void;
}

const OFF = { isConnected: false, isConnecting: false, lastMessage: null, error: null, attempt: 0 } as const;

export class SocketFeed<T> implements Reading<WebSocketView<T>> {
  /** Those of now: handlers and address are looked up when they are needed, the rest when a socket is made. */
  options: WebSocketOptions<T> = {};
  address: SocketAddress | null = null;
  readonly #view = new Cell<WebSocketView<T>>(OFF);
  #socket: ReconnectingSocket<T> | null = null;

  readonly read = (): WebSocketView<T> => this.#view.read();
  readonly subscribe = (changed: () => void): (() => void) => this.#view.subscribe(changed);

  readonly actions: WebSocketActions = {
    sendMessage: (message) => this.#socket?.send(message) ?? "refused",
    connect: () => this.#socket?.connect(),
    // As the handler of a click it is given the click, which is no code to close with.
    disconnect: (code, reason) =>
      typeof code === "number" ? this.#socket?.disconnect(code, reason) : this.#socket?.disconnect(),
  };

  /** A socket to the address of now; the answer ends it, and what it had queued is not for the next one. */
  readonly start = (): (() => void) => {
    if (this.address === null) return () => {};
    const socket = new ReconnectingSocket<T>(this.#socketOptions());
    this.#socket = socket;
    socket.subscribe(() => this.#look(socket));
    if (this.options.immediate ?? true) socket.connect();
    return () => {
      socket.dispose();
      this.#socket = null;
      this.#show(OFF);
    };
  };

  #socketOptions(): SocketOptions<T> {
    const first = this.address ?? "";
    return {
      ...this.options,
      url: typeof first === "string" ? first : () => (typeof this.address === "function" ? this.address() : first()),
      onOpen: (opened) => this.options.onOpen?.(opened),
      onMessage: (message) => {
        if (this.options.keepLast ?? true) this.#show({ ...this.read(), lastMessage: message });
        this.options.onMessage?.(message);
      },
      onClose: (close) => this.options.onClose?.(close),
      onError: (error) => this.options.onError?.(error),
      onReconnect: (retry) => this.options.onReconnect?.(retry),
      onGiveUp: (close) => this.options.onGiveUp?.(close),
    };
  }

  #look(socket: ReconnectingSocket<T>): void {
    const { phase, error, attempt } = socket.state;
    this.#show({ ...this.read(), isConnected: phase === "open", isConnecting: phase === "connecting", error, attempt });
  }

  #show(view: WebSocketView<T>): void {
    if (!shallowEqual(this.read(), view)) this.#view.set(view);
  }
}
