/** What the panels need of a session's chat: the SDK's `useChat` gives it, and a test may give no more than that. */

export interface ChatLine {
  readonly id: number;
  readonly person: number;
  readonly nickname: string;
  readonly own: boolean;
  readonly channel: number;
  /** Empty when deleted. */
  readonly text: string;
  /** Unix milliseconds, by the server's clock. */
  readonly atMs: number;
  readonly edited: boolean;
  readonly deleted: boolean;
}

export interface ChatView {
  /** Oldest first. */
  readonly messages: readonly ChatLine[];
  /** Names of others who are writing. */
  readonly typing: readonly string[];
  readonly unread: number;
  /** Up to which line each person has read. */
  readonly reads: ReadonlyMap<number, number>;
  /** Whom we do not hear. */
  readonly muted: ReadonlySet<number>;
  /** Whom nobody hears, as far as that was our doing. */
  readonly silenced: ReadonlySet<number>;
  say(text: string, channel?: number): Promise<unknown>;
  revise(message: number, text: string): Promise<unknown>;
  remove(message: number): Promise<unknown>;
  setTyping(on: boolean, channel?: number): void;
  markRead(message?: number): void;
  mute(person: number, on: boolean): Promise<unknown>;
  silence(person: number, on: boolean): Promise<unknown>;
}

export const ALL = 0;
export const WATCHERS = 1;
