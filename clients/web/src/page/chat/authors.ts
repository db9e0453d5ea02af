/** Who said a line: the seat, for colour and mark. Whoever left keeps theirs, as far as we saw them sit. */

import { useState } from "react";
import { usePlayers } from "../../react/index.ts";
import type { ArenaSession } from "../arena_session.ts";

/** Seat by person; none for watchers, and for those who left before we came. */
export function useSeats(session: ArenaSession): ReadonlyMap<number, number> {
  const players = usePlayers(session);
  // Kept beyond the rendering on purpose. Ids are never used twice, so that nothing in it can become wrong.
  const [seats] = useState(() => new Map<number, number>());
  for (const { player, seat } of players) seats.set(player, seat);
  return seats;
}
