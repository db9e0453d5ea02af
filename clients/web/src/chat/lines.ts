/** The lines of a chat that are kept here: by id, without gaps in what is known, and without any twice. */

import type { ChatMessage } from "../generated/protocol.ts";

/** One line; another object when something about it changes. */
export interface ChatLine {
  readonly id: number;
  /** Id of the author. */
  readonly person: number;
  /** The author's name when it was said. */
  readonly nickname: string;
  /** Said by us. */
  readonly own: boolean;
  readonly channel: number;
  /** To be shown as text, never as HTML. Empty when deleted. */
  readonly text: string;
  readonly tick: number;
  /** Unix milliseconds, by the server's clock. */
  readonly atMs: number;
  readonly edited: boolean;
  readonly deleted: boolean;
}

export class Lines {
  readonly #most: number;
  #all: readonly ChatLine[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Oldest first. Another array after each change. */
  get all(): readonly ChatLine[] {
    return this.#all;
  }

  /** A line that is new, or that is known and may have another text. */
  put(message: ChatMessage, own: boolean): ChatLine {
    const line = { ...message, own, deleted: false };
    const last = this.#all.at(-1)?.id ?? 0;
    const sorted =
      line.id > last
        ? [...this.#all, line]
        : [...this.#all.filter(({ id }) => id !== line.id), line].sort((one, other) => one.id - other.id);
    this.#all = sorted.slice(-this.#most);
    return line;
  }

  /** The line has another text, or none. Whether it is kept here. */
  revise(message: number, text: string, deleted: boolean): boolean {
    const before = this.#all;
    const revised = (line: ChatLine) => ({ ...line, text, deleted, edited: line.edited || !deleted });
    this.#all = before.map((line) => (line.id === message ? revised(line) : line));
    return before.some(({ id }) => id === message);
  }

  /**
   * Take what a server tells to whoever comes. What it does not tell any more, between its first line and its last, was
   * deleted meanwhile, if it is one that we would be told (`isTold`).
   */
  merge(
    messages: readonly ChatMessage[],
    isOwn: (person: number) => boolean,
    isTold: (line: ChatLine) => boolean,
  ): void {
    const known = new Map(this.#all.map((line) => [line.id, line]));
    const told = new Set(messages.map(({ id }) => id));
    const [first, last] = [messages[0]?.id ?? 0, messages.at(-1)?.id ?? 0];
    for (const [id, line] of known) {
      const isMissing = id >= first && id <= last && !told.has(id) && isTold(line);
      if (isMissing && !line.deleted) known.set(id, { ...line, text: "", deleted: true });
    }
    for (const message of messages) {
      const line = known.get(message.id);
      const isSame = line && !line.deleted && line.text === message.text && line.edited === message.edited;
      if (!isSame) known.set(message.id, { ...message, own: isOwn(message.person), deleted: false });
    }
    this.#all = [...known.values()].sort((one, other) => one.id - other.id).slice(-this.#most);
  }
}
