/** What is told of ourselves besides lines, no more often than it is worth: that we are writing, and what we have read. */

import type { Read, Typing } from "../generated/protocol.ts";

type Post = (message: Typing | Read) => boolean;

// The server forgets who writes after 5 s: the next word of it comes before, and so does the last.
const TYPING_AGAIN_MS = 2000;
const IDLE_MS = 2500;
const READ_EVERY_MS = 1000;

/** That we are writing. It ends by itself when nothing more is typed. */
export class OwnTyping {
  readonly #post: Post;
  #channel: number | null = null;
  #toldAtMs = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(post: Post) {
    this.#post = post;
  }

  /** Called at each key, if one likes. */
  go(channel: number): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stop(), IDLE_MS);
    const now = performance.now();
    if (this.#channel === channel && now - this.#toldAtMs < TYPING_AGAIN_MS) return;
    if (!this.#post({ kind: "typing", channel, on: true })) return; // away: nobody is told, and the next key tries again
    this.#channel = channel;
    this.#toldAtMs = now;
  }

  /** Nothing is being written, and the others are told. */
  stop(): void {
    const channel = this.#channel;
    this.forget();
    if (channel !== null) this.#post({ kind: "typing", channel, on: false });
  }

  /** The same when they know it anyway: it has been said, or the connection is gone. */
  forget(): void {
    clearTimeout(this.#idle);
    this.#channel = null;
  }
}

/** Up to which line we have read; told at once, and then again after a while. */
export class OwnReading {
  readonly #post: Post;
  #upTo = 0;
  #told = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(post: Post) {
    this.#post = post;
  }

  get upTo(): number {
    return this.#upTo;
  }

  /** The server knows this already. */
  know(message: number): void {
    this.#upTo = Math.max(this.#upTo, message);
    this.#told = Math.max(this.#told, message);
  }

  /** Whether it is news. */
  mark(message: number): boolean {
    if (message <= this.#upTo) return false;
    this.#upTo = message;
    this.tell();
    return true;
  }

  /** Tell what has not been told: now, or when it is time. */
  tell(): void {
    clearTimeout(this.#timer);
    if (this.#upTo <= this.#told) return;
    const waitMs = this.#toldAtMs + READ_EVERY_MS - performance.now();
    if (waitMs > 0) this.#timer = setTimeout(() => this.tell(), waitMs);
    else if (this.#post({ kind: "read", message: this.#upTo })) {
      this.#told = this.#upTo;
      this.#toldAtMs = performance.now();
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
