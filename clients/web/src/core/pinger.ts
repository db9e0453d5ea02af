/** Pings: several in quick succession, for a good clock from the start, and then one a second. */

import type { Pong } from "../generated/protocol.ts";

const PING_MS = 1000;
const FIRST_PINGS = 8;
const FIRST_PING_MS = 80;
const MOST_UNANSWERED = 32;

export class Pinger {
  readonly #send: (echo: number) => boolean;
  readonly #sentMs = new Map<number, number>(); // by echo
  #timers: ReturnType<typeof setInterval>[] = [];
  #lastEcho = 0;

  /** `send` answers whether the ping was sent. */
  constructor(send: (echo: number) => boolean) {
    this.#send = send;
  }

  /** Ping from now on; what was sent on an earlier connection is forgotten. */
  start(): void {
    this.stop();
    this.ping();
    for (let count = 1; count < FIRST_PINGS; count++) {
      this.#timers.push(setTimeout(() => this.ping(), count * FIRST_PING_MS));
    }
    this.#timers.push(setInterval(() => this.ping(), PING_MS));
  }

  /** Ping no more. */
  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    this.#sentMs.clear();
  }

  /** One ping now. */
  ping(): void {
    const echo = ++this.#lastEcho;
    if (this.#sentMs.size >= MOST_UNANSWERED) this.#sentMs.clear(); // never answered
    if (this.#send(echo)) this.#sentMs.set(echo, performance.now());
  }

  /** When the ping was sent that this pong answers; null for one that is not ours. */
  receivePong({ echo }: Pong): number | null {
    const sentMs = this.#sentMs.get(echo) ?? null;
    this.#sentMs.delete(echo);
    return sentMs;
  }
}
