/** Requests under way: each is answered by a reply with its id, or given up. */

import { ERROR_CODES, type Reply, type Request } from "../generated/protocol.ts";

const TIMEOUT_MS = 5000;

/** The server said no, or nothing: `reason` is the machine-readable word, `lost` when the connection went. */
export class Refused extends Error {
  readonly code: number;
  readonly reason: string;
  readonly retryable: boolean;

  constructor(code: number, reason: string, retryable: boolean) {
    super(reason);
    this.name = "Refused";
    this.code = code;
    this.reason = reason;
    this.retryable = retryable;
  }
}

interface Waiting {
  resolve(tick: number): void;
  reject(error: Refused): void;
  timer: ReturnType<typeof setTimeout>;
}

export class Requests {
  readonly #waiting = new Map<number, Waiting>();
  readonly #send: (request: Request) => boolean;
  #lastId = 0;

  constructor(send: (request: Request) => boolean) {
    this.#send = send;
  }

  /** Ask for an action; resolves to the tick in which it was done, rejects with `Refused`. */
  ask(action: string, given: readonly number[]): Promise<number> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (!this.#send({ kind: "request", id, action, arguments: [...given] })) {
        reject(new Refused(-1, "lost", true));
        return;
      }
      const timer = setTimeout(() => this.#settle(id)?.reject(new Refused(-1, "timeout", true)), TIMEOUT_MS);
      this.#waiting.set(id, { resolve, reject, timer });
    });
  }

  receive(reply: Reply): void {
    const waiting = this.#settle(reply.id);
    if (reply.code === 0) waiting?.resolve(reply.tick);
    else waiting?.reject(new Refused(reply.code, reply.reason, isRetryable(reply.code)));
  }

  /** The connection is gone, and no reply will come. */
  abandon(): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(new Refused(-1, "lost", true));
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    clearTimeout(waiting?.timer);
    this.#waiting.delete(id);
    return waiting;
  }
}

function isRetryable(code: number): boolean {
  return (ERROR_CODES as Record<number, { retryable: boolean }>)[code]?.retryable ?? false;
}
