/** What waits to be sent: bounded, in order. */

import { DEFAULT_QUEUE, type QueueOptions } from "./options.ts";

/** What a WebSocket takes. */
export type Payload = string | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob;

export class Outbox {
  readonly #limit: number;
  #waiting: Payload[] = [];

  constructor(options: QueueOptions) {
    const { limit, whileDisconnected } = { ...DEFAULT_QUEUE, ...options };
    this.#limit = whileDisconnected ? limit : 0;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Keep it for later; false when full. What came first stays: nothing that was promised to go is dropped. */
  put(payload: Payload): boolean {
    if (this.#waiting.length >= this.#limit) return false;
    this.#waiting.push(copied(payload));
    return true;
  }

  /** Hand them on in order, for as long as `send` answers true. */
  flush(send: (payload: Payload) => boolean): void {
    while (this.#waiting.length > 0 && send(this.#waiting[0]!)) this.#waiting.shift();
  }

  clear(): void {
    this.#waiting = [];
  }
}

/** Text and binary as they are, all else as JSON. A TypeError where there is no JSON for it. */
export function toPayload(message: unknown): Payload {
  if (typeof message === "string" || message instanceof ArrayBuffer || message instanceof Blob) return message;
  if (ArrayBuffer.isView(message)) return message as ArrayBufferView<ArrayBuffer>;
  const text = JSON.stringify(message) as string | undefined;
  if (text === undefined) throw new TypeError(`there is no JSON for ${typeof message}`);
  return text;
}

/** A WebSocket takes what a buffer holds when it is given; so does a queue. */
function copied(payload: Payload): Payload {
  if (payload instanceof ArrayBuffer) return payload.slice(0);
  if (!ArrayBuffer.isView(payload)) return payload;
  return payload.buffer.slice(payload.byteOffset, payload.byteOffset + payload.byteLength);
}
