/** The sounds of a round: its last seconds before the start, its start, its end. */

import { Status } from "../../generated/protocol.ts";
import type { SoundName } from "../sound/index.ts";

const COUNTED_SECONDS = 3;
const LAST_SECONDS = 5; // of a round

export interface RoundRow {
  readonly status: number;
  readonly startsAt: number;
  readonly endsAt: number;
}

export class Gong {
  #status = -1; // not seen yet: whoever comes into a round hears nothing of its start
  #second = 0;

  /** What is to be heard at the server's tick `tick`; null for nothing. */
  listen(round: RoundRow, tick: number, tickHz: number): SoundName | null {
    const before = this.#status;
    this.#status = round.status;
    if (before >= 0 && before !== round.status) {
      this.#second = 0;
      if (round.status === Status.Active) return "start";
      if (round.status === Status.Finished && before === Status.Active) return "end";
    }
    const active = round.status === Status.Active;
    const until = active ? round.endsAt : round.startsAt;
    const second = until > 0 ? Math.ceil((until - tick) / tickHz) : 0;
    if (second === this.#second) return null;
    this.#second = second;
    return second >= 1 && second <= (active ? LAST_SECONDS : COUNTED_SECONDS) ? "countdown" : null;
  }
}
