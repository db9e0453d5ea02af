// @vitest-environment happy-dom
/** The page's screens on a mock server: what is shown, what the buttons ask for, what is announced. */

import { act } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ARENA, Status } from "../src/generated/protocol.ts";
import { App } from "../src/page/app.tsx";
import { Sounds } from "../src/page/sound/index.ts";
import { Visit } from "../src/page/visit.ts";
import { MockEnvironment, MockServer } from "../src/testing/index.ts";
import { mockClient } from "./mock_client.ts";
import { openPage, type Page } from "./react_page.tsx";

// The arena is drawn with WebGL, which no DOM for tests has; what it is told to draw has tests of its own.
const view = { opened: 0, closed: 0 };
vi.mock("../src/page/arena/view.ts", () => ({
  ArenaView: {
    open: async () => {
      view.opened += 1;
      const close = () => {
        view.closed += 1;
      };
      return { close, toggleNetGraph: () => undefined };
    },
  },
}));

const MAPS = ["plaza", "corridors", "islands"].map((name) => ({ name, rows: ["####", "#..#", "####"] }));
const CODE = "K7P2QX";

let server: MockServer<typeof ARENA>;
let page: Page;
let visit: Visit;

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  localStorage.setItem("tickroom.name", "Ann");
  Object.assign(view, { opened: 0, closed: 0 });
  server = new MockServer({ game: ARENA, seats: 3, settings: { round_s: 180 }, assets: { maps: MAPS } });
  visit = new Visit(mockClient(server, new MockEnvironment()));
  page = openPage({ strict: true });
  document.body.append(page.element);
});

afterEach(async () => {
  await act(async () => visit.leave());
  await page.close();
  page.element.remove();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const show = () => page.show(<App visit={visit} sounds={new Sounds()} />);
/** Let 150 ms go by: panels look ten times a second. */
const settle = () => act(async () => vi.advanceTimersByTimeAsync(150));
const screenName = () => page.element.querySelector<HTMLElement>("[data-screen]")?.dataset.screen;
const text = (selector: string) => page.element.querySelector(selector)?.textContent ?? "";
const texts = (selector: string) => [...page.element.querySelectorAll(selector)].map((found) => found.textContent);
const button = (name: string) =>
  [...page.element.querySelectorAll("button")].find((found) =>
    (found.getAttribute("aria-label") ?? found.textContent ?? "").startsWith(name),
  );

async function press(name: string): Promise<void> {
  const found = button(name);
  if (found === undefined) throw new Error(`there is no button ${name}: ${texts("button").join(", ")}`);
  await act(async () => found.click());
}

/** Ann is in the session; she is its host unless `host` says another player's id. */
async function enter(options: { watch?: boolean; host?: number; phase?: Record<string, number> } = {}): Promise<void> {
  const { watch = false, host, phase = {} } = options;
  await show();
  await act(async () => visit.enter({ code: CODE, watch }));
  await act(() => server.asked());
  await act(async () => {
    server.welcome();
    server.change({ session: { 0: { ...(host && { host }), ...phase } } });
  });
  await settle();
}

/** Somebody else comes. */
async function join(player: number, seat: number, nickname: string, bot = false): Promise<void> {
  await act(async () => {
    server.tell({ kind: "joined", member: { player, seat, nickname, bot, connected: true } });
    server.change({ seats: { [seat]: { presence: 1, player } } });
  });
  await settle();
}

describe("the start", () => {
  it("has what it needs under the names that tests and screen readers use", async () => {
    await show();
    await settle();
    expect(screenName()).toBe("start");
    expect(page.element.querySelector<HTMLInputElement>("#nickname")?.value).toBe("Ann");
    for (const name of ["Quick play", "Create", "Join", "Watch"]) expect(button(name), name).toBeDefined();
    for (const field of page.element.querySelectorAll<HTMLInputElement>("input, select")) {
      expect(field.labels?.length, field.name).toBe(1);
    }
  });

  it("quick play finds a session and remembers the name", async () => {
    await show();
    await act(async () => {
      const name = page.element.querySelector<HTMLInputElement>("#nickname")!;
      name.value = "  Zoe ";
    });
    await press("Quick play");
    await act(() => server.asked());
    expect(visit.session?.code).toBe(CODE);
    expect(visit.session?.nickname).toBe("Zoe");
    expect(location.hash).toBe(`#${CODE}`);
  });
});

describe("the lobby", () => {
  it("shows who is here, with host, bot, ready and away", async () => {
    await enter();
    await join(7, 1, "Ben");
    await join(8, 2, "Robo", true);
    await act(async () => {
      server.change({ seats: { 1: { ready: 1 } } });
      server.tell({ kind: "dropped", player: 8, seat: 2, until: server.tick + 300 });
    });
    await settle();
    expect(screenName()).toBe("lobby");
    const [ann, ben, robo] = texts(".people li");
    expect(ann).toMatch(/^Annyou.*Host.*not ready/);
    expect(ben).toMatch(/^Ben.*ready/);
    expect(robo).toMatch(/^Robobot.*away 10 s/);
    expect(text(".code [aria-hidden]")).toBe(CODE);
    expect(page.element.querySelector(".qr")?.getAttribute("aria-label")).toContain(`#${CODE}`);
  });

  it("asks for what its buttons say, and says why not", async () => {
    await enter();
    await join(7, 1, "Ben");
    await press("Ready");
    await press("Start");
    await press("Kick Ben");
    const asked = server.socket.sentOfKind("request");
    expect(asked.map(({ action, arguments: given }) => [action, given])).toEqual([
      ["ready", [1]],
      ["start", []],
      ["kick", [7]],
    ]);
    await act(async () => server.reply("no_such_player"));
    expect(text("[role=status].toasts")).toContain("That player has left already.");
  });

  it("gives the host the settings, and the others the words", async () => {
    await enter();
    const [map, round] = page.element.querySelectorAll<HTMLSelectElement>(".settings select");
    await act(async () => {
      map!.value = "2";
      map!.dispatchEvent(new Event("change", { bubbles: true }));
      round!.value = "60";
      round!.dispatchEvent(new Event("change", { bubbles: true }));
    });
    expect(server.socket.sentOfKind("request").map(({ arguments: given }) => given)).toEqual([
      [0, 2],
      [1000, 60],
    ]);
    await act(async () => {
      server.tell({ kind: "settings", settings: { map: 2, items: 32, round_s: 60 } });
      server.change({ session: { 0: { host: 7 } } });
    });
    await settle();
    expect(text(".settings-told")).toBe("Islands, 1 minute a round, 32 items");
    expect(button("Start")).toBeUndefined();
    expect(button("Kick")).toBeUndefined();
  });

  it("folds, and says so", async () => {
    await enter();
    const fold = page.element.querySelector<HTMLButtonElement>(".fold")!;
    expect(fold.getAttribute("aria-expanded")).toBe("true");
    await act(async () => fold.click());
    expect(fold.getAttribute("aria-expanded")).toBe("false");
    expect(document.getElementById(fold.getAttribute("aria-controls")!)?.hidden).toBe(true);
    expect(button("Ready")).toBeDefined();
  });
});

describe("the game", () => {
  it("shows clock and scores, best first, and opens the arena anew with another map", async () => {
    await enter({ phase: { status: Status.Active, endsAt: 100 + 30 * 83 } });
    await join(7, 1, "Ben");
    await act(async () => server.change({ players: { 0: { score: 20 }, 1: { score: 50 } } }));
    await settle();
    expect(screenName()).toBe("game");
    expect(text(".clock")).toMatch(/^1:2\d$/);
    expect(texts(".scores li")).toEqual(["Ben50", "Ann, you20"]);
    expect(view.opened - view.closed).toBe(1);
    const before = view.opened;
    await act(async () => server.tell({ kind: "settings", settings: { map: 1 } }));
    await settle();
    expect(view.opened).toBe(before + 1);
    expect(view.opened - view.closed).toBe(1);
  });

  it("counts down before it", async () => {
    await enter({ phase: { startsAt: 100 + 30 * 3 } });
    expect(screenName()).toBe("game");
    expect(text(".countdown")).toBe("3");
  });

  it("is left for good", async () => {
    await enter({ phase: { status: Status.Active, endsAt: 9000 } });
    await press("Leave");
    expect(server.socket.sentOfKind("leave").length).toBe(1);
    expect(screenName()).toBe("start");
    expect(view.opened).toBe(view.closed);
    expect(location.hash).toBe("");
  });

  it("who watches has no buttons of players, and a seat when one is free", async () => {
    await enter({ watch: true, phase: { status: Status.Waiting } });
    expect(text(".watch-banner")).toMatch(/You are watching.*Take a seat/);
    expect(button("Ready")).toBeUndefined();
    expect(page.element.querySelector(".touch")).toBeNull();
    for (const seat of [0, 1, 2]) await join(seat + 5, seat, `P${seat}`);
    expect(text(".watch-banner")).toMatch(/All seats are taken/);
  });
});

describe("the results", () => {
  it("rank, mark the own line, keep who left, and lead to the next round", async () => {
    await enter({ phase: { status: Status.Active, endsAt: 9000 } });
    await join(7, 1, "Ben");
    const me = visit.session!.me!.player;
    await act(async () => {
      server.tell({
        kind: "results",
        tick: server.tick,
        round: 1,
        ranking: [
          [1, 7, 1, 50],
          [0, me, 2, 20],
        ],
      });
      server.change({ session: { 0: { status: Status.Finished, startsAt: server.tick + 1 + 30 * 15 } } });
    });
    await settle();
    await act(async () => server.tell({ kind: "left", player: 7, seat: 1, cause: "left" }));
    await settle();
    expect(screenName()).toBe("results");
    expect(text("#results-title")).toBe("Ben won");
    expect(texts(".ranking li")).toEqual(["1stBen50", "2ndAnnyou20"]);
    expect(page.element.querySelector(".ranking [data-own=true]")?.textContent).toContain("Ann");
    expect(text(".next-round")).toMatch(/^Next round in 15 s/);
    await press("Ready for the next round");
    await press("Rematch now");
    expect(server.socket.sentOfKind("request").map(({ action }) => action)).toEqual(["ready", "start"]);
  });
});

describe("on a small screen", () => {
  const asSmall = () =>
    vi
      .spyOn(globalThis, "matchMedia")
      .mockImplementation(
        (query) => Object.assign(new EventTarget(), { matches: query.includes("max-width") }) as MediaQueryList,
      );

  it("the host has players and settings between rounds too, folded into the results", async () => {
    asSmall();
    await enter({ phase: { status: Status.Finished } });
    await join(7, 1, "Ben");
    const fold = page.element.querySelector(".results details")!;
    expect(fold.querySelector("summary")?.textContent).toBe("Players and settings");
    expect(fold.querySelectorAll("select").length).toBe(3);
    expect(page.element.querySelectorAll(".between").length).toBe(1);
    await press("Kick Ben");
    expect(server.socket.sentOfKind("request").at(-1)).toMatchObject({ action: "kick", arguments: [7] });
  });

  it("and on a large one they stand beside it", async () => {
    await enter({ phase: { status: Status.Finished } });
    expect(page.element.querySelector(".results .between")).toBeNull();
    expect(page.element.querySelectorAll(".side .between").length).toBe(1);
  });
});

describe("the link", () => {
  const refuse = () => Promise.reject(new DOMException("not here", "NotAllowedError"));
  const useClipboard = (clipboard: unknown) =>
    Object.defineProperty(navigator, "clipboard", { value: clipboard, configurable: true });
  const useOldWay = (copied: (text: string) => boolean) =>
    Object.defineProperty(document, "execCommand", {
      value: () => copied(document.querySelector("textarea")?.value ?? ""),
      configurable: true,
    });
  afterEach(() => {
    Reflect.deleteProperty(navigator, "clipboard");
    Reflect.deleteProperty(document, "execCommand");
  });

  it("is copied the old way on a page without https", async () => {
    const copied: string[] = [];
    useClipboard(undefined);
    useOldWay((text) => copied.push(text) > 0);
    await enter();
    await press("Copy link");
    await settle();
    expect(copied).toEqual([expect.stringContaining(`#${CODE}`)]);
    expect(text(".toasts")).toBe("Link copied. Send it to a friend.");
    expect(document.querySelector("textarea")).toBeNull();
  });

  it("is shown long enough to be marked where nothing may copy it", async () => {
    useClipboard({ writeText: refuse });
    useOldWay(() => false);
    await enter();
    await press("Copy link");
    await act(async () => vi.advanceTimersByTimeAsync(15_000));
    expect(text(".toast[data-kept=true]")).toContain(`#${CODE}`);
    await act(async () => vi.advanceTimersByTimeAsync(6_000));
    expect(text(".toasts")).toBe("");
  });
});

describe("failures", () => {
  it("say what happened and what to do", async () => {
    await enter();
    await act(async () => server.drop(4013));
    await settle();
    expect(screenName()).toBe("over");
    const card = page.element.querySelector("[role=alertdialog]")!;
    expect(card.textContent).toMatch(/The host removed you/);
    expect(document.activeElement).toBe(card);
    await press("To the start");
    expect(screenName()).toBe("start");
    expect(document.activeElement?.textContent).toBe("Tickroom"); // where a screen reader goes on
  });

  it("an arena that could not be loaded is not blamed on the graphics card", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    vi.spyOn(visit.client, "describeGame").mockRejectedValue(new Error("no answer"));
    await enter();
    await settle();
    expect(text(".arena-fault")).toContain("Reload the page");
    expect(page.element.querySelector(".joining")).toBeNull();
  });

  it("a session that we were in and that is unknown now was not mistyped", async () => {
    await enter();
    await act(async () => server.drop(4004));
    await settle();
    expect(text("#over-title")).toBe("The session is gone");
  });

  it("a lost connection counts down to the next try, once aloud, and is tried at once when asked", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999); // the longest waits: 400 ms before the first try, 800 before the second
    await enter();
    await act(async () => server.down());
    const alert = page.element.querySelector(".interruption [role=alert]")!;
    for (let ms = 0; ms < 600; ms += 150) await settle();
    server.up();
    expect(alert.textContent).toBe("Connection lost. Your seat is kept.");
    expect(page.element.querySelector<HTMLElement>(".connection")?.dataset.connection).toBe("reconnecting");
    expect(page.element.querySelector(".next-try")?.getAttribute("aria-hidden")).toBe("true");
    const before = server.sockets.length;
    await press("Try now");
    await act(async () => vi.advanceTimersByTimeAsync(1));
    expect(server.sockets.length).toBe(before + 1);
    await act(async () => server.welcome());
    await settle();
    expect(alert.textContent).toBe("");
    expect(screenName()).toBe("lobby");
  });

  it("a short interruption is not worth a word: a move to another node, a first attempt that succeeds", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    await enter();
    const shown = () => page.element.querySelector<HTMLElement>(".interruption")!.dataset.shown;
    const said: (string | null)[] = [];
    const alert = page.element.querySelector(".interruption [role=alert]")!;
    const observer = new MutationObserver(() => said.push(alert.textContent));
    observer.observe(alert, { childList: true, characterData: true, subtree: true });
    await act(async () => server.move("ws://other.test/ws/K7P2QX"));
    await settle();
    expect(visit.session?.connection.name).toBe("reconnecting");
    expect(shown()).toBe("false");
    await act(async () => server.welcome());
    await settle();
    await act(async () => server.drop());
    await settle(); // 150 of 200 ms
    await settle();
    expect(visit.session?.connection.name).toBe("reconnecting");
    await act(async () => server.welcome());
    for (let ms = 0; ms < 600; ms += 150) await settle();
    expect(visit.session?.connection.name).toBe("live");
    expect([shown(), ...said]).toEqual(["false"]);
    // The same once more, and it lasts: two short ones do not add up to a long one.
    await act(async () => server.drop());
    await settle();
    await settle();
    expect(shown()).toBe("false");
    await settle();
    expect(shown()).toBe("true");
    expect(said).toEqual(["Connection lost. Your seat is kept."]);
    observer.disconnect();
  });

  it("why the connection was lost is said until it is back, also when the way back is a longer one", async () => {
    await enter();
    await act(async () => server.drop(4010));
    for (let ms = 0; ms < 600; ms += 150) await settle();
    const words = text(".interruption [role=alert]");
    expect(words).toContain("restarting");
    await act(async () => server.move("ws://other.test/ws/K7P2QX"));
    await settle();
    expect(text(".interruption [role=alert]")).toBe(words);
    await act(async () => server.welcome());
    expect(text(".interruption [role=alert]")).toBe("");
  });

  it("between the welcome and the state after it the game stays on the screen", async () => {
    await enter({ phase: { status: Status.Active, endsAt: 100 + 30 * 83 } });
    const opened = view.opened;
    await act(async () => server.move("ws://other.test/ws/K7P2QX"));
    await act(async () => {
      server.socket.accept();
      server.socket.say(visit.session!.welcome!);
    });
    await settle();
    expect(visit.session?.replica?.tick).toBe(-1);
    expect([screenName(), text(".clock"), view.opened - opened, view.closed]).toEqual(["game", "1:23", 0, opened - 1]);
    await act(async () => server.welcome());
    await settle();
    expect([screenName(), view.opened - opened]).toEqual(["game", 0]);
  });

  it("a server that cannot save is said calmly, until the game goes on, or the connection is lost", async () => {
    const away = { kind: "error", code: 26, reason: "storage_away", retryAfterMs: 0 } as const;
    const words = "The server cannot save the game at the moment. It goes on as soon as it can.";
    const notice = () => page.element.querySelector(".storage-notice[role=status]")!.textContent;
    await enter();
    expect(notice()).toBe("");
    await act(async () => server.tell(away));
    await settle();
    expect(notice()).toBe(words);
    await act(async () => server.pass());
    expect(notice()).toBe("");
    await act(async () => server.tell(away));
    expect(notice()).toBe(words);
    await act(async () => server.drop(1013));
    for (let ms = 0; ms < 600; ms += 150) await settle();
    expect(notice()).toBe("");
    expect(text(".interruption [role=alert]")).toBe("Connection lost. Your seat is kept.");
    await act(async () => server.welcome());
    await act(async () => server.tell({ ...away, code: 1, reason: "malformed" }));
    expect(notice()).toBe("");
  });

  it("and is not said for ever, should the server say nothing more at all", async () => {
    await enter();
    await act(async () => server.tell({ kind: "error", code: 26, reason: "storage_away", retryAfterMs: 0 }));
    const shown: boolean[] = [];
    for (let second = 0; second < 12; second++) {
      // Pongs, but no states.
      await act(async () => server.tell({ kind: "pong", echo: 0, tick: server.tick, ageUs: 0 }));
      await act(async () => vi.advanceTimersByTimeAsync(1000));
      shown.push(text(".storage-notice") !== "");
    }
    expect(visit.session?.connection.name).toBe("live");
    expect([shown[0], shown[8], shown[10]]).toEqual([true, true, false]);
  });

  it("a full session can be watched instead", async () => {
    await show();
    await act(async () => visit.enter({ code: CODE, watch: false }));
    await act(() => server.asked());
    await act(async () => {
      server.socket.accept();
      server.drop(4005);
    });
    await settle();
    expect(text("#over-title")).toBe("This session is full");
    await press("Watch");
    expect(visit.session?.watching).toBe(true);
    expect(location.hash).toBe(`#${CODE}?watch`);
  });
});

describe("toasts", () => {
  it("many who come at once are one sentence", async () => {
    await enter();
    await act(async () => {
      for (const [player, seat] of [
        [7, 1],
        [8, 2],
      ] as const) {
        server.tell({ kind: "joined", member: { player, seat, nickname: `P${seat}`, bot: true, connected: true } });
      }
    });
    await act(async () => vi.advanceTimersByTimeAsync(700));
    expect(texts(".toast")).toEqual(["P1 and P2 joined"]);
    await act(async () => vi.advanceTimersByTimeAsync(4000));
    expect(texts(".toast")).toEqual([]);
  });
});
