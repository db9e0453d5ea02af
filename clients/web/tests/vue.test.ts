// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createApp, defineComponent, effectScope, h, nextTick, reactive, type ShallowRef, shallowRef } from "vue";
import { ARENA } from "../src/generated/protocol.ts";
import type { Client, Session } from "../src/index.ts";
import { MockEnvironment, MockServer } from "../src/testing/index.ts";
import {
  provideClient,
  SessionEnded,
  shallowEqual,
  type UseSession,
  type UseWebSocket,
  useConnection,
  useEvents,
  useMe,
  usePlayers,
  useResults,
  useSession,
  useSessionState,
  useStatistics,
  useWebSocket,
  type WebSocketOptions,
} from "../src/vue/index.ts";
import { FakeSockets } from "./fake_websocket.ts";
import { mockClient } from "./mock_client.ts";

type Arena = typeof ARENA;
type Render = () => unknown;

const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

let close: () => void;
let page: HTMLElement;

/** Mount a component with this setup, below a provider where there is a client. */
function show(setup: () => Render, client?: Client<Arena>): void {
  page = document.createElement("div");
  const Inner = defineComponent({ setup: () => setup() as () => string });
  const app = createApp({
    setup() {
      if (client) provideClient(client);
      return () => h(Inner);
    },
  });
  app.mount(page);
  close = () => app.unmount();
}

beforeEach(() => {
  vi.useFakeTimers();
  close = () => {};
});

afterEach(() => {
  close();
  vi.useRealTimers();
});

describe("useWebSocket", () => {
  let sockets: FakeSockets;
  let got: UseWebSocket<unknown>;

  beforeEach(() => {
    sockets = new FakeSockets();
  });

  function showChat(url: Parameters<typeof useWebSocket>[0], options: WebSocketOptions = {}): void {
    show(() => {
      got = useWebSocket(url, { openSocket: sockets.openSocket, reconnect: { jitter: "none" }, ...options });
      return () => (got.isConnected.value ? "connected" : got.isConnecting.value ? "connecting" : "off");
    });
  }

  it("connects, receives, sends, and is gone with the component", async () => {
    showChat("ws://test/");
    await pass();
    expect(page.textContent).toBe("connecting");
    expect(got.sendMessage({ early: true })).toBe("queued");
    sockets.last.accept();
    await nextTick();
    expect(page.textContent).toBe("connected");
    expect(sockets.last.sent).toEqual(['{"early":true}']);
    sockets.last.say('{"n":1}');
    expect(got.lastMessage.value).toEqual({ n: 1 });
    await pass(3000); // so long Vue's first app of a page waits for developer tools, with a timer
    close();
    expect([sockets.alive, vi.getTimerCount()]).toEqual([0, 0]);
    expect(got.sendMessage("late")).toBe("refused");
  });

  it("waits for `connect` when not immediate", async () => {
    showChat("ws://test/", { immediate: false });
    await pass();
    expect(sockets.all).toHaveLength(0);
    got.connect();
    await pass();
    sockets.last.accept();
    expect(got.isConnected.value).toBe(true);
    got.disconnect(4000, "bye");
    expect(sockets.last.closedWith).toEqual({ code: 4000, reason: "bye" });
    await pass(60_000);
    expect([got.isConnected.value, sockets.all.length]).toEqual([false, 1]);
  });

  it("goes with the address, and stays off without one", async () => {
    const url = shallowRef<string | null>(null);
    showChat(url);
    await pass();
    expect([sockets.all.length, got.sendMessage("x")]).toEqual([0, "refused"]);
    url.value = "ws://test/a";
    await pass();
    sockets.last.accept();
    sockets.last.say("1");
    url.value = "ws://test/b";
    expect([got.isConnected.value, got.lastMessage.value]).toEqual([false, null]);
    await pass();
    sockets.last.accept();
    expect(sockets.all.map((each) => each.address)).toEqual(["ws://test/a", "ws://test/b"]);
    expect(sockets.alive).toBe(1);
    url.value = null;
    expect(sockets.alive).toBe(0);
  });

  it("tells of each attempt, asks for the address anew, and gives up", async () => {
    let asked = 0;
    const onGiveUp = vi.fn();
    showChat(() => `ws://test/${++asked}`, { onGiveUp, openTimeoutMs: 60_000 });
    await pass();
    for (let attempt = 1; attempt <= 5; attempt++) {
      sockets.last.fail();
      expect([got.attempt.value, got.isConnecting.value, got.error.value?.reason]).toEqual([attempt, false, "failed"]);
      await pass(30_000);
      expect([sockets.last.address, got.isConnecting.value]).toEqual([`ws://test/${attempt + 1}`, true]);
    }
    sockets.last.fail();
    expect(onGiveUp).toHaveBeenCalledTimes(1);
    expect([got.attempt.value, got.isConnecting.value]).toEqual([0, false]);
  });

  it("renders nothing for messages that it does not keep", async () => {
    const onMessage = vi.fn();
    let renderings = 0;
    show(() => {
      got = useWebSocket("ws://test/", { openSocket: sockets.openSocket, keepLast: false, onMessage });
      return () => {
        renderings += 1;
        return `${got.isConnected.value} ${got.lastMessage.value}`;
      };
    });
    await pass();
    sockets.last.accept();
    await nextTick();
    const before = renderings;
    for (let each = 0; each < 100; each++) {
      sockets.last.say(`${each}`);
      await nextTick();
    }
    expect([renderings - before, onMessage.mock.calls.length]).toEqual([0, 100]);
  });

  it("lives and ends with an effect scope, outside of components", async () => {
    const scope = effectScope();
    scope.run(() => {
      got = useWebSocket("ws://test/", { openSocket: sockets.openSocket });
    });
    await pass();
    sockets.last.accept();
    expect(got.isConnected.value).toBe(true);
    scope.stop();
    expect([sockets.alive, vi.getTimerCount()]).toEqual([0, 0]);
  });
});

describe("the composables of a session", () => {
  let server: MockServer<Arena>;
  let client: Client<Arena>;
  let environment: MockEnvironment;
  let use: UseSession<Arena>;

  beforeEach(() => {
    server = new MockServer({ game: ARENA, automatic: true, seats: 4 });
    environment = new MockEnvironment();
    client = mockClient(server, environment);
  });

  async function joined(): Promise<Session<Arena>> {
    const joining = client.joinByCode(server.code);
    await pass();
    return joining;
  }

  function showRoom(code: ShallowRef<string | null>): void {
    show(() => {
      use = useSession<Arena>(code, { nickname: "Ann" });
      return () => use.status.value;
    }, client);
  }

  it("join, tell how that goes, and disconnect with the component", async () => {
    const code = shallowRef<string | null>(null);
    showRoom(code);
    expect([page.textContent, use.session.value]).toEqual(["idle", null]);
    code.value = server.code;
    await pass();
    expect(page.textContent).toBe("live");
    const session = use.session.value!;
    expect(session.me!.nickname).toBe("Ann");
    expect(reactive({ session }).session.me!.nickname).toBe("Ann"); // a proxy would throw
    close();
    await pass(50); // the mock server's own clock stops at its next tick
    expect([server.openCount, session.listenerCount(), environment.listenerCount, vi.getTimerCount()]).toEqual([
      0, 0, 0, 0,
    ]);
    expect(server.socket.sentOfKind("leave")).toEqual([]); // the seat is kept
  });

  it("are another session with another code, and share one below a provider", async () => {
    const code = shallowRef<string | null>(server.code);
    const sessions: unknown[] = [];
    show(() => {
      const uses = [useSession<Arena>(code), useSession<Arena>(code)];
      return () => {
        sessions.splice(0, 2, ...uses.map((each) => each.session.value));
        return "";
      };
    }, client);
    await pass();
    const [before] = sessions;
    expect(sessions).toEqual([before, before]);
    expect(server.sockets).toHaveLength(1);
    code.value = "ZZZZZZ";
    await pass();
    expect(sessions[0]).not.toBe(before);
    expect([server.sockets.length, server.openCount]).toEqual([2, 1]);
  });

  it("share the session of the component that provides the client", async () => {
    const statuses: string[] = [];
    const Child = defineComponent(() => {
      const { status } = useSession<Arena>(server.code);
      return () => statuses.push(status.value);
    });
    show(() => {
      provideClient(client);
      useSession<Arena>(server.code, { client });
      return () => h(Child);
    });
    await pass();
    expect([statuses.at(-1), server.sockets.length, server.members.size]).toEqual(["live", 1, 1]);
  });

  it("have their seat again with the same code", async () => {
    const code = shallowRef<string | null>(null);
    showRoom(code);
    for (let visit = 0; visit < 3; visit++) {
      code.value = server.code;
      await pass();
      expect([use.status.value, use.session.value!.seat, server.members.size]).toEqual(["live", 0, 1]);
      code.value = null;
      await pass();
    }
  });

  it("come back after a drop, tell why it ends, and try again", async () => {
    showRoom(shallowRef(server.code));
    await pass();
    server.drop();
    expect(use.status.value).toBe("reconnecting");
    use.retry();
    await pass(1);
    expect([use.status.value, server.members.size]).toEqual(["live", 1]);
    server.drop(4013);
    expect(use.error.value).toBeInstanceOf(SessionEnded);
    use.retry();
    await pass(1);
    expect([use.status.value, use.error.value]).toEqual(["live", null]);
    use.leave();
    await pass();
    expect([use.status.value, use.error.value]).toEqual(["closed", null]);
  });

  it("render what changed of the state, and nothing else, however many states come", async () => {
    const session = await joined();
    const select = vi.fn((state: Session<Arena>["state"]) => state.players.at(0).score);
    let renderings = 0;
    show(() => {
      const score = useSessionState(session, select);
      const all = useSessionState(session, (state) => [...state.players].map((each) => each.score), shallowEqual);
      return () => {
        renderings += 1;
        return `${score.value}; ${all.value?.join(" ")}`;
      };
    });
    await nextTick();
    expect(page.textContent).toBe("0; 0 0 0 0");
    const before = renderings;
    for (let each = 1; each <= 100; each++) {
      server.change({ players: { 0: { x: each } } });
      await pass(34); // at least one display frame
    }
    expect(renderings).toBe(before);
    expect(select.mock.calls.length).toBeGreaterThanOrEqual(100); // they were looked at, all of them
    server.change({ players: { 0: { score: 10 }, 1: { score: 5 } } });
    await pass(34);
    expect(page.textContent).toBe("10; 10 5 0 0");
    expect(renderings).toBe(before + 2); // once for each of the two values
    select.mockClear();
    for (let each = 1; each <= 20; each++) server.change({ players: { 0: { y: each } } }); // within one frame
    await pass(17);
    expect(select.mock.calls.length).toBe(1);
    close();
    expect(session.listenerCount()).toBe(0);
  });

  it("show who is there, how the connection is, what happened and what came of it", async () => {
    const live = await joined();
    const session = shallowRef<Session<Arena> | null>(null);
    const events = vi.fn();
    show(() => {
      const [players, me, connection, results] = [
        usePlayers(session),
        useMe(session),
        useConnection(session),
        useResults(session),
      ];
      const figures = useStatistics(session, 1000);
      useEvents(session, "picked", events);
      return () => {
        const names = players.value.map((each) => each.nickname + (each.player === me.value?.player ? "*" : ""));
        const received = (figures.value?.messagesIn ?? 0) > 10 ? "much" : "little";
        return [...names, connection.value?.state.name, results.value?.round, received].join(" ");
      };
    });
    await nextTick();
    expect(page.textContent).toBe("  little");
    session.value = live;
    const member = { player: 9, seat: 1, nickname: "Ben", bot: false, connected: true };
    server.tell({ kind: "joined", member });
    server.happen("bumped", { victim: 1 });
    server.happen("picked", { seat: 1, points: 10 });
    server.tell({ kind: "results", tick: 200, round: 3, ranking: [] });
    await nextTick();
    expect(page.textContent).toBe("Guest* Ben live 3 little");
    expect(events.mock.calls).toMatchObject([[{ name: "picked", fields: { seat: 1, points: 10 } }]]);
    await pass(5000);
    expect(page.textContent).toBe("Guest* Ben live 3 much");
    server.down();
    await nextTick();
    expect(page.textContent).toBe("Guest* Ben reconnecting 3 much");
    session.value = null;
    await nextTick();
    expect([page.textContent, live.listenerCount()]).toEqual(["  little", 0]);
  });
});
