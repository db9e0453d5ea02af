/** Chat, watchers and the lobby from components: shallow refs, each of which changes only when what it shows has changed. */

import { type ComputedRef, computed, type MaybeRefOrGetter, type ShallowRef, toValue } from "vue";
import { type ChatActions, type ChatView, chatActions, chatReading, NO_CHAT, unreadReading } from "../bindings/chat.ts";
import { HeldLobby, type LobbyView } from "../bindings/lobby.ts";
import { constant, type Reading } from "../bindings/reading.ts";
import { type Watched, watchersReading } from "../bindings/session_readings.ts";
import type { Talking } from "../chat/index.ts";
import type { Listings } from "../lobby/index.ts";
import { useReading } from "./reading.ts";

type Shown<T> = Readonly<ShallowRef<T>>;
type Refs<View> = { readonly [Name in keyof View]: ComputedRef<View[Name]> };

export type UseChat = Refs<ChatView> & ChatActions;

/**
 * What is said in the session, and what one can say; empty without one. All components share the session's one chat.
 *
 *     const { messages, typing, unread, say, setTyping, markRead } = useChat(session);
 *
 * A line that has not changed is the same object.
 */
export function useChat(session: MaybeRefOrGetter<Talking | null>): UseChat {
  const view = useReadingOf<Talking, ChatView>(session, NO_CHAT, chatReading);
  const actions = () => chatActions(toValue(session));
  return {
    messages: computed(() => view.value.messages),
    typing: computed(() => view.value.typing),
    reads: computed(() => view.value.reads),
    unread: computed(() => view.value.unread),
    muted: computed(() => view.value.muted),
    silenced: computed(() => view.value.silenced),
    say: (text, channel) => actions().say(text, channel),
    revise: (message, text) => actions().revise(message, text),
    remove: (message) => actions().remove(message),
    setTyping: (on, channel) => actions().setTyping(on, channel),
    markRead: (message) => actions().markRead(message),
    mute: (person, on) => actions().mute(person, on),
    silence: (person, on) => actions().silence(person, on),
  };
}

/** How many lines of others were not read, for a part that shows no more of the chat; 0 without a session. */
export function useUnread(session: MaybeRefOrGetter<Talking | null>): Shown<number> {
  return useReadingOf(session, 0, unreadReading);
}

/** Who looks on without a seat: nicknames by person. Another map when it changes. */
export function useWatchers(session: MaybeRefOrGetter<Watched | null>): Shown<ReadonlyMap<number, string>> {
  return useReadingOf(session, NOBODY, watchersReading);
}

export type UseLobby = Refs<LobbyView> & {
  /** Ask now, where changes do not come by themselves (`isLive` false). */
  readonly refresh: () => void;
};

/** The public sessions, as they come and go. Through one client there is one socket, however many components use it. */
export function useLobby(client: Listings): UseLobby {
  const lobby = HeldLobby.of(client);
  const view = useReading(() => lobby);
  return {
    sessions: computed(() => view.value.sessions),
    error: computed(() => view.value.error),
    isLoading: computed(() => view.value.isLoading),
    isLive: computed(() => view.value.isLive),
    refresh: lobby.refresh,
  };
}

const NOBODY: ReadonlyMap<number, string> = new Map();

/** A reading of the session of now; `none` without one. */
function useReadingOf<Session, T>(
  session: MaybeRefOrGetter<Session | null>,
  none: T,
  of: (session: Session) => Reading<T>,
): Shown<T> {
  const nothing = constant(none);
  const reading = computed(() => {
    const now = toValue(session);
    return now === null ? nothing : of(now);
  });
  return useReading(() => reading.value);
}
