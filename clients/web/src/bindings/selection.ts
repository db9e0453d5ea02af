/**
 * One value out of a session's state, for a part of a page that is drawn anew when that value changes, and only then.
 *
 * States come up to 60 times a second. They are looked at once a display frame at most, and not at all while the page is
 * hidden, for then there are no display frames.
 */

import type { GameSchema } from "../core/schema.ts";
import type { Session } from "../core/session.ts";
import type { TablesOf } from "../core/tables.ts";
import { nextFrame } from "./frames.ts";

/** Plain values, or new objects of them (then with `shallowEqual`): rows are windows on the state, and always the same. */
export type Select<Game extends GameSchema, T> = (state: TablesOf<Game>) => T;
export type IsEqual<T> = (one: T, other: T) => boolean;

/** Of a session, what a selection needs. */
export type Stateful<Game extends GameSchema> = Pick<Session<Game>, "on" | "state" | "replica">;

export class Selection<Game extends GameSchema, T> {
  readonly #session: Stateful<Game>;
  readonly #everyMs: number;
  #look = 0; // counts the states that were looked at
  #found: { readonly value: T; readonly select: Select<Game, T>; readonly look: number } | null = null;

  /** `everyMs`: look no more often than that; 0 for every display frame. */
  constructor(session: Stateful<Game>, everyMs = 0) {
    this.#session = session;
    this.#everyMs = everyMs;
  }

  /** What `select` finds in the state that was looked at last; the same as before where `isEqual`. Undefined before any. */
  read(select: Select<Game, T>, isEqual: IsEqual<T> = Object.is): T | undefined {
    const found = this.#found;
    if (found?.select === select && found.look === this.#look) return found.value;
    const { replica } = this.#session;
    if (replica === null || replica.tick < 0) return found?.value; // none yet, or a whole one was asked for
    const next = select(this.#session.state);
    const value = found !== null && isEqual(found.value, next) ? found.value : next;
    this.#found = { value, select, look: this.#look };
    return value;
  }

  /** Call `looked` whenever it is time to read again. */
  subscribe(looked: () => void): () => void {
    let cancel: (() => void) | null = null;
    let lastMs = Number.NEGATIVE_INFINITY;
    const look = () => {
      cancel = null;
      lastMs = performance.now();
      this.#look += 1;
      looked();
    };
    this.#look += 1; // there may have been states since the last reading
    const stop = this.#session.on("state", () => {
      if (cancel !== null) return; // one look will do for all that come until then
      const waitMs = lastMs + this.#everyMs - performance.now();
      cancel = waitMs > 0 ? after(waitMs, look) : nextFrame(look);
    });
    return () => {
      stop();
      cancel?.();
    };
  }
}

function after(waitMs: number, act: () => void): () => void {
  const timer = setTimeout(act, waitMs);
  return () => clearTimeout(timer);
}
