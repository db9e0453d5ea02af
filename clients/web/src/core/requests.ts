/**
 * Requests: each is answered by a reply with its id, or given up.
 *
 * One made while the connection is away waits for it, in order, bounded, and no longer than it would have waited for
 * its answer. One that was sent when the connection broke is given up as `lost`: whether it was done nobody knows, and
 * it is never sent twice.
 */

import { ERROR_CODES, type Reply, type Request, type Revise, type Say } from "../generated/protocol.ts";
import type { ConnectionState } from "./connection.ts";

const TIMEOUT_MS = 5000;
const MOST_QUEUED = 32; // beyond, a request is refused as `queue_full`

/**
 * The server said no, or nothing: `reason` is the machine-readable word. The server's own have a `code` from 1 on; from
 * this side, with code -1, come `lost` (the connection went), `timeout`, `queue_full` and `closed` (it will not come back).
 */
export class Refused extends Error {
  readonly code: number;
  readonly reason: string;
  readonly retryable: boolean;
  /** When it can succeed, if the server said so. */
  readonly retryAfterMs: number | null;

  constructor(code: number, reason: string, retryable: boolean, retryAfterMs: number | null = null) {
    super(reason);
    this.name = "Refused";
    this.code = code;
    this.reason = reason;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What is answered by a reply: a request, or what is said in the chat. Each gets its id here. */
export type Question = Omit<Request, "id"> | Omit<Say, "id"> | Omit<Revise, "id">;
type Asked = Request | Say | Revise;

export interface AskOptions {
  /** How long to wait in all, from now, for the connection and for the answer. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** Whether to wait for a connection that is away, rather than to be refused as `lost` at once. Default true. */
  readonly queue?: boolean | undefined;
}

interface Waiting {
  readonly question: Asked;
  sent: boolean;
  resolve(tick: number): void;
  reject(error: Refused): void;
  timer: ReturnType<typeof setTimeout>;
}

export class Requests {
  readonly #waiting = new Map<number, Waiting>(); // by id, and so in the order in which they were asked
  readonly #send: (question: Asked) => boolean;
  #queued = 0;
  #closed = false;
  #lastId = 0;

  /** `send` answers whether it was sent; it is not while the connection is away. */
  constructor(send: (question: Asked) => boolean) {
    this.#send = send;
  }

  /** How many wait for the connection. */
  get queued(): number {
    return this.#queued;
  }

  /** Resolves to the tick in which it was done, rejects with `Refused`. */
  ask(given: Question, { timeoutMs = TIMEOUT_MS, queue = true }: AskOptions = {}): Promise<number> {
    const question: Asked = { ...given, id: ++this.#lastId };
    if (this.#closed) return Promise.reject(new Refused(-1, "closed", false));
    const sent = this.#queued === 0 && this.#send(question); // never past one that waits
    if (!sent && !queue) return Promise.reject(new Refused(-1, "lost", true));
    if (!sent && this.#queued >= MOST_QUEUED) return Promise.reject(new Refused(-1, "queue_full", true));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(question.id, "timeout"), timeoutMs);
      this.#waiting.set(question.id, { question, sent, resolve, reject, timer });
      if (!sent) this.#queued += 1;
    });
  }

  receive(reply: Reply): void {
    const waiting = this.#settle(reply.id);
    if (reply.code === 0) waiting?.resolve(reply.tick);
    else waiting?.reject(new Refused(reply.code, reply.reason, isRetryable(reply.code), reply.retryAfterMs || null));
  }

  /** The connection is in another state: send what waits, give up what has no answer, or all. */
  follow(state: ConnectionState["name"]): void {
    this.#closed = state === "closed";
    if (state === "live") this.#sendQueued();
    else this.abandon();
    if (state === "closed") for (const id of [...this.#waiting.keys()]) this.#giveUp(id, "closed");
  }

  /** The socket is gone: what was sent on it will have no reply. */
  abandon(): void {
    for (const [id, { sent }] of [...this.#waiting]) if (sent) this.#giveUp(id, "lost");
  }

  #sendQueued(): void {
    for (const waiting of this.#waiting.values()) {
      if (waiting.sent) continue;
      if (!this.#send(waiting.question)) return;
      waiting.sent = true;
      this.#queued -= 1;
    }
  }

  #giveUp(id: number, reason: "lost" | "timeout" | "closed"): void {
    this.#settle(id)?.reject(new Refused(-1, reason, reason !== "closed"));
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    if (!waiting.sent) this.#queued -= 1;
    return waiting;
  }
}

/** Whether a refusal with this code may be none later. */
export function isRetryable(code: number): boolean {
  return (ERROR_CODES as Record<number, { retryable: boolean }>)[code]?.retryable ?? false;
}
