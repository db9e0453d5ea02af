/** Whether we look on without a seat, which can change while we are there. */

import type { ArenaSession } from "../arena_session.ts";
import { useTold } from "../hooks.ts";

export function useWatching(session: ArenaSession): boolean {
  return useTold(session, ["welcome"], () => session.watching);
}
