/** A message every so often, and the conclusion when nothing comes back. */

import { DEFAULT_HEARTBEAT, type HeartbeatOptions } from "./options.ts";

const ASLEEP_MS = 1000; // a timer that is late by this much means that the page slept, or was busy

export class Heartbeat {
  readonly #options: Required<HeartbeatOptions>;
  readonly #send: (message: unknown) => void;
  readonly #onStale: () => void;
  #beatTimer: ReturnType<typeof setTimeout> | undefined;
  #answerTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: HeartbeatOptions, send: (message: unknown) => void, onStale: () => void) {
    this.#options = { ...DEFAULT_HEARTBEAT, ...options };
    this.#send = send;
    this.#onStale = onStale;
  }

  /** The connection is open: beat from now on. */
  start(): void {
    this.stop();
    this.#beatTimer = setTimeout(() => this.beat(), this.#options.everyMs);
  }

  stop(): void {
    clearTimeout(this.#beatTimer);
    this.noteAnswer();
  }

  /** Beat now, and again after the usual time: on doubt, as when the network changed. */
  beat(): void {
    clearTimeout(this.#beatTimer);
    this.#beatTimer = setTimeout(() => this.beat(), this.#options.everyMs);
    const { message, timeoutMs } = this.#options;
    this.#send(typeof message === "function" ? (message as () => unknown)() : message);
    if (timeoutMs !== null && this.#answerTimer === undefined) this.#awaitAnswer(timeoutMs);
  }

  /** Anything came. */
  noteAnswer(): void {
    clearTimeout(this.#answerTimer);
    this.#answerTimer = undefined;
  }

  #awaitAnswer(timeoutMs: number): void {
    const dueMs = performance.now() + timeoutMs;
    this.#answerTimer = setTimeout(() => {
      this.#answerTimer = undefined;
      // After a sleep this timer may run before the messages that have come meanwhile: ask once more.
      if (performance.now() - dueMs > ASLEEP_MS) this.beat();
      else this.#onStale();
    }, timeoutMs);
  }
}
