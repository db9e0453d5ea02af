/** The game's screen: the arena, and around it code, clock, scores and connection. */

import { TileMap } from "../arena/map.ts";
import { ArenaReader } from "../arena/reading.ts";
import type { Api } from "../core/api.ts";
import { Refused } from "../core/requests.ts";
import { Session } from "../core/session.ts";
import { ARENA, type Welcome } from "../generated/protocol.ts";
import type { ArenaView } from "./arena/view.ts";
import { ConnectionPanel } from "./connection.ts";
import { element } from "./element.ts";
import { listenToKeyboard } from "./keyboard.ts";
import { Scoreboard } from "./scoreboard.ts";
import type { StartChoice } from "./start.ts";
import { StatusPanel } from "./status.ts";
import { Steering } from "./steering.ts";
import { makeTouchControls } from "./stick.ts";
import { departureOf, refusalOf } from "./words.ts";

const PANELS_MS = 100; // scores and clock need no display rate
const TOAST_MS = 2200;

export interface GameScreen {
  readonly session: Session;
  /** Take the screen away; the seat is given up. */
  close(): void;
}

export function openGame(
  page: HTMLElement,
  server: string,
  api: Api,
  choice: StartChoice & { token: string | null },
  leave: () => void,
): GameScreen {
  const session = new Session({ server, game: ARENA, ...choice });
  const arena = element("div", { class: "arena" });
  const toast = element("div", { class: "toast", role: "status" });
  const scores = new Scoreboard();
  const connection = new ConnectionPanel(() => session.open(), leave);
  const say = toaster(toast);
  const ask = (action: string, ...given: number[]) => {
    session.request(action, ...given).catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error;
      say(refusalOf(error.reason));
    });
  };
  const status = new StatusPanel(session, () => ask("start"));
  const steering = new Steering((values) => session.setInput(values));
  const stopKeyboard = listenToKeyboard(steering);

  page.replaceChildren(
    element(
      "div",
      { class: "game", onclick: giveFocusBack },
      element("div", { class: "field" }, arena, status.overlay, makeTouchControls(steering), toast, connection.notice),
      element(
        "aside",
        { class: "side", "aria-label": "Session" },
        element("div", { class: "top" }, codePanel(choice.code, say), status.clock, connection.indicator),
        scores.list,
        help(),
        element("button", { type: "button", class: "leave", onclick: leave }, "Leave"),
      ),
    ),
  );

  arena.addEventListener("collect", (event) => ask("collect", (event as CustomEvent<number>).detail));
  session.on("connection", (state) => connection.draw(state));
  announceRoster(session, say);
  const view = keepView(session, api, arena, say);
  const panels = setInterval(() => {
    status.draw();
    const { replica, welcome } = session;
    const moment = session.moment();
    if (replica && welcome && moment) {
      scores.draw(new ArenaReader(replica.layout).players(moment), session.roster, welcome.player);
    }
  }, PANELS_MS);
  session.open();
  return {
    session,
    close() {
      clearInterval(panels);
      stopKeyboard();
      view.close();
      session.leave();
    },
  };
}

/** One view at a time, opened anew when a welcome brings another map or other tables. */
function keepView(session: Session, api: Api, arena: HTMLElement, say: (words: string) => void): { close(): void } {
  let view: ArenaView | null = null;
  let shown = "";
  let closed = false;
  const open = async (welcome: Welcome) => {
    // The drawing is most of the page's weight: it comes while the first states come in.
    const [{ ArenaView }, maps] = await Promise.all([import("./arena/view.ts"), api.listMaps(welcome.game)]);
    const map = maps[welcome.settings.map ?? 0];
    if (closed || map === undefined) return;
    view?.close();
    view = await ArenaView.open(arena, session, new TileMap(map.name, map.rows));
    if (closed) view.close();
  };
  session.on("welcome", (welcome) => {
    const wanted = JSON.stringify([welcome.settings.map, welcome.rows]);
    if (wanted === shown) return;
    shown = wanted;
    open(welcome).catch((error: unknown) => {
      shown = "";
      say("The arena cannot be drawn here. It needs WebGL.");
      console.error(error);
    });
  });
  return {
    close() {
      closed = true;
      view?.close();
    },
  };
}

function codePanel(code: string, say: (words: string) => void): HTMLElement {
  const copy = async () => {
    const link = new URL(location.href);
    link.search = "";
    link.hash = code;
    const copied = await navigator.clipboard?.writeText(link.href).then(
      () => true,
      () => false,
    );
    say(copied ? "Link copied. Send it to a friend." : `Send this to a friend: ${link.href}`);
  };
  return element(
    "div",
    { class: "code-panel" },
    element("span", { class: "quiet" }, "Code"),
    element("strong", { class: "code" }, code),
    element(
      "button",
      { type: "button", class: "copy", onclick: copy, "aria-label": "Copy link to this session" },
      "Copy link",
    ),
  );
}

/** After a click (not a key press) on a button the space bar is for the dash again. */
function giveFocusBack(event: MouseEvent): void {
  if (event.detail > 0 && document.activeElement instanceof HTMLButtonElement) document.activeElement.blur();
}

function help(): HTMLElement {
  return element(
    "div",
    { class: "help" },
    element("p", {}, element("kbd", {}, "W A S D"), " or arrow keys: run"),
    element("p", {}, element("kbd", {}, "Space"), ": dash, and knock coins out of others"),
    element("p", {}, "Click an item nearby to take it"),
  );
}

function announceRoster(session: Session, say: (words: string) => void): void {
  session.on("joined", ({ member }) => say(`${member.nickname} joined`));
  session.on("left", ({ member, cause }) => say(`${member.nickname} ${departureOf(cause)}`));
}

function toaster(toast: HTMLElement): (words: string) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (words) => {
    toast.textContent = words;
    toast.classList.add("shown");
    clearTimeout(timer);
    timer = setTimeout(() => toast.classList.remove("shown"), TOAST_MS);
  };
}
