/** The chat of a session, against a mock server: what is said, told, marked, and what drops do to it. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Chat } from "../src/chat/index.ts";
import { ARENA, type ChatMessage } from "../src/generated/protocol.ts";
import { Client, type Session } from "../src/index.ts";
import { MockServer } from "../src/testing/index.ts";

type Arena = typeof ARENA;

let server: MockServer<Arena>;
let chats: Chat[];
let sessions: Session<Arena>[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  server = new MockServer({ game: ARENA, seats: 4, automatic: true });
  chats = [];
  sessions = [];
});

afterEach(() => {
  for (const chat of chats) chat.close();
  for (const session of sessions) {
    expect(session.listenerCount()).toBe(0);
    session.disconnect();
  }
  vi.useRealTimers();
});

async function join(nickname: string, watch = false): Promise<Session<Arena>> {
  const { openSocket, fetch } = server;
  const client = new Client("http://play.test", {
    game: ARENA,
    nickname,
    openSocket,
    fetch,
    random: () => 0.5,
    environment: null,
  });
  const joining = watch ? client.watch(server.code) : client.joinByCode(server.code);
  await vi.advanceTimersByTimeAsync(50);
  const session = await joining;
  sessions.push(session);
  return session;
}

function chatOf(session: Session<Arena>, limit?: number): Chat {
  const chat = new Chat(session, { limit });
  chats.push(chat);
  return chat;
}

/** What has been sent arrives. */
const settle = () => vi.advanceTimersByTimeAsync(0);
const texts = (chat: Chat) =>
  chat.messages.map(({ text, own, deleted }) => (deleted ? "-" : `${own ? "> " : ""}${text}`));
const message = (id: number, text: string, more: Partial<ChatMessage> = {}): ChatMessage => {
  const usual = { person: 50, nickname: "Ben", channel: 0, tick: 100, atMs: 1_800_000_000_000 + id, edited: false };
  return { id, text, ...usual, ...more };
};

describe("what is said", () => {
  it("is heard by all, with its author, and told once as news", async () => {
    const [ann, ben] = [chatOf(await join("Ann")), chatOf(await join("Ben"))];
    const [news, changes] = [vi.fn(), vi.fn()];
    ben.on("message", news);
    ben.on("changed", changes);
    await ann.say("hello");
    expect(texts(ann)).toEqual(["> hello"]);
    expect(ben.messages).toMatchObject([
      { nickname: "Ann", person: 1, own: false, channel: 0, text: "hello", edited: false },
    ]);
    expect(news.mock.calls).toEqual([[ben.messages[0]]]);
    expect(changes).toHaveBeenCalledTimes(1);
  });

  it("is refused with a reason, and with when to try again", async () => {
    const ann = chatOf(await join("Ann"));
    await expect(ann.say("  ")).rejects.toMatchObject({ name: "Refused", reason: "empty_text" });
    await expect(ann.say("x".repeat(301))).rejects.toMatchObject({ reason: "too_long" });
    await expect(ann.say("x".repeat(9000))).rejects.toMatchObject({ reason: "too_long" }); // what one message cannot carry
    await expect(ann.say("psst", 1)).rejects.toMatchObject({ reason: "no_such_channel" });
    server.socket.onSent = null;
    const saying = ann.say("again");
    const { id } = server.socket.sentOfKind("say").at(-1)!;
    server.tell({ kind: "reply", id, code: 20, reason: "rate_limited", tick: 1, retryAfterMs: 700 });
    await expect(saying).rejects.toMatchObject({ retryable: true, retryAfterMs: 700 });
    expect(ann.messages).toEqual([]);
  });

  it("is text: half an emoji is left out", async () => {
    const ann = chatOf(await join("Ann"));
    await ann.say("hi \u{1F600}".slice(0, -1));
    await ann.say("\u{1F600}");
    expect(texts(ann)).toEqual(["> hi", "> \u{1F600}"]);
  });

  it("can be revised and deleted by its author, and deleted by the host", async () => {
    const [ann, ben] = [chatOf(await join("Ann")), chatOf(await join("Ben"))];
    await ben.say("helo");
    await ann.say("other");
    const other = ann.messages[1];
    await ben.revise(1, "hello");
    expect(ann.messages[0]).toMatchObject({ text: "hello", edited: true, deleted: false });
    expect(ann.messages[1]).toBe(other); // a line that did not change is the same object
    await expect(ann.revise(1, "bye")).rejects.toMatchObject({ reason: "not_yours" });
    await expect(ben.remove(2)).rejects.toMatchObject({ reason: "not_yours" });
    await ann.remove(1);
    expect(ben.messages[0]).toMatchObject({ text: "", deleted: true });
    await expect(ben.revise(1, "again")).rejects.toMatchObject({ reason: "no_such_message" });
  });

  it("is kept only so far", async () => {
    const chat = chatOf(await join("Ann"), 3);
    for (const text of "abcde") server.say(text);
    expect(texts(chat)).toEqual(["c", "d", "e"]);
    server.tell({ kind: "revised", message: 1, text: "A", deleted: false, atMs: 1 });
    expect(texts(chat)).toEqual(["c", "d", "e"]);
  });

  it("among those who watch stays among them", async () => {
    const [player, watcher] = [chatOf(await join("Ann")), chatOf(await join("Wim", true))];
    await watcher.say("who wins?", 1);
    await watcher.say("hello all");
    expect(watcher.messages.map(({ channel }) => channel)).toEqual([1, 0]);
    expect(texts(player)).toEqual(["hello all"]);
  });
});

describe("a chat that begins later", () => {
  it("has what was said before it, revised as it was", async () => {
    server.say("before");
    const session = await join("Ann");
    server.say("after");
    server.say("gone");
    server.tell({ kind: "revised", message: 2, text: "edited", deleted: false, atMs: 1 });
    server.tell({ kind: "revised", message: 3, text: "", deleted: true, atMs: 1 });
    server.tell({ kind: "read", person: 50, message: 2 });
    const chat = chatOf(session);
    expect(texts(chat)).toEqual(["before", "edited", "-"]);
    expect(chat.reads).toEqual(new Map([[50, 2]]));
    expect(chat.unread).toBe(1); // what was said before we came is no news, nor is what was deleted
  });

  it("hears nothing after its end, and keeps what there is", async () => {
    const session = await join("Ann");
    const chat = chatOf(session);
    server.say("one");
    chat.close();
    server.say("two");
    expect(texts(chat)).toEqual(["one"]);
  });
});

describe("a drop", () => {
  async function comeBack(): Promise<void> {
    await vi.advanceTimersByTimeAsync(1000);
    expect(sessions[0]!.connection.name).toBe("live");
  }

  it("leaves each line once, with those said meanwhile, none as news, and what was deleted as deleted", async () => {
    const chat = chatOf(await join("Ann"));
    for (const text of ["one", "two", "three"]) server.say(text);
    const [one] = chat.messages;
    const news = vi.fn();
    chat.on("message", news);
    server.drop();
    server.say("four");
    await comeBack();
    expect(texts(chat)).toEqual(["one", "two", "three", "four"]);
    expect(chat.messages[0]).toBe(one);
    expect(news).not.toHaveBeenCalled();
    expect(chat.unread).toBe(4);
    server.tell({ kind: "history", messages: [message(2, "TWO", { edited: true }), message(4, "four")], reads: [] });
    expect(texts(chat)).toEqual(["one", "TWO", "-", "four"]);
    expect(chat.messages[1]).toMatchObject({ edited: true });
  });

  it("deletes nothing of whom we muted, and nothing that we only heard while watching", async () => {
    const chat = chatOf(await join("Ann"));
    await chat.mute(51, true);
    server.tell({ kind: "said", message: message(1, "a") });
    server.tell({ kind: "said", message: message(2, "b", { person: 51 }) });
    server.tell({ kind: "said", message: message(3, "c", { channel: 1 }) });
    server.tell({ kind: "said", message: message(4, "d") });
    server.tell({ kind: "history", messages: [message(1, "a"), message(4, "d")], reads: [] });
    expect(texts(chat)).toEqual(["a", "b", "c", "d"]);
  });

  it("lets what is said meanwhile wait, and ends what was being written", async () => {
    const [ann, ben] = [chatOf(await join("Ann")), chatOf(await join("Ben"))];
    ben.setTyping(true);
    await settle();
    expect(ann.typing).toEqual(["Ben"]);
    server.drop(1006, "", server.sockets[0]);
    expect(ann.typing).toEqual([]);
    const saying = ann.say("wait for me");
    await comeBack();
    await saying;
    expect(texts(ben)).toEqual(["wait for me"]);
  });

  it("from which we come back as somebody else leaves our lines ours, and whom we muted muted", async () => {
    const session = await join("Ann");
    const chat = chatOf(session);
    await chat.say("mine");
    await chat.mute(51, true);
    server.drop(4001); // the seat is gone: another one
    await settle();
    expect(session.welcome?.player).toBe(2);
    await settle();
    expect(server.socket.sentOfKind("request")).toMatchObject([{ action: "mute", arguments: [51, 1] }]);
    await chat.say("mine too");
    expect(texts(chat)).toEqual(["> mine", "> mine too"]);
  });
});

describe("writing", () => {
  const told = (index = 0) => server.sockets[index]!.sentOfKind("typing").map(({ on, channel }) => [on, channel]);

  it("is told now and then however often it is said, and ends by itself", async () => {
    const [ann, ben] = [chatOf(await join("Ann")), chatOf(await join("Ben"))];
    for (let key = 0; key < 30; key++) {
      ann.setTyping(true);
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(told()).toEqual([
      [true, 0],
      [true, 0],
    ]);
    expect(ben.typing).toEqual(["Ann"]);
    expect(ann.typing).toEqual([]);
    await vi.advanceTimersByTimeAsync(2500);
    expect(told().at(-1)).toEqual([false, 0]);
    expect(ben.typing).toEqual([]);
    ann.setTyping(false);
    await settle();
    expect(told()).toHaveLength(3);
  });

  it("ends with the line, without a word", async () => {
    const [ann, ben] = [chatOf(await join("Ann")), chatOf(await join("Ben"))];
    ann.setTyping(true);
    await ann.say("done");
    expect(ben.typing).toEqual([]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(told()).toEqual([[true, 0]]);
  });

  it("is over for whoever sits down or stands up: its end may be told to others alone", async () => {
    const [ann, ben] = [chatOf(await join("Ann")), chatOf(await join("Ben"))];
    ben.setTyping(true);
    await settle();
    expect(ann.typing).toEqual(["Ben"]);
    server.tell({ kind: "history", messages: [], reads: [] }); // as with every welcome
    expect(ann.typing).toEqual([]);
  });

  it("ends with whoever leaves; one whom nobody knows is not named", async () => {
    const [session, ben] = [await join("Ann"), chatOf(await join("Ben"))];
    const ann = chatOf(session);
    ben.setTyping(true);
    await settle();
    sessions[1]!.leave();
    await settle();
    expect(ann.typing).toEqual([]);
    server.tell({ kind: "typing", person: 777, channel: 0, on: true });
    expect(ann.typing).toEqual([]);
  });
});

describe("reading", () => {
  const told = () => server.sockets[0]!.sentOfKind("read").map(({ message }) => message);

  it("is counted, and told at once, and then once a second at most", async () => {
    const [ann, ben] = [chatOf(await join("Ann")), chatOf(await join("Ben"))];
    await ann.say("own lines need no reading");
    for (const text of ["a", "b", "c"]) server.say(text);
    expect(ann.unread).toBe(3);
    ann.markRead(2);
    expect(ann.unread).toBe(2);
    ann.markRead(3);
    ann.markRead();
    ann.markRead(1);
    expect(ann.unread).toBe(0);
    await settle();
    expect(told()).toEqual([2]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(told()).toEqual([2, 4]);
    expect(ben.reads).toEqual(new Map([[1, 4]]));
  });

  it("while away is told when we are back, and is known there afterwards", async () => {
    const chat = chatOf(await join("Ann"));
    server.say("a");
    server.drop();
    chat.markRead();
    await vi.advanceTimersByTimeAsync(1500);
    expect(server.socket.sentOfKind("read")).toMatchObject([{ message: 1 }]);
    expect(chat.reads).toEqual(new Map()); // those of others
    expect(chatOf(sessions[0]!).unread).toBe(0);
  });
});

describe("not hearing somebody", () => {
  it("is asked for, and known when it is granted", async () => {
    const chat = chatOf(await join("Ann"));
    const before = chat.muted;
    await chat.mute(7, true);
    await chat.silence(8, true);
    expect(server.socket.sentOfKind("request")).toMatchObject([
      { action: "mute", arguments: [7, 1] },
      { action: "silence", arguments: [8, 1] },
    ]);
    expect([chat.muted, chat.silenced, before]).toEqual([new Set([7]), new Set([8]), new Set()]);
    await chat.mute(7, false);
    expect(chat.muted).toEqual(new Set());
  });

  it("stays as it was when it is refused", async () => {
    const chat = chatOf(await join("Ann"));
    server.socket.onSent = null;
    const silencing = chat.silence(8, true);
    server.reply("not_host");
    await expect(silencing).rejects.toMatchObject({ reason: "not_host" });
    expect(chat.silenced).toEqual(new Set());
  });
});
