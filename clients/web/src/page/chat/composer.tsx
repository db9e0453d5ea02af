/** Where a line is written. Enter sends it, or saves the one that is edited; Escape ends the editing, then the writing. */

import { type KeyboardEvent, type ReactElement, type RefObject, useEffect, useId, useState } from "react";
import { Channel, type ChatLine } from "../../chat/index.ts";
import { TEXT_MAX_CHARACTERS } from "../../generated/protocol.ts";
import { Icon } from "../parts/icons.tsx";

const ROOM_SHOWN = 40; // characters: with that few left, how many is told
const MOST_UNITS = 600; // what the wire carries; making a text safe may shorten it to what is allowed

export interface Draft {
  readonly text: string;
  readonly channel: number;
}

interface Props {
  readonly draft: Draft;
  readonly setDraft: (draft: Draft) => void;
  readonly field: RefObject<HTMLInputElement | null>;
  readonly editing: ChatLine | null;
  readonly watching: boolean;
  readonly send: (text: string, channel: number) => void;
  readonly save: (line: ChatLine, text: string) => void;
  readonly editLast: () => void;
  readonly endEditing: () => void;
  readonly leave: () => void;
  readonly setTyping: (on: boolean, channel: number) => void;
}

export function Composer(props: Props): ReactElement {
  const { field, editing, watching, setTyping } = props;
  const id = useId();
  const { text: draft, channel } = props.draft;
  const setDraft = (next: string) => props.setDraft({ text: next, channel });
  // The field takes the text of the line that is edited, and the draft is given back after it.
  const [revision, setRevision] = useState("");
  useEffect(() => {
    if (editing === null) return;
    setRevision(editing.text);
    field.current?.focus();
  }, [editing, field]);
  const text = editing ? revision : draft;
  const left = TEXT_MAX_CHARACTERS - [...text.trim()].length;
  const sends = watching ? channel : Channel.All;

  const write = (next: string) => {
    if (editing) setRevision(next);
    else {
      setDraft(next);
      setTyping(next.trim() !== "", sends);
    }
  };
  const submit = () => {
    const line = text.trim();
    if (left < 0) return;
    if (editing) {
      if (line !== "" && line !== editing.text) props.save(editing, line);
      props.endEditing();
    } else if (line === "") props.leave();
    else {
      setDraft("");
      setTyping(false, sends);
      props.send(line, sends);
    }
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return; // Enter and Escape belong to the input method
    if (event.key === "Escape") {
      event.preventDefault();
      if (editing) props.endEditing();
      else props.leave();
    } else if (event.key === "ArrowUp" && text === "") {
      event.preventDefault();
      props.editLast();
    }
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {editing && (
        <p className="composer-note">
          Editing your message
          <button type="button" className="plain small" onClick={props.endEditing}>
            Cancel
          </button>
        </p>
      )}
      <div className="composer-row">
        {watching && !editing && (
          <select
            aria-label="Who can read it"
            value={channel}
            onChange={(event) => {
              setTyping(false, channel);
              props.setDraft({ text: draft, channel: Number(event.target.value) });
            }}
          >
            <option value={Channel.All}>All</option>
            <option value={Channel.Watchers}>Watchers</option>
          </select>
        )}
        <label className="unseen" htmlFor={id}>
          Message
        </label>
        <input
          ref={field}
          id={id}
          name="message"
          autoComplete="off"
          enterKeyHint="send"
          placeholder="Message"
          maxLength={MOST_UNITS}
          dir="auto"
          aria-invalid={left < 0}
          value={text}
          onChange={(event) => write(event.target.value)}
          onKeyDown={press}
          onBlur={() => !editing && setTyping(false, sends)}
        />
        <button type="submit" className="send" disabled={text.trim() === "" || left < 0} title="Send (Enter)">
          <Icon name={editing ? "check" : "send"} />
          <span className="unseen">{editing ? "Save" : "Send"}</span>
        </button>
      </div>
      {left < ROOM_SHOWN && (
        <p className="composer-room" data-over={left < 0}>
          {left < 0 ? `${-left} characters too many` : `${left} characters left`}
        </p>
      )}
    </form>
  );
}
