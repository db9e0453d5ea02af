/** The page: the start screen, or the session that the address names. */

import "./style.css";
import { Api } from "../core/api.ts";
import { codeInAddress } from "../core/code.ts";
import { type GameScreen, openGame } from "./game.ts";
import { keepToken, rememberedName, rememberName, takeToken } from "./memory.ts";
import { openStart } from "./start.ts";

const page = document.getElementById("page")!;
const server = location.origin;
const api = new Api(server);
let closeStart: (() => void) | null = null;
let game: GameScreen | null = null;

function showStart(): void {
  game?.close();
  game = null;
  history.replaceState(null, "", location.pathname);
  closeStart?.();
  closeStart = openStart(page, api, rememberedName(), ({ code, nickname }) => {
    rememberName(nickname);
    join(code, nickname);
  });
}

function join(code: string, nickname: string): void {
  closeStart?.();
  closeStart = null;
  game?.close();
  history.replaceState(null, "", `${location.pathname}#${code}`);
  game = openGame(page, server, api, { code, nickname, token: takeToken(code) }, showStart);
}

function followAddress(): void {
  const code = codeInAddress(new URL(location.href));
  if (code === null) showStart();
  else join(code, rememberedName() || `Guest ${Math.floor(100 + Math.random() * 900)}`);
}

// The seat is kept while the page is loaded anew. Written only on the way out: a tab that is duplicated gets no token.
addEventListener("pagehide", () => {
  const { token, options } = game?.session ?? {};
  if (token && options) keepToken(options.code, token);
});
addEventListener("pageshow", (event) => {
  const code = event.persisted && game?.session.options.code;
  if (code) takeToken(code); // the page itself came back, with its session
});
addEventListener("hashchange", followAddress);
// For the browser's console, and for tests: the state is the same for everybody who plays, so there is nothing to hide.
Object.defineProperty(globalThis, "tickroom", { get: () => game?.session ?? null });
followAddress();
