/** Short messages that go by themselves: who came and went, why something was refused. */

import type { ArenaSession } from "./arena_session.ts";
import { arrivalsOf, departureOf } from "./words.ts";

const SHOWN_MS = 3200;
const MOST = 3; // at once; the oldest goes first
const GATHER_MS = 500; // arrivals in such a time make one message: 30 bots are one sentence

export interface Toast {
  readonly id: number;
  readonly words: string;
  /** Stays longer than it takes to read: there is something to do with it. */
  readonly kept: boolean;
}

/** Shows a sentence, for as long as it takes to read one, or for `shownMs`. */
export type Say = (words: string, shownMs?: number) => void;

export class Toasts {
  #shown: readonly Toast[] = [];
  #lastId = 0;
  readonly #listeners = new Set<() => void>();

  /** What is shown now, oldest first. The array is a new one after each change. */
  get shown(): readonly Toast[] {
    return this.#shown;
  }

  readonly say: Say = (words, shownMs = SHOWN_MS) => {
    const id = ++this.#lastId;
    this.#set(
      [...this.#shown.filter((toast) => toast.words !== words), { id, words, kept: shownMs > SHOWN_MS }].slice(-MOST),
    );
    setTimeout(() => this.#set(this.#shown.filter((toast) => toast.id !== id)), shownMs);
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #set(shown: readonly Toast[]): void {
    this.#shown = shown;
    for (const listener of this.#listeners) listener();
  }
}

/** Say who comes and goes, until the answer is called. */
export function announcePeople(session: ArenaSession, say: (words: string) => void): () => void {
  let arrived: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stops = [
    session.on("joined", ({ member }) => {
      if (member.player === session.me?.player) return;
      arrived.push(member.nickname);
      timer ??= setTimeout(() => {
        say(arrivalsOf(arrived));
        arrived = [];
        timer = undefined;
      }, GATHER_MS);
    }),
    session.on("left", ({ member, cause }) => say(`${member.nickname} ${departureOf(cause)}`)),
    session.on("resume", ({ awayMs, sameSeat }) => {
      if (!sameSeat) say("You were away for too long, and have a new place.");
      else if (awayMs > 1000) say("You are back.");
    }),
  ];
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}
