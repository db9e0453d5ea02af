/** The open chat: what was said, who has seen it, who is writing, and the field. */

import { type ReactElement, type ReactNode, type RefObject, useState } from "react";
import type { ChatLine } from "../../chat/index.ts";
import type { UseChat } from "../../react/index.ts";
import type { ArenaSession } from "../arena_session.ts";
import { Icon } from "../parts/icons.tsx";
import { Composer, type Draft } from "./composer.tsx";
import { type LineActions, MessageLine } from "./message_line.tsx";
import { MessageList } from "./message_list.tsx";
import { orSay } from "./or_say.ts";
import { OutgoingLines } from "./outgoing_lines.tsx";
import { SeenBy } from "./seen_by.tsx";
import type { Sending } from "./use_sending.ts";
import { typingOf } from "./words.ts";

interface Props {
  readonly id: string;
  readonly session: ArenaSession;
  readonly chat: UseChat;
  /** Without those of people we do not hear. */
  readonly lines: readonly ChatLine[];
  /** By person. */
  readonly seats: ReadonlyMap<number, number>;
  readonly sending: Sending;
  readonly draft: Draft;
  readonly setDraft: (draft: Draft) => void;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly watching: boolean;
  readonly isHost: boolean;
  /** Shown in place of the messages when asked for; null where the people are shown elsewhere. */
  readonly people: ReactNode;
  readonly say: (words: string) => void;
  readonly send: (text: string, channel: number) => void;
  readonly leave: () => void;
}

export function ChatPanel(props: Props): ReactElement {
  const { id, session, chat, lines, seats, sending, isHost, people, say, leave } = props;
  const [editingId, setEditingId] = useState<number | null>(null);
  const [showsPeople, setShowsPeople] = useState(false);
  const editing = lines.find((line) => line.id === editingId && line.own && !line.deleted) ?? null;
  const actions: LineActions = {
    edit: (line) => setEditingId(line.id),
    remove: (line) => orSay(chat.remove(line.id), "Not deleted.", say),
    mute: (line) => {
      const muted = chat.mute(line.person, true).then(() => say(`You do not see what ${line.nickname} says any more.`));
      orSay(muted, "That did not work.", say);
    },
  };
  const folds = people !== null;
  const failed = sending.outgoing.filter(({ fault }) => fault !== "").length; // such a line has grown
  return (
    <div className="chat-panel" id={id}>
      <div className="chat-head">
        <h2>{showsPeople && folds ? "Who is here" : "Chat"}</h2>
        {folds && (
          <>
            <button
              type="button"
              className="plain small"
              aria-pressed={showsPeople}
              onClick={() => setShowsPeople(!showsPeople)}
            >
              <Icon name={showsPeople ? "chat" : "people"} />
              {showsPeople ? "Messages" : "People"}
            </button>
            <button type="button" className="plain small" aria-label="Close" title="Close (Escape)" onClick={leave}>
              <Icon name="kick" />
            </button>
          </>
        )}
      </div>
      {showsPeople && folds ? (
        <div className="chat-people">{people}</div>
      ) : (
        <>
          <MessageList
            length={lines.length + sending.outgoing.length + failed}
            newestId={chat.messages.at(-1)?.id ?? 0}
            unread={chat.unread}
            markRead={chat.markRead}
          >
            {lines.length + sending.outgoing.length === 0 && (
              <li className="message-none">Nobody has said anything.</li>
            )}
            {lines.map((line) => (
              <MessageLine key={line.id} line={line} seat={seats.get(line.person)} isHost={isHost} actions={actions} />
            ))}
            <OutgoingLines sending={sending} />
          </MessageList>
          <div className="chat-notes">
            <span className="typing">{typingOf(chat.typing)}</span>
            <SeenBy session={session} lines={lines} reads={chat.reads} />
          </div>
          <Composer
            draft={props.draft}
            setDraft={props.setDraft}
            field={props.field}
            editing={editing}
            watching={props.watching}
            send={props.send}
            save={(line, text) => orSay(chat.revise(line.id, text), "Not changed.", say)}
            editLast={() => setEditingId(lastOwn(lines)?.id ?? null)}
            endEditing={() => setEditingId(null)}
            leave={leave}
            setTyping={chat.setTyping}
          />
        </>
      )}
    </div>
  );
}

function lastOwn(lines: readonly ChatLine[]): ChatLine | undefined {
  return lines.findLast(({ own, deleted }) => own && !deleted);
}
