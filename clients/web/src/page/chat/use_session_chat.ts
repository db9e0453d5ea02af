/** The chat of a session as one value for all panels; another one after each change. */

import { useEffect, useReducer, useState } from "react";
import { Chat } from "../../chat/index.ts";
import type { ArenaSession } from "../arena_session.ts";
import { useTold } from "../hooks.ts";
import type { ChatView } from "./chat_shape.ts";

/** Null where the session has none, and before the first welcome. */
export function useSessionChat(session: ArenaSession): ChatView | null {
  const [chat, setChat] = useState<Chat | null>(null);
  const [, renderAgain] = useReducer((count: number) => count + 1, 0);
  const isOn = useTold(session, ["welcome", "settings"], () => session.welcome !== null && session.settings.chat !== 0);
  useEffect(() => {
    const opened = new Chat(session);
    setChat(opened);
    const stop = opened.on("changed", renderAgain);
    return () => {
      stop();
      opened.close();
    };
  }, [session]);
  if (chat === null || !isOn) return null;
  const { messages, typing, unread, reads, muted, silenced } = chat;
  return {
    messages,
    typing,
    unread,
    reads,
    muted,
    silenced,
    say: (text, channel) => chat.say(text, channel),
    revise: (message, text) => chat.revise(message, text),
    remove: (message) => chat.remove(message),
    setTyping: (on, channel) => chat.setTyping(on, channel),
    markRead: (message) => chat.markRead(message),
    mute: (person, on) => chat.mute(person, on),
    silence: (person, on) => chat.silence(person, on),
  };
}
