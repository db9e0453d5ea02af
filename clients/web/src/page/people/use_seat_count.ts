/** How many may play: the tables have rows for more, of which the others stay empty. */

import type { ArenaSession } from "../arena_session.ts";
import { useTold } from "../hooks.ts";

export function useSeatCount(session: ArenaSession): number {
  return useTold(session, ["settings", "welcome"], () => session.settings.seats ?? session.welcome?.rows[0] ?? 0);
}
