// @vitest-environment happy-dom
/** Chat, watchers and lobby in React and in Vue: what is shown, how often, and what is left behind. */

import { act } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp, defineComponent, nextTick } from "vue";
import { ARENA } from "../src/generated/protocol.ts";
import type { Client, Session } from "../src/index.ts";
import * as React from "../src/react/index.ts";
import { MockEnvironment, MockServer } from "../src/testing/index.ts";
import * as Vue from "../src/vue/index.ts";
import { mockClient } from "./mock_client.ts";
import { openPage, type Page } from "./react_page.tsx";

type Arena = typeof ARENA;

const pass = (ms = 0) => act(() => vi.advanceTimersByTimeAsync(ms));
const tell = (act_: () => void) => act(async () => act_());

let server: MockServer<Arena>;
let client: Client<Arena>;
let session: Session<Arena>;
let environment: MockEnvironment;
let page: Page;

beforeEach(async () => {
  vi.useFakeTimers();
  page = openPage({ strict: true });
  environment = new MockEnvironment();
  server = new MockServer({ game: ARENA, automatic: true });
  client = mockClient(server, environment);
  const joining = client.create();
  await pass(100);
  session = await joining;
});

afterEach(async () => {
  await page.close();
  await pass();
  expect(server.lobby.openCount).toBe(0);
  session.disconnect();
  await pass(4000); // Vue, while it is developed with, waits 3 s for its tools
  expect([environment.listenerCount, vi.getTimerCount()]).toEqual([0, 0]);
  vi.useRealTimers();
});

describe("React", () => {
  it("shows the session's one chat in several places, each rendered for what it shows", async () => {
    const renderings = { panel: 0, badge: 0 };
    let got: React.UseChat | undefined;
    function Panel() {
      got = React.useChat(session);
      renderings.panel += 1;
      return <p>{[...got.messages.map(({ nickname, text }) => `${nickname}: ${text}`), ...got.typing].join(", ")}</p>;
    }
    function Badge() {
      renderings.badge += 1;
      return <b>{React.useUnread(session)}</b>;
    }
    server.say("before", { nickname: "Ben" });
    page = openPage();
    await page.show([<Panel key="panel" />, <Badge key="badge" />]);
    expect(page.element.textContent).toBe("Ben: before1");
    const actions = [got!.say, got!.markRead];
    await tell(() => server.say("hi", { nickname: "Ben" }));
    expect(page.element.textContent).toBe("Ben: before, Ben: hi2");
    const before = { ...renderings };
    server.tell({ kind: "watching", person: 7, nickname: "Wim", on: true });
    await tell(() => server.tell({ kind: "typing", person: 7, channel: 0, on: true }));
    expect(page.element.textContent).toBe("Ben: before, Ben: hi, Wim2");
    expect(renderings).toEqual({ panel: before.panel + 1, badge: before.badge });
    await tell(() => server.change({ players: { 0: { x: 480 } } }));
    expect(renderings.panel).toBe(before.panel + 1); // a state is none of its concern
    await tell(() => got!.markRead());
    expect(page.element.querySelector("b")?.textContent).toBe("0");
    await tell(() => void got!.say("hello"));
    expect(page.element.textContent).toContain("Guest: hello");
    expect([got!.say, got!.markRead]).toEqual(actions);
  });

  it("counts and keeps what is said while no part of the page looks", async () => {
    const Badge = () => <b>{React.useUnread(session)}</b>;
    await page.show(<Badge />);
    await page.show(null);
    server.say("one");
    server.say("two");
    await page.show(<Badge />);
    expect(page.element.textContent).toBe("2");
  });

  it("has an empty chat before there is a session, which refuses", async () => {
    let got: React.UseChat | undefined;
    function Panel() {
      got = React.useChat(null);
      return [...React.useWatchers(null), got.messages.length + got.unread + React.useUnread(null)];
    }
    await page.show(<Panel />);
    expect(page.element.textContent).toBe("0");
    got!.setTyping(true);
    got!.markRead();
    await expect(got!.say("hello")).rejects.toMatchObject({ reason: "closed" });
  });

  it("shows who watches", async () => {
    const Watchers = () => [...React.useWatchers(session).values()].join(" ");
    await page.show(<Watchers />);
    await tell(() => server.tell({ kind: "watching", person: 7, nickname: "Wim", on: true }));
    expect(page.element.textContent).toBe("Wim");
    await tell(() => server.tell({ kind: "watching", person: 7, nickname: "Wim", on: false }));
    expect(page.element.textContent).toBe("");
  });

  it("lists the lobby by one socket for all, none twice in StrictMode, and none when nobody looks", async () => {
    const Codes = () => {
      const { sessions, isLive, isLoading } = React.useLobby(client);
      return `${isLoading ? "loading" : isLive ? "live" : "asked"} ${sessions.map(({ code }) => code).join(" ")};`;
    };
    await page.show([<Codes key="1" />, <Codes key="2" />]);
    await pass();
    expect(page.element.textContent).toBe(`live ${server.code};live ${server.code};`);
    expect(server.lobby.sockets).toHaveLength(1);
    await tell(() => server.lobby.change([], [server.code]));
    expect(page.element.textContent).toBe("live ;live ;");
    await page.show(<Codes key="1" />);
    await pass();
    expect(server.lobby.openCount).toBe(1);
    await page.show(null);
    await pass();
    expect(server.lobby.openCount).toBe(0);
    await page.show(<Codes />);
    await pass();
    expect(page.element.textContent).toBe(`live ${server.code};`);
  });

  it("joins with the newest password: after a wrong one, retry with another", async () => {
    let got: React.UseSession<Arena> | undefined;
    function Room({ password }: { password: string }) {
      got = React.useSession<Arena>("SECRET", { client, password });
      return got.status;
    }
    await page.show(<Room password="wrong" />);
    await pass();
    const passwords = () => server.socket.sentOfKind("hello").map(({ password }) => password);
    expect(passwords()).toEqual(["wrong"]);
    await tell(() => server.drop(4015));
    expect(got).toMatchObject({ status: "closed", error: { code: 4015, reason: "wrong_password" } });
    await page.show(<Room password="right" />);
    await tell(() => got!.retry());
    await pass();
    expect(passwords()).toEqual(["right"]);
    expect(got!.status).toBe("live");
    await tell(() => got!.leave());
  });
});

describe("Vue", () => {
  function mount(setup: () => () => string): { readonly text: () => string; readonly close: () => void } {
    const element = document.createElement("div");
    const app = createApp(defineComponent({ setup }));
    app.mount(element);
    return { text: () => element.textContent, close: () => app.unmount() };
  }

  it("shows the chat, who watches and the lobby, and leaves nothing behind", async () => {
    let chat: Vue.UseChat | undefined;
    const { text, close } = mount(() => {
      const said = Vue.useChat(() => session);
      chat = said;
      const watchers = Vue.useWatchers(() => session);
      const unread = Vue.useUnread(() => session);
      const { sessions } = Vue.useLobby(client);
      return () =>
        [
          said.messages.value.map((line) => line.text).join(","),
          [...watchers.value.values()].join(","),
          `${unread.value}${said.unread.value}`,
          sessions.value.map(({ code }) => code).join(","),
        ].join(" | ");
    });
    await pass();
    expect(text()).toBe(` |  | 00 | ${server.code}`);
    server.say("hi");
    server.tell({ kind: "watching", person: 7, nickname: "Wim", on: true });
    await nextTick();
    expect(text()).toBe(`hi | Wim | 11 | ${server.code}`);
    chat!.markRead();
    void chat!.say("hello");
    await pass();
    expect(text()).toBe(`hi,hello | Wim | 00 | ${server.code}`);
    close();
    await pass();
  });

  it("has an empty chat before there is a session", async () => {
    let chat: Vue.UseChat | undefined;
    const { text, close } = mount(() => {
      chat = Vue.useChat(null);
      return () => `${chat!.messages.value.length}${chat!.typing.value.length}`;
    });
    expect(text()).toBe("00");
    await expect(chat!.say("hello")).rejects.toMatchObject({ reason: "closed" });
    close();
  });
});
