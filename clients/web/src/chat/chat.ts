/**
 * The chat of a session: what was said, who is writing, who has read what; and what one can say oneself.
 *
 * It may begin at any time: the session keeps what was said before. It lives through drops, after which the server tells
 * again what was said before, and each line is there once.
 */

import { Listeners } from "../core/listeners.ts";
import type { Session } from "../core/session.ts";
import type { ChatMessage, History, ServerFact } from "../generated/protocol.ts";
import { type ChatLine, Lines } from "./lines.ts";
import { OwnReading, OwnTyping } from "./marks.ts";

const MOST_LINES = 300;
const MOST_CHARACTERS = 600; // twice of what a line may have: making it safe may shorten it

/** Of a session, of whatever game, what its chat needs. */
export type Talking = Pick<
  Session,
  "on" | "ask" | "post" | "request" | "talk" | "welcome" | "watching" | "players" | "watchers"
>;

export interface ChatSubjects {
  /** Somebody said something, we too. Not what was said before we came, or while we were away. */
  message: ChatLine;
  /** Something of the chat is another. */
  changed: undefined;
}

export interface ChatOptions {
  /** How many lines are kept here. Default 300. */
  readonly limit?: number | undefined;
}

/** Requests reject with `Refused`: `reason` (`silenced`, `too_long`, `repeated`, `rate_limited`, ...) and `retryAfterMs`. */
export class Chat extends Listeners<ChatSubjects> {
  readonly #session: Talking;
  readonly #lines: Lines;
  readonly #typing: OwnTyping;
  readonly #reading: OwnReading;
  readonly #stops: (() => void)[];
  readonly #own = new Set<number>(); // each seat of ours after the grace time is another person
  readonly #typists = new Map<number, string>();
  #muted: ReadonlySet<number> = new Set();
  #silenced: ReadonlySet<number> = new Set();
  #reads: ReadonlyMap<number, number> = new Map();
  #names: readonly string[] = [];
  #unread = 0;
  #person = 0;
  #before: number | null = null; // what was said when we came is no news; null until we know

  constructor(session: Talking, { limit = MOST_LINES }: ChatOptions = {}) {
    super();
    this.#session = session;
    this.#lines = new Lines(limit);
    this.#typing = new OwnTyping((message) => session.post(message));
    this.#reading = new OwnReading((message) => session.post(message));
    this.#beSomebody();
    this.#person = session.welcome?.player ?? 0;
    for (const fact of session.talk) this.#take(fact);
    this.#countUnread();
    this.#stops = [
      session.on("welcome", () => this.#beSomebody()),
      session.on("fact", (fact) => this.#hear(fact)),
      session.on("connection", ({ name }) => (name === "live" ? this.#beLive() : this.#beAway())),
    ];
  }

  // --- what there is -----------------------------------------------------------------------------------------------

  /** Oldest first. Another array after each change of them; a line that did not change is the same object. */
  get messages(): readonly ChatLine[] {
    return this.#lines.all;
  }

  /** Names of others who are writing. */
  get typing(): readonly string[] {
    return this.#names;
  }

  /** Up to which line others have read, by person. */
  get reads(): ReadonlyMap<number, number> {
    return this.#reads;
  }

  /** How many lines of others came since `markRead`; what was said before we came does not count. */
  get unread(): number {
    return this.#unread;
  }

  /** Whom we do not want to hear. */
  get muted(): ReadonlySet<number> {
    return this.#muted;
  }

  /** Whom nobody is to hear, as far as that was our doing. */
  get silenced(): ReadonlySet<number> {
    return this.#silenced;
  }

  // --- what can be done --------------------------------------------------------------------------------------------

  /** Resolves when everybody has it; rejects with `Refused`. Made while away, it waits for the connection. */
  async say(text: string, channel = 0): Promise<void> {
    this.#typing.forget(); // who hears a line knows that it has been written
    await this.#session.ask({ kind: "say", channel, text: sendable(text) });
  }

  /** Give an own line another text. */
  async revise(message: number, text: string): Promise<void> {
    await this.#session.ask({ kind: "revise", message, text: sendable(text) });
  }

  /** Delete an own line, or as the host anybody's. */
  async remove(message: number): Promise<void> {
    await this.#session.ask({ kind: "revise", message, text: null });
  }

  /** Something is being written: to be called as often as one likes. It stops by itself. */
  setTyping(on: boolean, channel = 0): void {
    if (on) this.#typing.go(channel);
    else this.#typing.stop();
  }

  /** Everything up to this line has been read; default the newest. */
  markRead(message: number = this.messages.at(-1)?.id ?? 0): void {
    if (!this.#reading.mark(message)) return;
    this.#countUnread();
    this.tell("changed", undefined);
  }

  /** Do not hear somebody any more, or again. */
  async mute(person: number, on: boolean): Promise<void> {
    await this.#session.request("mute", [person, Number(on)]);
    this.#muted = changed(this.#muted, person, on);
    this.tell("changed", undefined);
  }

  /** As the host: nobody hears somebody any more, or again. */
  async silence(person: number, on: boolean): Promise<void> {
    await this.#session.request("silence", [person, Number(on)]);
    this.#silenced = changed(this.#silenced, person, on);
    this.tell("changed", undefined);
  }

  /** Hear nothing more; what there is stays. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#typing.stop();
    this.#reading.stop();
  }

  // --- from the session --------------------------------------------------------------------------------------------

  #beSomebody(): void {
    const { welcome } = this.#session;
    if (welcome) this.#own.add(welcome.player);
  }

  #beLive(): void {
    this.#reading.tell();
    const person = this.#session.welcome?.player ?? 0;
    // Nobody knows a new person's wishes. One who has left meanwhile cannot be muted, and need not be.
    if (this.#person !== 0 && this.#person !== person)
      for (const muted of this.#muted) this.#session.request("mute", [muted, 1]).catch(() => undefined);
    this.#person = person;
  }

  #beAway(): void {
    this.#typing.forget();
    if (this.#typists.size === 0) return;
    this.#typists.clear();
    this.#nameTypists();
    this.tell("changed", undefined);
  }

  #hear(fact: ServerFact): void {
    if (!this.#take(fact)) return;
    this.#countUnread();
    this.tell("changed", undefined);
    if (fact.kind === "said") this.tell("message", this.messages.find(({ id }) => id === fact.message.id)!);
  }

  /** Whether it changes anything. */
  #take(fact: ServerFact): boolean {
    switch (fact.kind) {
      case "said":
        this.#takeLine(fact.message);
        return true;
      case "revised":
        return this.#lines.revise(fact.message, fact.text, fact.deleted);
      case "history":
        this.#takeHistory(fact);
        return true;
      case "read":
        this.#reads = new Map(this.#reads).set(fact.person, fact.message);
        return true;
      case "typing":
        return fact.on ? this.#startsTyping(fact.person) : this.#stopsTyping(fact.person);
      case "left":
        return this.#stopsTyping(fact.player);
      case "watching":
        return !fact.on && this.#stopsTyping(fact.person);
      default:
        return false;
    }
  }

  #takeLine(message: ChatMessage): void {
    this.#lines.put(message, this.#own.has(message.person));
    this.#stopsTyping(message.person);
  }

  #takeHistory({ messages, reads }: History): void {
    this.#typists.clear(); // it comes with a welcome: whoever sat down or stood up is not told of all the ends
    this.#nameTypists();
    const isOwn = (person: number) => this.#own.has(person);
    this.#lines.merge(messages, isOwn, ({ channel, person }) => {
      const isHeard = channel === 0 || this.#session.watching;
      return isHeard && !this.#muted.has(person);
    });
    this.#reads = new Map(reads.filter(([person]) => !isOwn(person)));
    for (const [person, message] of reads) if (isOwn(person)) this.#reading.know(message);
    this.#before ??= messages.at(-1)?.id ?? 0;
  }

  #startsTyping(person: number): boolean {
    const { players, watchers } = this.#session;
    const name = players.get(person)?.nickname ?? watchers.get(person);
    if (name === undefined) return false;
    this.#typists.set(person, name);
    this.#nameTypists();
    return true;
  }

  #stopsTyping(person: number): boolean {
    const wasTyping = this.#typists.delete(person);
    if (wasTyping) this.#nameTypists();
    return wasTyping;
  }

  #nameTypists(): void {
    this.#names = [...this.#typists.values()];
  }

  #countUnread(): void {
    const upTo = Math.max(this.#reading.upTo, this.#before ?? 0);
    this.#unread = this.messages.filter(({ id, own, deleted }) => id > upTo && !own && !deleted).length;
  }
}

function changed(set: ReadonlySet<number>, member: number, isIn: boolean): ReadonlySet<number> {
  const next = new Set(set);
  if (isIn) next.add(member);
  else next.delete(member);
  return next;
}

/**
 * What a message can carry of a text: the server answers `too_long` to what is left of one that is far too long. Half a
 * character, as of an emoji that a field's limit has cut, is no text at all.
 */
function sendable(text: string): string {
  return [...text.replace(/\p{Surrogate}/gu, "")].slice(0, MOST_CHARACTERS).join("");
}
