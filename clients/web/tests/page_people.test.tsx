// @vitest-environment happy-dom
/** Who is here, what the host may do about it, seats taken and given up, and the ways in that are barred. */

import { act } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Presence, Status } from "../src/generated/protocol.ts";
import { CODE, SessionPage } from "./session_page.tsx";

const view = { opened: 0 };
vi.mock("../src/page/arena/view.ts", () => ({
  ArenaView: {
    open: async () => {
      view.opened += 1;
      return { close: () => undefined, toggleNetGraph: () => undefined };
    },
  },
}));

let page: SessionPage;

beforeEach(() => {
  vi.useFakeTimers();
  page = new SessionPage();
});

afterEach(async () => {
  await page.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const lineOf = (name: string) => page.texts(".people li").find((words) => words?.startsWith(name)) ?? "";

describe("the host", () => {
  it("has a menu for each person", async () => {
    await page.enter();
    await page.join(7, 1, "Ben");
    expect(page.button("Silence Ben")).toBeUndefined();
    await page.press("More about Ben");
    expect(page.button("More about Ben")?.getAttribute("aria-expanded")).toBe("true");
    await page.press("Silence Ben");
    await page.answer("request");
    expect(lineOf("Ben")).toMatch(/silenced/);
    expect(page.button("Silence Ben")?.getAttribute("aria-pressed")).toBe("true");
    await page.press("Silence Ben");
    await page.press("Kick Ben");
    expect(page.requests).toEqual([
      ["silence", [7, 1]],
      ["silence", [7, 0]],
      ["kick", [7]],
    ]);
  });

  it("is asked again before what cannot be taken back", async () => {
    await page.enter();
    await page.join(7, 1, "Ben");
    await page.press("More about Ben");
    await page.press("Ban Ben");
    expect(page.requests).toEqual([]);
    const relatedTarget = page.button("More about Ben") ?? null;
    const goAway = new FocusEvent("focusout", { bubbles: true, relatedTarget });
    await act(async () => page.button("Ban Ben")?.dispatchEvent(goAway));
    await page.press("Ban Ben");
    expect(page.requests).toEqual([]); // whoever went away meanwhile is asked anew
    // A click takes the focus away again, to nowhere: that is no change of mind.
    await act(async () => page.button("Ban Ben")?.dispatchEvent(new FocusEvent("focusout", { bubbles: true })));
    await page.press("Ban Ben: sure?");
    await page.press("Hand over Ben");
    await page.press("Hand over Ben: sure?");
    expect(page.requests).toEqual([
      ["ban", [7]],
      ["hand_over", [7]],
    ]);
  });

  it("locks the session, and adds and removes bots", async () => {
    await page.enter();
    await page.press("Lock");
    await page.tell({ kind: "settings", settings: { round_s: 180, locked: 1 } });
    expect(page.button("Lock")?.getAttribute("aria-pressed")).toBe("true");
    await page.press("Lock");
    await page.press("Add bot");
    await page.join(8, 1, "Bot 1", true);
    expect(page.button("More about Bot 1")).toBeUndefined();
    await page.press("Kick Bot 1");
    expect(page.requests).toEqual([
      ["lock", [1]],
      ["lock", [0]],
      ["add_bot", []],
      ["kick", [8]],
    ]);
    await page.join(9, 2, "Ben");
    await page.join(10, 3, "Cid");
    expect(page.button("Add bot")?.disabled).toBe(true);
  });

  it("is who has the powers, and nobody else", async () => {
    await page.enter({ host: 7 });
    await page.join(7, 1, "Ben");
    await page.press("More about Ben");
    for (const name of ["Kick", "Ban", "Silence", "Hand over", "Lock", "Add bot"])
      expect(page.button(name), name).toBeUndefined();
    expect(page.button("Ignore Ben")).toBeDefined();
  });

  it("is told in words why something was refused", async () => {
    await page.enter();
    await page.join(7, 1, "Ben");
    await page.press("More about Ben");
    await page.press("Silence Ben");
    await page.answer("request", "no_such_person");
    expect(page.text(".toasts")).toContain("That person is gone.");
  });
});

describe("who is here", () => {
  it("shows who is away, and who plays from the next round on", async () => {
    await page.enter();
    await page.join(7, 1, "Ben");
    await page.join(8, 2, "Cid");
    await act(async () =>
      page.server.change({ seats: { 1: { presence: Presence.Away }, 2: { presence: Presence.Waiting } } }),
    );
    await page.settle();
    expect(lineOf("Ben")).toMatch(/away/);
    expect(lineOf("Cid")).toMatch(/next round/);
  });

  it("lists who watches, and the host may bar them too", async () => {
    await page.enter();
    await page.tell({ kind: "watching", person: 9, nickname: "Eve", on: true });
    expect(page.text(".watchers h4")).toBe("1 watcher");
    await page.press("More about Eve");
    expect(page.button("Hand over")).toBeUndefined();
    await page.press("Ban Eve");
    await page.press("Ban Eve: sure?");
    expect(page.requests).toEqual([["ban", [9]]]);
    await page.tell({ kind: "watching", person: 9, nickname: "Eve", on: false });
    expect(page.text(".watchers")).toBe("");
  });

  it("tells the others when this page has been out of sight for a while", async () => {
    await page.enter();
    const hidden = vi.spyOn(document, "hidden", "get");
    const look = (isHidden: boolean) =>
      act(async () => {
        hidden.mockReturnValue(isHidden);
        document.dispatchEvent(new Event("visibilitychange"));
      });
    await look(true);
    await page.pass(10);
    await look(false);
    expect(page.requests).toEqual([]); // a short look elsewhere
    await look(true);
    await page.pass(16);
    expect(page.requests).toEqual([["away", [1]]]);
    await look(false);
    expect(page.requests).toEqual([
      ["away", [1]],
      ["away", [0]],
    ]);
  });
});

describe("seats", () => {
  it("are taken and given up within the session; the address and the arena follow", async () => {
    await page.enter({ watch: true, phase: { status: Status.Waiting } });
    expect(location.hash).toBe(`#${CODE}?watch`);
    await page.press("Take a seat");
    expect(page.requests).toEqual([["sit", []]]);
    const before = view.opened;
    await act(async () => {
      page.server.welcome({ player: 3, seat: 1, token: "token", roster: [member(3, 1, "Ann")] });
    });
    await page.settle();
    expect(page.server.sockets.length).toBe(1);
    expect(page.text(".watch-banner")).toBe("");
    expect(page.button("Ready")).toBeDefined();
    expect(location.hash).toBe(`#${CODE}`);
    expect(view.opened).toBeGreaterThan(before);
    await page.press("Watch instead");
    expect(page.requests.at(-1)).toEqual(["stand", []]);
    await act(async () => {
      page.server.welcome({ player: 3, seat: -1, token: "", roster: [] });
    });
    await page.settle();
    expect(page.text(".watch-banner")).toMatch(/You are watching/);
    expect(location.hash).toBe(`#${CODE}?watch`);
  });
});

const member = (player: number, seat: number, nickname: string) => ({
  player,
  seat,
  nickname,
  bot: false,
  connected: true,
});

describe("barred ways", () => {
  const refuse = async (code: number, reason: string) => {
    await act(async () => {
      page.server.socket.accept();
      page.server.drop(code, reason);
    });
    await page.settle();
  };
  const title = () => page.text("#over-title");
  const password = () => page.element.querySelector<HTMLInputElement>(".over-card input[name=password]")!;

  it("a password is asked for, and asked for again when it is wrong", async () => {
    await page.show();
    await act(async () => page.visit.enter({ code: CODE, watch: false }));
    await act(() => page.server.asked());
    await refuse(4015, "wrong_password");
    expect(title()).toBe("This session has a password");
    expect(password().labels?.[0]?.textContent).toBe("Password");
    expect(document.activeElement).toBe(password());
    await page.fill(password(), "wrong");
    await page.key("Enter");
    await act(() => page.server.asked(2));
    await refuse(4015, "wrong_password");
    expect(page.sent("hello").at(-1)?.password).toBe("wrong");
    expect(title()).toBe("That password is wrong");
    await page.fill(password(), "right");
    await page.press("Join");
    await act(() => page.server.asked(3));
    await act(async () => {
      page.server.welcome();
    });
    await page.settle();
    expect(page.sent("hello").at(-1)?.password).toBe("right");
    expect(page.element.querySelector<HTMLElement>("[data-screen]")?.dataset.screen).toBe("lobby");
    expect(location.href).not.toContain("right"); // nor is it in what is sent to friends
  });

  it.each([
    [4003, "banned", "The host has banned you"],
    [4003, "locked", "This session is locked"],
    [4003, "not_allowed", "You may not join this session"],
  ])("%i %s: %s", async (code, reason, words) => {
    await page.show();
    await act(async () => page.visit.enter({ code: CODE, watch: false }));
    await act(() => page.server.asked());
    await refuse(code, reason);
    expect(title()).toBe(words);
  });
});

describe("a new session", () => {
  it("may have a password, keep latecomers waiting, and be seen late; whoever makes it comes in", async () => {
    const create = vi.spyOn(page.visit.client.api, "createSession");
    await page.show();
    const field = (name: string) =>
      page.element.querySelector<HTMLInputElement | HTMLSelectElement>(`.create-panel [name=${name}]`)!;
    await act(async () => {
      field("password").value = "open sesame";
      field("late_join").value = "wait";
      field("spectator_delay_s").value = "5";
    });
    await page.press("Create");
    expect(create.mock.calls[0]?.[0]).toMatchObject({
      password: "open sesame",
      late_join: "wait",
      spectator_delay_ticks: 150,
    });
    await act(() => page.server.asked());
    await act(async () => page.server.socket.accept());
    expect(page.sent("hello").at(-1)?.password).toBe("open sesame");
  });

  it("asks for none of it by itself", async () => {
    const create = vi.spyOn(page.visit.client.api, "createSession");
    await page.show();
    await page.press("Create");
    for (const name of ["password", "late_join", "spectator_delay_ticks"])
      expect(create.mock.calls[0]?.[0]).not.toHaveProperty(name);
  });
});

describe("open sessions", () => {
  const listing = (code: string, players: number, settings: Record<string, number> = {}) => ({
    code,
    game: "arena",
    status: Status.Waiting,
    seats: 4,
    players,
    connected: players,
    watchers: 0,
    tickHz: 30,
    settings: { map: 1, password: 0, locked: 0, ...settings },
  });
  const codes = () => page.texts(".open-sessions .session-code");

  it("come and go as the server tells, the fuller ones first, and say what bars the way", async () => {
    await page.show();
    await act(() => page.server.lobby.asked());
    await act(async () => page.server.lobby.welcome([listing("AAAAAA", 1), listing("BBBBBB", 4)]));
    expect(codes()).toEqual(["AAAAAA", "BBBBBB"]);
    expect(page.button("Join session BBBBBB")?.disabled).toBe(true);
    await act(async () =>
      page.server.lobby.change(
        [listing("BBBBBB", 3, { password: 1 }), listing("CCCCCC", 2, { password: 1, locked: 1 })],
        ["AAAAAA"],
      ),
    );
    expect(codes()).toEqual(["BBBBBBAsks for a password", "CCCCCCLocked by its host"]);
    expect(page.text(".open-sessions .hint")).toBe("Corridors, not begun");
    await page.press("Join session BBBBBB");
    expect(page.visit.session?.code).toBe("BBBBBB");
  });
});
