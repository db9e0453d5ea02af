/**
 * The chat of a session, in one place of the tree whatever the screen, so that a draft outlives the change from lobby to
 * game. `side`: part of the side panel. `corner`: over the arena, folded to what came last until Enter. `button`: on a
 * small screen, behind a button.
 */

import { type ReactElement, type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Channel } from "../../chat/index.ts";
import type { UseChat } from "../../react/index.ts";
import type { ArenaSession } from "../arena_session.ts";
import { useTold } from "../hooks.ts";
import { Icon } from "../parts/icons.tsx";
import { Announcer } from "./announcer.tsx";
import { useSeats } from "./authors.ts";
import { ChatPanel } from "./chat_panel.tsx";
import type { Draft } from "./composer.tsx";
import { MessageLine } from "./message_line.tsx";
import { useChatKeys } from "./use_chat_keys.ts";
import { useFresh } from "./use_fresh.ts";
import { useSending } from "./use_sending.ts";

const FRESH_MS = 10_000; // a line over the arena: long enough to be read between two dashes
const FRESH_MOST = 4;

export type Place = "side" | "corner" | "button";

interface Props {
  readonly session: ArenaSession;
  readonly chat: UseChat;
  readonly place: Place;
  readonly isHost: boolean;
  readonly say: (words: string) => void;
  /** Who is here, for where the side panel does not show it. */
  readonly people: ReactNode;
}

export function ChatArea({ session, chat, place, isHost, say, people }: Props): ReactElement {
  const [opened, setOpened] = useState(false);
  const [draft, setDraft] = useState<Draft>({ text: "", channel: Channel.All });
  const [focusWish, setFocusWish] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const body = useId();
  const watching = useTold(session, ["welcome"], () => session.watching);
  const seats = useSeats(session);
  const sending = useSending(chat.say);
  const isOpen = place === "side" || opened;
  const heard = chat.messages.filter(({ person, own }) => own || !chat.muted.has(person));

  useEffect(() => {
    if (focusWish > 0) field.current?.focus();
  }, [focusWish]);
  const shown = useRef(isOpen);
  shown.current = isOpen;
  const leave = () => {
    setOpened(false);
    field.current?.blur(); // so that the keys steer again
  };
  useChatKeys({
    open: () => {
      setOpened(true);
      setFocusWish(focusWish + 1);
    },
    fold: place !== "side" && opened ? leave : null,
  });
  const send = async (text: string, channel: number) => {
    if (place === "corner") leave();
    const fault = await sending.send(text, channel);
    if (fault !== "" && !shown.current) say(`Not sent. ${fault}`); // else the panel says it, and more
  };

  return (
    <section
      className="chat"
      data-place={place}
      data-open={isOpen}
      aria-label="Chat"
      // Whoever is writing when the screen changes goes on writing.
      onFocus={(event) => event.target === field.current && setOpened(true)}
      onBlur={(event) => place === "side" && event.target === field.current && setOpened(false)}
    >
      <Announcer lines={heard} />
      {!isOpen && <Recent lines={heard} seats={seats} />}
      {place !== "side" && !isOpen && (
        <button
          type="button"
          className="chat-opener"
          aria-expanded="false"
          title="Chat (Enter)"
          onClick={() => {
            setOpened(true);
            if (place === "corner") setFocusWish(focusWish + 1); // on a phone the keyboard would hide what is to be read
          }}
        >
          <Icon name="chat" />
          <span className="chat-opener-words">Chat</span>
          <Unread count={chat.unread} />
        </button>
      )}
      {isOpen && (
        <ChatPanel
          id={body}
          session={session}
          chat={chat}
          lines={heard}
          seats={seats}
          sending={sending}
          draft={draft}
          setDraft={setDraft}
          field={field}
          watching={watching}
          isHost={isHost}
          people={place === "side" ? null : people}
          say={say}
          send={(text, channel) => void send(text, channel)}
          leave={leave}
        />
      )}
    </section>
  );
}

function Unread({ count }: { count: number }): ReactElement | null {
  if (count === 0) return null;
  return (
    <span className="unread">
      {count > 99 ? "99+" : count}
      <span className="unseen"> unread</span>
    </span>
  );
}

/** For the eyes only: the announcer has told of these lines. */
function Recent({ lines, seats }: { lines: UseChat["messages"]; seats: ReadonlyMap<number, number> }): ReactElement {
  const fresh = useFresh(lines, FRESH_MS).slice(-FRESH_MOST);
  return (
    <ol className="recent" aria-hidden="true">
      {fresh.map((line) => (
        <MessageLine key={line.id} line={line} seat={seats.get(line.person)} isHost={false} />
      ))}
    </ol>
  );
}
