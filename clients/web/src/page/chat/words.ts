/** The chat in words: who writes, who has read, when it was said, and why a line was not sent. */

const REFUSALS: Readonly<Record<string, string>> = {
  silenced: "The host has silenced you.",
  too_long: "The message is too long.",
  empty_text: "There is nothing in it that can be shown.",
  repeated: "You said that several times already.",
  rate_limited: "Too many messages at once.",
  too_many_requests: "Too many messages at once.",
  no_such_channel: "There is no chat here.",
  no_such_message: "That message is gone.",
  no_such_person: "That person is gone.",
  not_yours: "That message is somebody else's.",
  timeout: "The server did not answer in time.",
  lost: "The connection was lost.",
  queue_full: "The connection is lost.",
  closed: "The connection is lost.",
};

/** Why a line was not sent, edited or deleted. */
export function chatRefusalOf(reason: string): string {
  return REFUSALS[reason] ?? "The server did not take it.";
}

/** "Ben is writing", "Ben and Cid are writing", "3 people are writing"; "" for nobody. */
export function typingOf(names: readonly string[]): string {
  const [first, second] = names;
  if (first === undefined) return "";
  if (second === undefined) return `${first} is writing`;
  return names.length === 2 ? `${first} and ${second} are writing` : `${names.length} people are writing`;
}

/** "Seen by Ben and Cid", "Seen by Ben and 3 others", "Seen by all"; "" for nobody. `others`: how many there are to see it. */
export function seenByOf(names: readonly string[], others: number): string {
  const [first, second] = names;
  if (first === undefined) return "";
  if (names.length >= others && others > 1) return "Seen by all";
  if (second === undefined) return `Seen by ${first}`;
  return names.length === 2 ? `Seen by ${first} and ${second}` : `Seen by ${first} and ${names.length - 1} others`;
}

/** What a screen reader is told of new lines: one as it is, of several how many, and the last. */
export function announcementOf(lines: readonly { readonly nickname: string; readonly text: string }[]): string {
  const last = lines.at(-1);
  if (last === undefined) return "";
  const words = `${last.nickname}: ${last.text}`;
  return lines.length === 1 ? words : `${lines.length} new messages. ${words}`;
}

/** The time of day, as it is written here. */
export function timeOf(atMs: number): string {
  return new Date(atMs).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** Day and time to the second. */
export function momentOf(atMs: number): string {
  return new Date(atMs).toLocaleString();
}
