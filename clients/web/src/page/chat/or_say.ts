/** What somebody wanted of the chat was refused: why, in words. */

import { Refused } from "../../core/requests.ts";
import { chatRefusalOf } from "./words.ts";

/** `failed` comes before the reason: "Not deleted." */
export function orSay(done: Promise<unknown>, failed: string, say: (words: string) => void): void {
  done.catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
    say(`${failed} ${chatRefusalOf(error.reason)}`);
  });
}
