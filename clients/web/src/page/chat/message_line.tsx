/** One line: colour and mark of its author, the name, the text as text, and what may be done with it. */

import { type ReactElement, useState } from "react";
import { Channel, type ChatLine } from "../../chat/index.ts";
import { Icon } from "../parts/icons.tsx";
import { SeatMark } from "../parts/seat_mark.tsx";
import { momentOf, timeOf } from "./words.ts";

export interface LineActions {
  readonly edit: (line: ChatLine) => void;
  readonly remove: (line: ChatLine) => void;
  readonly mute: (line: ChatLine) => void;
}

interface Props {
  readonly line: ChatLine;
  /** Undefined for watchers, and for those whose seat is not known. */
  readonly seat: number | undefined;
  readonly isHost: boolean;
  /** None where the line is only shown. */
  readonly actions?: LineActions;
}

export function MessageLine({ line, seat, isHost, actions }: Props): ReactElement {
  const [picked, setPicked] = useState(false); // by a finger, which cannot hover
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys reach the buttons themselves
    <li
      className="message"
      data-own={line.own}
      data-deleted={line.deleted}
      data-picked={picked}
      onClick={({ nativeEvent }) => !isByMouse(nativeEvent) && setPicked(!picked)}
    >
      <AuthorMark seat={seat} />
      <p className="message-words">
        <bdi className="message-author">{line.own ? "You" : line.nickname}</bdi>
        {line.channel === Channel.Watchers && <span className="tag">watchers</span>}
        <span className="unseen">: </span>
        {line.deleted ? (
          <span className="message-gone">Message deleted</span>
        ) : (
          <bdi className="message-text">{line.text}</bdi>
        )}
        {line.edited && !line.deleted && <span className="message-edited"> (edited)</span>}
      </p>
      <time className="message-time" dateTime={new Date(line.atMs).toISOString()} title={momentOf(line.atMs)}>
        {timeOf(line.atMs)}
      </time>
      {actions && !line.deleted && <LineButtons line={line} isHost={isHost} actions={actions} />}
    </li>
  );
}

function LineButtons({ line, isHost, actions }: Required<Omit<Props, "seat">>): ReactElement {
  const whose = line.own ? "your message" : `the message of ${line.nickname}`;
  return (
    <span className="message-buttons">
      {line.own && (
        <button type="button" className="plain" title="Edit" onClick={() => actions.edit(line)}>
          <Icon name="edit" />
          <span className="unseen">{`Edit ${whose}`}</span>
        </button>
      )}
      {(line.own || isHost) && (
        <button type="button" className="plain" title="Delete" onClick={() => actions.remove(line)}>
          <Icon name="bin" />
          <span className="unseen">{`Delete ${whose}`}</span>
        </button>
      )}
      {!line.own && (
        <button
          type="button"
          className="plain"
          title={`Do not hear ${line.nickname}`}
          onClick={() => actions.mute(line)}
        >
          <Icon name="mute" />
          <span className="unseen">{`Ignore ${line.nickname}`}</span>
        </button>
      )}
    </span>
  );
}

/** A mouse hovers. What it clicked would keep its buttons over the text after it has gone. */
function isByMouse(click: MouseEvent): boolean {
  return click instanceof PointerEvent && click.pointerType === "mouse";
}

function AuthorMark({ seat }: { seat: number | undefined }): ReactElement {
  if (seat !== undefined) return <SeatMark seat={seat} />;
  return (
    <span className="no-seat-mark" title="Has no seat">
      <Icon name="eye" />
    </span>
  );
}
