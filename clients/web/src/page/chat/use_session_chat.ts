/** The chat of a session, where it has one. */

import { type UseChat, useChat } from "../../react/index.ts";
import type { ArenaSession } from "../arena_session.ts";
import { useTold } from "../hooks.ts";

/** Null in sessions without, and before the first welcome. All panels share the session's one chat. */
export function useSessionChat(session: ArenaSession): UseChat | null {
  const chat = useChat(session);
  const isOn = useTold(session, ["welcome", "settings"], () => session.welcome !== null && session.settings.chat !== 0);
  return isOn ? chat : null;
}
