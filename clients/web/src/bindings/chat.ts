/** A session's chat, once for all parts of a page that show something of it. */

import { Chat, type ChatLine, type Talking } from "../chat/index.ts";
import { Refused } from "../core/requests.ts";
import { look, type Reading, shallowEqual } from "./reading.ts";

/** What there is to show; each changes only when it is another. */
export type ChatView = Readonly<Pick<Chat, "messages" | "typing" | "reads" | "unread" | "muted" | "silenced">>;
/** What can be done; always the same functions. */
export type ChatActions = Readonly<
  Pick<Chat, "say" | "revise" | "remove" | "setTyping" | "markRead" | "mute" | "silence">
>;

const CHAT = Symbol("chat");
const ACTIONS = Symbol("actions");

/** The session's: kept on it and living as long, so that what was said while nobody looked is there, and counted. */
export function chatOf(session: Talking & { [CHAT]?: Chat }): Chat {
  session[CHAT] ??= new Chat(session);
  return session[CHAT];
}

export function chatReading(session: Talking): Reading<ChatView> {
  const chat = chatOf(session);
  return look<ChatView>(
    () => {
      const { messages, typing, reads, unread, muted, silenced } = chat;
      return { messages, typing, reads, unread, muted, silenced };
    },
    (again) => chat.on("changed", again),
    shallowEqual,
  );
}

/** Lines of others that were not read; for a part of a page that shows no more than that. */
export function unreadReading(session: Talking): Reading<number> {
  const chat = chatOf(session);
  return look(
    () => chat.unread,
    (again) => chat.on("changed", again),
  );
}

export function chatActions(session: Talking | null): ChatActions {
  return session === null ? NOTHING_DOES : actionsOf(chatOf(session));
}

function actionsOf(chat: Chat & { [ACTIONS]?: ChatActions }): ChatActions {
  chat[ACTIONS] ??= {
    say: (text, channel) => chat.say(text, channel),
    revise: (message, text) => chat.revise(message, text),
    remove: (message) => chat.remove(message),
    setTyping: (on, channel) => chat.setTyping(on, channel),
    markRead: (message) => chat.markRead(message),
    mute: (person, on) => chat.mute(person, on),
    silence: (person, on) => chat.silence(person, on),
  };
  return chat[ACTIONS];
}

/** Before there is a session. */
export const NO_CHAT: ChatView = {
  messages: [] as readonly ChatLine[],
  typing: [],
  reads: new Map(),
  unread: 0,
  muted: new Set(),
  silenced: new Set(),
};

const refuse = () => Promise.reject(new Refused(-1, "closed", false));
const NOTHING_DOES: ChatActions = {
  say: refuse,
  revise: refuse,
  remove: refuse,
  setTyping() {},
  markRead() {},
  mute: refuse,
  silence: refuse,
};
