/** The first screen: a name, then a new session, a code, or one of the open sessions. */

import { type Api, ApiError, type SessionView } from "../core/api.ts";
import { CODE_LENGTH, cleanCode } from "../core/code.ts";
import { ARENA, NAME_MAX_CHARACTERS } from "../generated/protocol.ts";
import { element } from "./element.ts";

const REFRESH_MS = 3000;
const MAPS = ARENA.settings.find((field) => field.name === "map")?.choices ?? [];
const SEAT_CHOICES = [2, 4, 8, 16, 32];

export interface StartChoice {
  readonly code: string;
  readonly nickname: string;
}

/** Show the screen in `page` until a session is chosen; the answer takes it away. */
export function openStart(
  page: HTMLElement,
  api: Api,
  name: string,
  choose: (choice: StartChoice) => void,
): () => void {
  const nickname = element("input", {
    id: "nickname",
    name: "nickname",
    autocomplete: "nickname",
    maxlength: NAME_MAX_CHARACTERS,
    placeholder: "What others call you",
    required: true,
    value: name,
  });
  const fault = element("p", { class: "fault", role: "alert" });
  const enter = (code: string) => {
    if (nickname.value.trim() === "") {
      fault.textContent = "First, a name.";
      nickname.focus();
      return;
    }
    choose({ code, nickname: nickname.value.trim() });
  };

  const open = element("ul", { class: "open-sessions" });
  const refresh = async () => {
    const sessions = await api.listSessions().catch(() => null);
    showSessions(open, sessions, enter);
  };
  const timer = setInterval(refresh, REFRESH_MS);
  void refresh();

  const screen = element(
    "div",
    { class: "start" },
    element(
      "header",
      { class: "brand" },
      element("img", { src: "./icon.svg", alt: "", width: 56, height: 56 }),
      element("h1", {}, "Tickroom"),
      element("p", {}, "Collect more than the others. Dash into them."),
    ),
    element("div", { class: "panel name-panel" }, element("label", { for: "nickname" }, "Your name"), nickname, fault),
    element("div", { class: "ways" }, joinForm(enter), createForm(api, enter, fault)),
    element(
      "section",
      { class: "panel", "aria-labelledby": "open-title" },
      heading("open-title", "Open sessions"),
      open,
    ),
  );
  page.replaceChildren(screen);
  if (!name) nickname.focus();
  return () => {
    clearInterval(timer);
    screen.remove();
  };
}

function heading(id: string, words: string): HTMLElement {
  return element("h2", { id }, words);
}

function joinForm(enter: (code: string) => void): HTMLElement {
  const code = element("input", {
    id: "code",
    name: "code",
    class: "code-field",
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    placeholder: "K7P2QX",
    "aria-describedby": "code-hint",
  });
  const button = element("button", { type: "submit", disabled: true }, "Join");
  code.addEventListener("input", () => {
    code.value = cleanCode(code.value);
    button.disabled = code.value.length < CODE_LENGTH;
  });
  return element(
    "form",
    {
      class: "panel",
      onsubmit: (event: SubmitEvent) => {
        event.preventDefault();
        if (code.value.length === CODE_LENGTH) enter(code.value);
      },
    },
    element("h2", {}, "Join by code"),
    element("label", { for: "code", class: "quiet" }, "Code of the session"),
    code,
    element("p", { id: "code-hint", class: "hint" }, "Six letters and digits."),
    button,
  );
}

function createForm(api: Api, enter: (code: string) => void, fault: HTMLElement): HTMLElement {
  const maps = MAPS.map((name) => element("option", { value: name }, capitalised(name)));
  const map = element("select", { id: "map", name: "map" }, ...maps);
  const counts = SEAT_CHOICES.map((count) => element("option", { value: count, selected: count === 4 }, `${count}`));
  const seats = element("select", { id: "seats", name: "seats" }, ...counts);
  const isPublic = element("input", { id: "public", name: "public", type: "checkbox", checked: true });
  const button = element("button", { type: "submit", class: "first" }, "Create");
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    button.disabled = true;
    fault.textContent = "";
    try {
      const wishes = { seats: Number(seats.value), public: isPublic.checked, options: { map: map.value } };
      enter((await api.createSession(wishes)).code);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      fault.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  };
  return element(
    "form",
    { class: "panel", onsubmit: create },
    element("h2", {}, "New session"),
    element(
      "div",
      { class: "fields" },
      element("div", {}, element("label", { for: "map", class: "quiet" }, "Map"), map),
      element("div", {}, element("label", { for: "seats", class: "quiet" }, "Seats"), seats),
    ),
    element("label", { class: "check" }, isPublic, "Anybody may find it below"),
    button,
  );
}

function showSessions(list: HTMLElement, sessions: readonly SessionView[] | null, enter: (code: string) => void): void {
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.code : undefined;
  if (sessions === null || sessions.length === 0) {
    const words = sessions === null ? "The server does not answer. Trying again." : "None yet. Create the first.";
    list.replaceChildren(element("li", { class: "hint" }, words));
    return;
  }
  list.replaceChildren(...sessions.map((session) => sessionLine(session, enter)));
  if (focused) list.querySelector<HTMLElement>(`[data-code="${focused}"]`)?.focus();
}

function sessionLine(session: SessionView, enter: (code: string) => void): HTMLElement {
  const full = session.players >= session.seats;
  const status = { waiting: "waiting", active: "round running", finished: "between rounds" }[session.status];
  const map = MAPS[session.options?.map ?? -1];
  return element(
    "li",
    {},
    element("span", { class: "session-code" }, session.code),
    element("span", { class: "hint" }, [map && capitalised(map), status].filter(Boolean).join(", ")),
    element("span", { class: "session-seats" }, `${session.players} of ${session.seats}`),
    element(
      "button",
      {
        type: "button",
        disabled: full,
        "data-code": session.code,
        "aria-label": full ? `Session ${session.code} is full` : `Join session ${session.code}`,
        onclick: () => enter(session.code),
      },
      full ? "Full" : "Join",
    ),
  );
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
