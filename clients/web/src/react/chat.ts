/** Chat, watchers and the lobby from components, each rendered only when what it shows has changed. */

import { useMemo } from "react";
import { type ChatActions, type ChatView, chatActions, chatReading, NO_CHAT, unreadReading } from "../bindings/chat.ts";
import { HeldLobby, type LobbyView } from "../bindings/lobby.ts";
import { constant, type Reading } from "../bindings/reading.ts";
import { type Watched, watchersReading } from "../bindings/session_readings.ts";
import type { Talking } from "../chat/index.ts";
import type { Listings } from "../lobby/index.ts";
import { useReading } from "./reading.ts";

export type UseChat = ChatView & ChatActions;

/**
 * What is said in the session, and what one can say; empty without one. All components share the session's one chat.
 *
 *     const { messages, typing, unread, say, setTyping, markRead } = useChat(session);
 *
 * A line that has not changed is the same object. The actions are the same functions at each rendering.
 */
export function useChat(session: Talking | null): UseChat {
  const view = useReading(useMemo(() => (session ? chatReading(session) : NOTHING_SAID), [session]));
  return useMemo(() => ({ ...view, ...chatActions(session) }), [view, session]);
}

/** How many lines of others were not read, for a part that shows no more of the chat; 0 without a session. */
export function useUnread(session: Talking | null): number {
  return useReading(useMemo(() => (session ? unreadReading(session) : NOTHING_UNREAD), [session]));
}

/** Who looks on without a seat: nicknames by person. Another map when it changes. */
export function useWatchers(session: Watched | null): ReadonlyMap<number, string> {
  return useReading(useMemo(() => (session ? watchersReading(session) : NOBODY), [session]));
}

export interface UseLobby extends LobbyView {
  /** Ask now, where changes do not come by themselves (`isLive` false). */
  readonly refresh: () => void;
}

/** The public sessions, as they come and go. Through one client there is one socket, however many components use it. */
export function useLobby(client: Listings): UseLobby {
  const lobby = HeldLobby.of(client);
  const view = useReading(lobby);
  return useMemo(() => ({ ...view, refresh: lobby.refresh }), [view, lobby]);
}

const NOTHING_SAID = constant(NO_CHAT);
const NOTHING_UNREAD: Reading<number> = constant(0);
const NOBODY: Reading<ReadonlyMap<number, string>> = constant(new Map());
