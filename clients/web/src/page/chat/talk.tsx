/** The session's chat for all panels: one, whichever of them is shown. */

import { createContext, type ReactElement, type ReactNode, useContext } from "react";
import type { ArenaSession } from "../arena_session.ts";
import type { ChatView } from "./chat_shape.ts";
import { useSessionChat } from "./use_session_chat.ts";

const Shared = createContext<ChatView | null>(null);

interface Props {
  readonly session: ArenaSession;
  readonly children: ReactNode;
}

export function TalkProvider({ session, children }: Props): ReactElement {
  return <Shared.Provider value={useSessionChat(session)}>{children}</Shared.Provider>;
}

/** Null where the session has no chat, and before the first welcome. */
export function useTalk(): ChatView | null {
  return useContext(Shared);
}
