/** The page in a session on a mock server, for tests of its panels: what is shown, what was sent, and keys and clicks. */

import { act } from "react";
import { vi } from "vitest";
import { ARENA, type ChatMessage, type ClientMessage } from "../src/generated/protocol.ts";
import { App } from "../src/page/app.tsx";
import { Sounds } from "../src/page/sound/index.ts";
import { Visit } from "../src/page/visit.ts";
import { MockEnvironment, MockServer } from "../src/testing/index.ts";
import { mockClient } from "./mock_client.ts";
import { openPage, type Page } from "./react_page.tsx";

const MAPS = ["plaza", "corridors", "islands"].map((name) => ({ name, rows: ["####", "#..#", "####"] }));
export const CODE = "K7P2QX";
const AT_MS = 1_790_000_000_000;

export class SessionPage {
  readonly server = new MockServer({ game: ARENA, seats: 4, settings: { round_s: 180 }, assets: { maps: MAPS } });
  readonly visit: Visit;
  readonly page: Page;

  /** Needs faked timers. `ArenaView` must be mocked by the test: it draws with WebGL. */
  constructor() {
    localStorage.clear();
    localStorage.setItem("tickroom.name", "Ann");
    this.visit = new Visit(mockClient(this.server, new MockEnvironment()));
    this.page = openPage({ strict: true });
    document.body.append(this.page.element);
  }

  get element(): HTMLElement {
    return this.page.element;
  }

  async close(): Promise<void> {
    await act(async () => this.visit.leave());
    await this.page.close();
    this.element.remove();
  }

  show(): Promise<void> {
    return this.page.show(<App visit={this.visit} sounds={new Sounds()} />);
  }

  /** Panels look ten times a second. */
  settle(ms = 150): Promise<void> {
    return act(async () => {
      await vi.advanceTimersByTimeAsync(ms);
    });
  }

  /** Seconds go by, in which the server is heard. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await act(async () => this.server.pass(this.server.tickHz));
      await this.settle(1000);
    }
  }

  /** Ann comes in, and is the host unless `host` is another player. */
  async enter(options: { watch?: boolean; host?: number; phase?: Record<string, number> } = {}): Promise<void> {
    const { watch = false, host, phase = {} } = options;
    await this.show();
    await act(async () => this.visit.enter({ code: CODE, watch }));
    await act(() => this.server.asked());
    await act(async () => {
      this.server.welcome();
      this.server.change({ session: { 0: { ...(host && { host }), ...phase } } });
    });
    await this.settle();
  }

  /** Somebody else takes a seat. */
  async join(player: number, seat: number, nickname: string, bot = false): Promise<void> {
    await act(async () => {
      this.server.tell({ kind: "joined", member: { player, seat, nickname, bot, connected: true } });
      this.server.change({ seats: { [seat]: { presence: 1, player } } });
    });
    await this.settle();
  }

  async tell(...facts: Parameters<MockServer["tell"]>[0][]): Promise<void> {
    await act(async () => {
      for (const fact of facts) this.server.tell(fact);
    });
    await this.settle();
  }

  /** Somebody says a line. */
  said(id: number, person: number, nickname: string, text: string, channel = 0): Promise<void> {
    return this.tell({ kind: "said", message: line(id, person, nickname, text, channel) });
  }

  /** The server answers the newest message of this kind. */
  async answer(kind: "request" | "say" | "revise", reason = "ok", retryAfterMs = 0): Promise<void> {
    const asked = this.sent(kind).at(-1)!;
    const code = reason === "ok" ? 0 : CODES[reason]!;
    await this.tell({ kind: "reply", id: asked.id, code, reason, tick: this.server.tick, retryAfterMs });
  }

  sent<Kind extends ClientMessage["kind"]>(kind: Kind): Extract<ClientMessage, { kind: Kind }>[] {
    return this.server.socket.sentOfKind(kind);
  }

  /** What was requested, and with what. */
  get requests(): [string, number[] | undefined][] {
    return this.sent("request").map(({ action, arguments: given }) => [action, given]);
  }

  text(selector: string): string {
    return this.element.querySelector(selector)?.textContent ?? "";
  }

  texts(selector: string): (string | null)[] {
    return [...this.element.querySelectorAll(selector)].map((found) => found.textContent);
  }

  /** The button with this accessible name, or one that begins so. */
  button(name: string): HTMLButtonElement | undefined {
    const buttons = [...this.element.querySelectorAll("button")];
    const nameOf = (found: Element) => (found.getAttribute("aria-label") ?? found.textContent ?? "").trim();
    return buttons.find((found) => nameOf(found) === name) ?? buttons.find((found) => nameOf(found).startsWith(name));
  }

  async press(name: string): Promise<void> {
    const found = this.button(name);
    if (found === undefined) throw new Error(`there is no button ${name}: ${this.texts("button").join(", ")}`);
    await act(async () => found.click());
  }

  /** The field with the label "Message". */
  get message(): HTMLInputElement | null {
    const label = [...this.element.querySelectorAll("label")].find((found) => found.textContent === "Message");
    return label ? (document.getElementById(label.htmlFor) as HTMLInputElement | null) : null;
  }

  async type(text: string): Promise<void> {
    await this.fill(this.message!, text);
  }

  async fill(field: HTMLInputElement, text: string): Promise<void> {
    await act(async () => {
      field.focus();
      // React looks at the element's own setter: a value set past it is a change that somebody typed.
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")!.set!.call(field, text);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  /** A key goes down where the focus is; Enter in a form's field sends the form, as in a browser. */
  async key(key: string, code = key, options: KeyboardEventInit = {}): Promise<KeyboardEvent> {
    const target = document.activeElement ?? document.body;
    const event = new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true, ...options });
    await act(async () => {
      const goesOn = target.dispatchEvent(event);
      if (goesOn && key === "Enter" && target instanceof HTMLInputElement) target.form?.requestSubmit();
    });
    return event;
  }
}

export function line(id: number, person: number, nickname: string, text: string, channel = 0): ChatMessage {
  return { id, person, nickname, channel, text, tick: 100 + id, atMs: AT_MS + 1000 * id, edited: false };
}

const CODES: Record<string, number> = {
  silenced: 17,
  repeated: 19,
  rate_limited: 20,
  not_host: 12,
  not_yours: 22,
  no_such_person: 14,
};
