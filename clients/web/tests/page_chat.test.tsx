// @vitest-environment happy-dom
/** The chat of the page on a mock server: what is shown, what is sent, what the keys do, and what is read aloud. */

import { act } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Status } from "../src/generated/protocol.ts";
import { announcementOf, seenByOf, typingOf } from "../src/page/chat/words.ts";
import { line, SessionPage } from "./session_page.tsx";

vi.mock("../src/page/arena/view.ts", () => ({
  ArenaView: { open: async () => ({ close: () => undefined, toggleNetGraph: () => undefined }) },
}));

let page: SessionPage;

beforeEach(() => {
  vi.useFakeTimers();
  page = new SessionPage();
});

afterEach(async () => {
  await page.close();
  vi.useRealTimers();
});

const ROUND = { phase: { status: Status.Active, endsAt: 9000 } };
const place = () => page.element.querySelector<HTMLElement>(".chat")?.dataset;
const ownId = () => page.visit.session!.welcome!.player;
const aloud = () => page.text("[data-chat-announcer]");

describe("what was said", () => {
  it("stands in the side panel of the lobby, with what was said before", async () => {
    await page.enter();
    await page.join(7, 1, "Ben");
    await page.tell({ kind: "history", messages: [line(1, 7, "Ben", "hello"), line(2, 9, "Cid", "bye")], reads: [] });
    expect(place()).toMatchObject({ place: "side", open: "true" });
    expect(page.texts(".messages .message-author")).toEqual(["Ben", "Cid"]);
    expect(page.texts(".messages .message-text")).toEqual(["hello", "bye"]);
    expect(page.element.querySelectorAll(".messages .seat-mark").length).toBe(1); // Cid has left: no seat is known
    expect(page.element.querySelector(".messages time")?.getAttribute("title")).toMatch(/2026/);
  });

  it("is text, whatever it looks like", async () => {
    await page.enter();
    await page.said(1, 7, "<b>Ben</b>", '<img src=x onerror="globalThis.broken = true"> &amp; https://x.test');
    expect(page.text(".message-text")).toBe('<img src=x onerror="globalThis.broken = true"> &amp; https://x.test');
    expect(page.element.querySelector(".messages :is(img, a, b)")).toBeNull();
    // The directions of a name or a line end with it.
    expect(page.element.querySelector(".message-text")?.tagName).toBe("BDI");
  });

  it("shows what was edited and deleted", async () => {
    await page.enter();
    await page.said(1, 7, "Ben", "helo");
    await page.said(2, 7, "Ben", "oops");
    await page.tell(
      { kind: "revised", message: 1, text: "hello", deleted: false, atMs: 1 },
      { kind: "revised", message: 2, text: "", deleted: true, atMs: 1 },
    );
    expect(page.texts(".messages .message-words")).toEqual(["Ben: hello (edited)", "Ben: Message deleted"]);
  });

  it("who is writing, and who has seen the own line", async () => {
    await page.enter();
    await page.join(7, 1, "Ben");
    await page.join(8, 2, "Cid");
    await page.said(1, ownId(), "Ann", "ready?");
    await page.tell({ kind: "typing", person: 7, channel: 0, on: true });
    expect(page.text(".typing")).toBe("Ben is writing");
    await page.tell({ kind: "read", person: 8, message: 1 });
    expect(page.text(".seen-by")).toBe("Seen by Cid");
    await page.tell({ kind: "read", person: 7, message: 1 }, { kind: "typing", person: 7, channel: 0, on: false });
    expect(page.text(".seen-by")).toBe("Seen by all");
    expect(page.text(".typing")).toBe("");
  });
});

describe("saying something", () => {
  it("shows it at once, and once when the server has it", async () => {
    await page.enter();
    await page.type("hello all");
    expect(page.sent("typing").at(-1)).toMatchObject({ channel: 0, on: true });
    await page.press("Send");
    expect(page.sent("say").at(-1)).toMatchObject({ channel: 0, text: "hello all" });
    expect(page.message?.value).toBe("");
    expect(page.text(".outgoing")).toMatch(/^You.*hello all.*sending/);
    await page.said(1, ownId(), "Ann", "hello all");
    await page.answer("say");
    expect(page.texts(".message-text")).toEqual(["hello all"]);
    expect(page.element.querySelector(".message")?.getAttribute("data-own")).toBe("true");
  });

  it("says why not, and when to try again", async () => {
    await page.enter();
    await page.type("again");
    await page.press("Send");
    await page.answer("say", "rate_limited", 2500);
    expect(page.text(".message-fault")).toBe("Not sent. Too many messages at once.");
    expect(page.text(".toasts")).toBe(""); // once is enough
    expect(page.button("Send again")?.textContent).toBe("Send again in 3 s");
    expect(page.button("Send again")?.disabled).toBe(true);
    await page.pass(3);
    await page.press("Send again");
    expect(page.sent("say").map(({ text }) => text)).toEqual(["again", "again"]);
    await page.answer("say");
    expect(page.texts(".outgoing")).toEqual([]);
  });

  it("offers no other try where there is none", async () => {
    await page.enter();
    await page.type("hm");
    await page.press("Send");
    await page.answer("say", "silenced");
    expect(page.text(".message-fault")).toMatch(/silenced you/);
    expect(page.button("Send again")).toBeUndefined();
    await page.press("Discard");
    expect(page.texts(".outgoing")).toEqual([]);
  });

  it("does not send what is empty or too long", async () => {
    await page.enter();
    await page.type("   ");
    expect(page.button("Send")?.disabled).toBe(true);
    await page.type("x".repeat(301));
    expect(page.text(".composer-room")).toBe("1 characters too many");
    await page.key("Enter");
    expect(page.sent("say")).toEqual([]);
    await page.type("🙂".repeat(300));
    expect(page.button("Send")?.disabled).toBe(false);
  });

  it("edits and deletes own lines, and as the host deletes those of others", async () => {
    await page.enter();
    await page.said(1, ownId(), "Ann", "helo");
    await page.said(2, 7, "Ben", "rude");
    expect(page.button("Edit the message of Ben")).toBeUndefined();
    await page.press("Edit your message");
    expect(page.message?.value).toBe("helo");
    await page.type("hello");
    await page.key("Enter");
    expect(page.sent("revise").at(-1)).toMatchObject({ message: 1, text: "hello" });
    await page.press("Delete the message of Ben");
    expect(page.sent("revise").at(-1)).toMatchObject({ message: 2, text: null });
    await page.answer("revise", "not_yours");
    expect(page.text(".toasts")).toMatch(/Not deleted\. That message is somebody else's\./);
  });

  it("a guest deletes own lines only, and can stop hearing somebody", async () => {
    await page.enter({ host: 7 });
    await page.join(7, 1, "Ben");
    await page.said(1, 7, "Ben", "spam");
    expect(page.button("Delete the message of Ben")).toBeUndefined();
    await page.press("Ignore Ben");
    expect(page.requests.at(-1)).toEqual(["mute", [7, 1]]);
    await page.answer("request");
    expect(page.texts(".messages .message-text")).toEqual([]);
    expect(page.text(".people")).toMatch(/Ben.*ignored/);
  });
});

describe("in the game", () => {
  it("only the last lines stand over the arena, for a while", async () => {
    await page.enter(ROUND);
    expect(place()).toMatchObject({ place: "corner", open: "false" });
    await page.said(1, 7, "Ben", "one");
    await page.said(2, 7, "Ben", "two");
    expect(page.texts(".recent .message-text")).toEqual(["one", "two"]);
    expect(page.text(".unread")).toBe("2 unread");
    expect(page.sent("read")).toEqual([]);
    await page.pass(11);
    expect(page.texts(".recent .message-text")).toEqual([]);
    await page.press("Chat");
    expect(page.sent("read").at(-1)?.message).toBe(2);
    expect(document.activeElement).toBe(page.message);
  });

  it("Enter opens and sends, Escape leaves, and the game's keys do not fire meanwhile", async () => {
    await page.enter(ROUND);
    await page.key("Enter");
    expect(document.activeElement).toBe(page.message);
    const before = page.sent("input").length;
    const w = await page.key("w", "KeyW");
    const space = await page.key(" ", "Space");
    const m = await page.key("m", "KeyM");
    expect([w, space, m].map(({ defaultPrevented }) => defaultPrevented)).toEqual([false, false, false]);
    expect(page.sent("input").length).toBe(before);
    expect(page.button("Mute")?.getAttribute("aria-pressed")).toBe("false");
    await page.type("go left");
    await page.key("Enter");
    expect(page.sent("say").at(-1)?.text).toBe("go left");
    expect(place()).toMatchObject({ open: "false" });
    expect(document.activeElement).toBe(document.body);
    await page.answer("say", "silenced");
    expect(page.text(".toasts")).toBe("Not sent. The host has silenced you."); // for the panel is folded
    await page.key("Enter");
    expect(document.activeElement).toBe(page.message);
    await page.key("Escape");
    expect(place()).toMatchObject({ open: "false" });
    expect(document.activeElement).toBe(document.body);
  });

  it("has who is here behind a button, for the side panel has the scores; Escape folds that too", async () => {
    await page.enter(ROUND);
    await page.join(7, 1, "Ben");
    await page.press("Chat");
    await page.press("People");
    expect(page.texts(".chat .people li").map((words) => words?.slice(0, 3))).toEqual(["Ann", "Ben"]);
    expect(page.text(".chat .people")).not.toMatch(/ready/); // who plays is
    expect(page.button("Kick Ben")).toBeDefined();
    await act(async () => page.button("Messages")?.focus());
    await page.key("Escape");
    expect(place()).toMatchObject({ open: "false" });
  });

  it("keys of an input method are its own", async () => {
    await page.enter(ROUND);
    await page.key("Enter");
    await page.type("にほ");
    const escape = await page.key("Escape", "Escape", { isComposing: true });
    expect(escape.defaultPrevented).toBe(false);
    expect(page.message?.value).toBe("にほ");
  });

  it("a draft outlives the change of screens", async () => {
    await page.enter();
    await page.type("half a sen");
    await act(async () => page.server.change({ session: { 0: { status: Status.Active, endsAt: 9000 } } }));
    await page.settle();
    // Whoever is writing goes on writing, and is not thrown into the game with the next key.
    expect(place()).toMatchObject({ place: "corner", open: "true" });
    expect(document.activeElement).toBe(page.message);
    await page.key("Escape");
    await page.key("Enter");
    expect(page.message?.value).toBe("half a sen");
  });
});

describe("watchers", () => {
  it("have a channel of their own", async () => {
    await page.enter({ watch: true });
    await page.said(1, 7, "Ben", "they cannot see this", 1);
    expect(page.text(".message .tag")).toBe("watchers");
    const channel = page.element.querySelector<HTMLSelectElement>(".composer select")!;
    await act(async () => {
      channel.value = "1";
      channel.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await page.type("psst");
    await page.press("Send");
    expect(page.sent("say").at(-1)).toMatchObject({ channel: 1, text: "psst" });
  });

  it("players have not", async () => {
    await page.enter();
    expect(page.element.querySelector(".composer select")).toBeNull();
  });
});

describe("read aloud", () => {
  it("what comes within seconds is one announcement, and own lines are none", async () => {
    await page.enter();
    await page.said(1, 7, "Ben", "one");
    await page.said(2, 7, "Ben", "two");
    await page.said(3, ownId(), "Ann", "three");
    expect(aloud()).toBe("");
    await page.pass(3);
    expect(aloud()).toBe("2 new messages. Ben: two");
    await page.said(4, ownId(), "Ann", "four");
    await page.pass(3);
    expect(aloud()).toBe("2 new messages. Ben: two");
    expect(page.element.querySelector(".messages [aria-live]")).toBeNull();
  });
});

describe("words", () => {
  it("of who is writing, who has seen it, and what is new", () => {
    expect([[], ["A"], ["A", "B"], ["A", "B", "C"]].map(typingOf)).toEqual([
      "",
      "A is writing",
      "A and B are writing",
      "3 people are writing",
    ]);
    expect(seenByOf(["A"], 1)).toBe("Seen by A");
    expect(seenByOf(["A", "B"], 2)).toBe("Seen by all");
    expect(seenByOf(["A", "B", "C"], 4)).toBe("Seen by A and 2 others");
    expect(announcementOf([])).toBe("");
    expect(announcementOf([{ nickname: "A", text: "x" }])).toBe("A: x");
  });
});
