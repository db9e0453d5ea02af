/** The chat of a mock server: its lines, and what the real one answers to whoever says or revises one. */

import {
  type ChatMessage,
  type History,
  type Revise,
  type Revised,
  type Said,
  type Say,
  TEXT_MAX_CHARACTERS,
} from "../generated/protocol.ts";

/** Who does it. */
export interface Speaker {
  readonly person: number;
  readonly nickname: string;
  readonly watches: boolean;
  readonly isHost: boolean;
}

/** The fact that all hear, or why there is none. */
export type Outcome = Said | Revised | "empty_text" | "too_long" | "no_such_channel" | "no_such_message" | "not_yours";

export class Talk {
  /** By id, oldest first. */
  readonly lines = new Map<number, ChatMessage>();
  readonly reads = new Map<number, number>();
  #lastId = 0;

  /** As given, whoever says it. */
  add(line: Omit<ChatMessage, "id">): Said {
    const message = { id: ++this.#lastId, ...line };
    this.lines.set(message.id, message);
    return { kind: "said", message };
  }

  say({ channel, text }: Say, speaker: Speaker, tick: number, atMs: number): Outcome {
    if (channel > (speaker.watches ? 1 : 0)) return "no_such_channel";
    const { person, nickname } = speaker;
    return faultOf(text) ?? this.add({ person, nickname, channel, text: text.trim(), tick, atMs, edited: false });
  }

  revise({ message, text }: Revise, { person, isHost }: Speaker, atMs: number): Outcome {
    const line = this.lines.get(message);
    if (line === undefined) return "no_such_message";
    if (line.person !== person && (text !== null || !isHost)) return "not_yours";
    if (text === null) {
      this.lines.delete(message);
      return { kind: "revised", message, text: "", deleted: true, atMs };
    }
    const fault = faultOf(text);
    if (fault !== null) return fault;
    this.lines.set(message, { ...line, text: text.trim(), edited: true });
    return { kind: "revised", message, text: text.trim(), deleted: false, atMs };
  }

  history(watches: boolean): History {
    const messages = [...this.lines.values()].filter(({ channel }) => channel === 0 || watches);
    return { kind: "history", messages, reads: [...this.reads] };
  }
}

function faultOf(text: string): "empty_text" | "too_long" | null {
  if (text.trim() === "") return "empty_text";
  return [...text.trim()].length > TEXT_MAX_CHARACTERS ? "too_long" : null;
}
