/** Requests of the panels: done, or a sentence why not. */

import { Refused } from "../core/requests.ts";
import type { ArenaSession } from "./arena_session.ts";
import { refusalOf } from "./words.ts";

/** The setting that `configure` knows by this number: the length of a round. Others go by their place in the schema. */
export const ROUND_S = 1000;

/** Request an action; a refusal is said in words. */
export function ask(session: ArenaSession, say: (words: string) => void, action: string, ...given: number[]): void {
  session.request(action, given).catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
    say(refusalOf(error.reason));
  });
}
