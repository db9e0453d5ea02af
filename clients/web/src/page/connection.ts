/** How the connection is, in a word and a colour; and what to do when it is over. */

import type { ConnectionState } from "../core/connection.ts";
import { element } from "./element.ts";
import { endingOf } from "./words.ts";

const WORDS: Record<ConnectionState["name"], string> = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  closed: "Closed",
};

export class ConnectionPanel {
  readonly indicator = element("div", { class: "connection", role: "status" });
  readonly notice = element("div", { class: "notice" });
  readonly #again: () => void;
  readonly #leave: () => void;

  constructor(again: () => void, leave: () => void) {
    this.#again = again;
    this.#leave = leave;
  }

  draw(state: ConnectionState): void {
    this.indicator.dataset.state = state.name;
    this.indicator.replaceChildren(element("span", { class: "light", "aria-hidden": "true" }), WORDS[state.name]);
    this.notice.replaceChildren(...this.#notice(state));
  }

  #notice(state: ConnectionState): HTMLElement[] {
    if (state.name === "reconnecting") {
      return [element("p", { class: "banner", role: "alert" }, "Connection lost. Your seat is kept; coming back ...")];
    }
    if (state.name !== "closed") return [];
    const ending = endingOf(state.code);
    return [
      element(
        "div",
        { class: "card", role: "alertdialog", "aria-label": ending.title },
        element("h2", {}, ending.title),
        element("p", {}, ending.advice),
        element(
          "div",
          { class: "buttons" },
          ...(ending.again ? [element("button", { type: "button", onclick: this.#again }, "Join again")] : []),
          element("button", { type: "button", class: "first", onclick: this.#leave }, "To the start"),
        ),
      ),
    ];
  }
}
