/** The round: its clock, the countdown, and the results with the way to the next one. */

import { readSession, type Session } from "../core/session.ts";
import { type Results, Status } from "../generated/protocol.ts";
import { element } from "./element.ts";
import { seatDot } from "./palette.ts";
import { clockOf } from "./words.ts";

export class StatusPanel {
  readonly clock = element("div", { class: "clock", role: "timer" });
  readonly overlay = element("div", { class: "overlay", "aria-live": "polite" });
  readonly #session: Session;
  readonly #start: () => void;
  #results: Results | null = null;
  #shown = "";

  constructor(session: Session, start: () => void) {
    this.#session = session;
    this.#start = start;
    session.on("results", (results) => {
      this.#results = results;
    });
  }

  /** Bring it up to date; touches the page only when something changed. */
  draw(): void {
    const { replica, clock, welcome } = this.#session;
    if (!replica || !clock || !welcome || replica.tick < 0) return;
    const tick = clock.tickAt(performance.now());
    const secondsTo = (column: "startsAt" | "endsAt") => (readSession(replica, column) - tick) / welcome.tickHz;
    const status = readSession(replica, "status");
    const counting = readSession(replica, "startsAt") > 0;
    const start = Math.max(1, Math.ceil(secondsTo("startsAt")));
    if (status === Status.Active) {
      this.#set("active", clockOf(secondsTo("endsAt")), () => []);
      this.clock.classList.toggle("soon", secondsTo("endsAt") < 10);
      this.#results = null;
    } else if (status === Status.Finished) {
      const next = counting ? `Next round in ${start} s` : "The round is over";
      this.#set(`finished ${next} ${this.#results !== null}`, "0:00", () => [
        this.#ranking(next, counting && start <= 3),
      ]);
    } else if (counting) {
      this.#set(`countdown ${start}`, "Get ready", () => [element("div", { class: "countdown" }, String(start))]);
    } else {
      this.#set("waiting", "Waiting", () => [this.#waiting()]);
    }
  }

  #set(state: string, clock: string, overlay: () => HTMLElement[]): void {
    if (this.clock.textContent !== clock) this.clock.textContent = clock;
    if (state === this.#shown) return;
    this.#shown = state;
    this.clock.classList.remove("soon");
    this.overlay.replaceChildren(...overlay());
  }

  #waiting(): HTMLElement {
    return element(
      "div",
      { class: "card hint-card" },
      element("h2", {}, "Run about while others join"),
      element("p", {}, "Items can be picked once the round has started."),
      this.#button("Start the round"),
    );
  }

  #ranking(next: string, imminent: boolean): HTMLElement {
    const rows = (this.#results?.ranking ?? []).map(([seat, player, place, score]) => {
      const own = player === this.#session.welcome?.player;
      return element(
        "li",
        { class: own ? "own" : null },
        element("span", { class: "place" }, `${place}.`),
        seatDot(seat),
        element("span", { class: "who" }, this.#session.roster.get(player)?.nickname ?? "(left)"),
        element("span", { class: "points" }, String(score)),
      );
    });
    return element(
      "div",
      { class: "card" },
      element("h2", {}, "Results"),
      element("ol", { class: "ranking" }, ...rows),
      element("p", {}, next),
      ...(imminent ? [] : [this.#button("Start again")]),
    );
  }

  #button(words: string): HTMLElement {
    return element("button", { type: "button", class: "first", onclick: this.#start }, words);
  }
}
