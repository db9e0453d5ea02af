// @vitest-environment happy-dom
import { act, memo } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ARENA } from "../src/generated/protocol.ts";
import type { Client, Session } from "../src/index.ts";
import {
  ClientProvider,
  SessionEnded,
  shallowEqual,
  type UseSession,
  type UseWebSocket,
  useClient,
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
} from "../src/react/index.ts";
import { MockEnvironment, MockServer } from "../src/testing/index.ts";
import { FakeSockets } from "./fake_websocket.ts";
import { mockClient } from "./mock_client.ts";
import { openPage, type Page } from "./react_page.tsx";

type Arena = typeof ARENA;

const pass = (ms = 0) => act(() => vi.advanceTimersByTimeAsync(ms));

let page: Page;

beforeEach(() => {
  vi.useFakeTimers();
  page = openPage();
});

afterEach(async () => {
  await page.close();
  vi.useRealTimers();
});

describe("useWebSocket", () => {
  let sockets: FakeSockets;
  let got: UseWebSocket<unknown>;
  let renderings = 0;

  function Chat({ url, options }: { url: string | null | (() => string); options?: WebSocketOptions }) {
    got = useWebSocket(url, { openSocket: sockets.openSocket, reconnect: { jitter: "none" }, ...options });
    renderings += 1;
    return <p>{got.isConnected ? "connected" : got.isConnecting ? "connecting" : "off"}</p>;
  }

  const tell = (act_: () => void) => act(async () => act_());

  beforeEach(() => {
    sockets = new FakeSockets();
    renderings = 0;
  });

  it("connects, receives, sends, and is gone with the component", async () => {
    await page.show(<Chat url="ws://test/" />);
    expect(page.element.textContent).toBe("connecting");
    expect(got.sendMessage({ early: true })).toBe("queued");
    await tell(() => sockets.last.accept());
    expect(page.element.textContent).toBe("connected");
    expect(sockets.last.sent).toEqual(['{"early":true}']);
    await tell(() => sockets.last.say('{"n":1}'));
    expect(got).toMatchObject({
      isConnected: true,
      isConnecting: false,
      lastMessage: { n: 1 },
      error: null,
      attempt: 0,
    });
    expect(got.sendMessage("x")).toBe("sent");
    await page.close();
    expect([sockets.alive, vi.getTimerCount()]).toEqual([0, 0]);
    expect(got.sendMessage("late")).toBe("refused");
  });

  it("leaves one socket in StrictMode, and none after", async () => {
    page = openPage({ strict: true });
    await page.show(<Chat url="ws://test/" />);
    await pass();
    expect(sockets.all).toHaveLength(1);
    await tell(() => sockets.last.accept());
    expect(page.element.textContent).toBe("connected");
    await page.close();
    expect([sockets.all.length, sockets.alive, vi.getTimerCount()]).toEqual([1, 0, 0]);
  });

  it("goes with the address, and stays off without one", async () => {
    await page.show(<Chat url={null} />);
    await pass();
    expect(sockets.all).toHaveLength(0);
    expect(got.sendMessage("x")).toBe("refused");
    await page.show(<Chat url="ws://test/a" />);
    await tell(() => sockets.last.accept());
    await tell(() => sockets.last.say("1"));
    await page.show(<Chat url="ws://test/b" />);
    expect(got).toMatchObject({ isConnected: false, lastMessage: null });
    await tell(() => sockets.last.accept());
    expect(sockets.all.map((each) => each.address)).toEqual(["ws://test/a", "ws://test/b"]);
    expect(sockets.alive).toBe(1);
    await page.show(<Chat url={null} />);
    expect([sockets.alive, page.element.textContent]).toEqual([0, "off"]);
  });

  it("takes a function for the same address, and asks the newest one", async () => {
    await page.show(<Chat url={() => "ws://test/?token=1"} />);
    await tell(() => sockets.last.accept());
    await page.show(<Chat url={() => "ws://test/?token=2"} />);
    await pass();
    expect(sockets.all).toHaveLength(1);
    await tell(() => sockets.last.end(1006));
    await pass(3000);
    expect(sockets.last.address).toBe("ws://test/?token=2");
  });

  it("calls the newest handlers, and keeps its actions the same", async () => {
    const first = vi.fn();
    const second = vi.fn();
    await page.show(<Chat url="ws://test/" options={{ onMessage: first }} />);
    const { sendMessage, connect, disconnect } = got;
    await page.show(<Chat url="ws://test/" options={{ onMessage: second }} />);
    await tell(() => sockets.last.accept());
    await tell(() => sockets.last.say("7"));
    expect([first.mock.calls, second.mock.calls]).toEqual([[], [[7]]]);
    expect([got.sendMessage, got.connect, got.disconnect]).toEqual([sendMessage, connect, disconnect]);
    expect(sockets.all).toHaveLength(1);
  });

  it("renders nothing for messages that it does not keep", async () => {
    const onMessage = vi.fn();
    await page.show(<Chat url="ws://test/" options={{ keepLast: false, onMessage }} />);
    await tell(() => sockets.last.accept());
    const before = renderings;
    for (let each = 0; each < 100; each++) await tell(() => sockets.last.say(`${each}`));
    expect([renderings - before, onMessage.mock.calls.length, got.lastMessage]).toEqual([0, 100, null]);
  });

  it("tells of each attempt, gives up, and begins anew when asked to", async () => {
    const onGiveUp = vi.fn();
    await page.show(<Chat url="ws://test/" options={{ onGiveUp, openTimeoutMs: 60_000 }} />);
    for (let attempt = 1; attempt <= 5; attempt++) {
      await tell(() => sockets.last.fail());
      expect(got).toMatchObject({ isConnecting: false, attempt, error: { reason: "failed" } });
      await pass(30_000);
      expect(got).toMatchObject({ isConnecting: true, attempt });
    }
    await tell(() => sockets.last.fail());
    expect(onGiveUp).toHaveBeenCalledTimes(1);
    await tell(() => got.connect());
    await tell(() => sockets.last.accept());
    expect(got).toMatchObject({ isConnected: true, error: null, attempt: 0 });
    await tell(() => got.disconnect());
    await pass(60_000);
    expect([got.isConnected, sockets.alive]).toEqual([false, 0]);
  });

  it("ends as it should when `disconnect` itself is the handler of a click", async () => {
    await page.show(<Chat url="ws://test/" />);
    await tell(() => sockets.last.accept());
    const click = new MouseEvent("click");
    await tell(() => (got.disconnect as (event: unknown) => void)(click));
    expect(sockets.last.closedWith).toEqual({ code: 1000, reason: "" });
    expect([got.isConnected, sockets.alive]).toEqual([false, 0]);
    await tell(() => got.connect());
    await tell(() => sockets.last.accept());
    await tell(() => got.disconnect(4000, "bye"));
    expect(sockets.last.closedWith).toEqual({ code: 4000, reason: "bye" });
  });

  it("waits for `connect` when not immediate", async () => {
    await page.show(<Chat url="ws://test/" options={{ immediate: false }} />);
    await pass();
    expect(sockets.all).toHaveLength(0);
    await tell(() => got.connect());
    expect(sockets.all).toHaveLength(1);
  });
});

describe("the hooks of a session", () => {
  let server: MockServer<Arena>;
  let client: Client<Arena>;
  let environment: MockEnvironment;
  let use: UseSession<Arena>;
  let seen: string[]; // what was rendered, one after the other

  beforeEach(() => {
    server = new MockServer({ game: ARENA, automatic: true, seats: 4 });
    environment = new MockEnvironment();
    seen = [];
    client = mockClient(server, environment);
  });

  function Room({ code, watch = false }: { code: string | null; watch?: boolean }) {
    use = useSession<Arena>(code, { nickname: "Ann", watch });
    seen.push(`${use.status}${use.session ? "" : ", no session"}`);
    return <p>{use.status}</p>;
  }

  const inClient = (node: React.ReactNode) => <ClientProvider client={client}>{node}</ClientProvider>;

  /** A session that is live, without the hook that joins. */
  async function joined(): Promise<Session<Arena>> {
    const joining = client.joinByCode(server.code);
    await pass();
    return joining;
  }

  describe("useSession", () => {
    it("joins, tells how that goes, and disconnects with the component", async () => {
      await page.show(inClient(<Room code={null} />));
      expect(use).toMatchObject({ status: "idle", session: null, error: null });
      await page.show(inClient(<Room code={server.code} />));
      await pass();
      expect(use).toMatchObject({ status: "live", error: null });
      expect(use.session!.me!.nickname).toBe("Ann");
      const { session } = use;
      await page.show(inClient(<Room code={null} />));
      await pass();
      expect(use.status).toBe("idle");
      expect([server.openCount, session!.connection.name, environment.listenerCount]).toEqual([0, "closed", 0]);
      expect(server.socket.sentOfKind("leave")).toEqual([]); // the seat is kept
    });

    it("takes one seat in StrictMode, and leaves nothing behind", async () => {
      page = openPage({ strict: true });
      await page.show(inClient(<Room code={server.code} />));
      await pass(1000);
      expect([use.status, server.sockets.length, server.members.size]).toEqual(["live", 1, 1]);
      const { session } = use;
      await page.close();
      await pass(50); // the mock server's own clock stops at its next tick
      expect([server.openCount, session!.listenerCount(), vi.getTimerCount()]).toEqual([0, 0, 0]);
    });

    it("keeps the session from one screen to the next, and shares it between two parts of one", async () => {
      const Lobby = () => <Room code={server.code} />;
      const Game = () => <Room code={server.code} />;
      await page.show(inClient(<Lobby />));
      await pass();
      const { session } = use;
      await page.show(inClient([<Game key="1" />, <Room key="2" code={server.code} />]));
      await pass(100);
      expect(use.session).toBe(session);
      expect([use.status, server.sockets.length]).toEqual(["live", 1]);
    });

    it("has its seat again when it is mounted again, also without a provider", async () => {
      const Visit = () => {
        use = useSession<Arena>(server.code, { client });
        return null;
      };
      for (let visit = 0; visit < 3; visit++) {
        await page.show(<Visit />);
        await pass();
        expect([use.status, use.session!.seat, server.members.size]).toEqual(["live", 0, 1]);
        await page.show(null);
        await pass(100);
      }
      expect(server.sockets).toHaveLength(3);
    });

    it("is another session with another code", async () => {
      await page.show(inClient(<Room code={server.code} />));
      await pass();
      const before = use.session;
      await page.show(inClient(<Room code="ZZZZZZ" />));
      await pass();
      expect(use.session).not.toBe(before);
      expect([server.sockets.length, server.openCount]).toEqual([2, 1]);
    });

    it("says what is wrong, and tries again", async () => {
      server = new MockServer({ game: ARENA, automatic: true, seats: 1 });
      client = mockClient(server, environment);
      const other = await joined();
      await page.show(inClient(<Room code={server.code} />));
      await pass();
      expect(use).toMatchObject({ status: "closed", error: { name: "JoinRefused", reason: "session_full" } });
      other.leave();
      await pass();
      await act(async () => use.retry());
      await pass();
      expect(use).toMatchObject({ status: "live", error: null });
    });

    it("comes back after a drop, and tells why it ends", async () => {
      await page.show(inClient(<Room code={server.code} />));
      await pass();
      await act(async () => server.drop());
      expect(use).toMatchObject({ status: "reconnecting", error: null });
      await act(async () => use.retry());
      await pass(1);
      expect([use.status, server.members.size]).toEqual(["live", 1]);
      await act(async () => server.drop(4013));
      expect(use.status).toBe("closed");
      expect(use.error).toBeInstanceOf(SessionEnded);
      expect(use.error).toMatchObject({ code: 4013, reason: "kicked" });
    });

    it("leaves without an error, and joins again when asked to", async () => {
      await page.show(inClient(<Room code={server.code} />));
      await pass();
      await act(async () => use.leave());
      await pass();
      expect(use).toMatchObject({ status: "closed", error: null });
      expect(server.members.size).toBe(0);
      await act(async () => use.retry());
      await pass();
      expect([use.status, server.members.size]).toEqual(["live", 1]);
    });

    it("asks for the schema where the client has none, and fails as the server says", async () => {
      client = mockClient(server, environment, null);
      await page.show(inClient(<Room code={server.code} watch />));
      await pass();
      expect(seen).toEqual(["joining, no session", "live"]);
      expect(use.session!.watching).toBe(true);
      await page.show(inClient(<Room code="ZZZZZZ" />));
      await pass();
      expect(use).toMatchObject({ status: "closed", session: null, error: { reason: "no_such_session" } });
      expect(server.openCount).toBe(0);
    });
  });

  describe("useSessionState", () => {
    it("renders what changed, and nothing else, however many states come", async () => {
      const session = await joined();
      const renderings = { tree: 0, score: 0, others: 0 };
      const select = vi.fn((state: Session<Arena>["state"]) => state.players.at(0).score);
      const Score = memo(() => {
        renderings.score += 1;
        return <b>{useSessionState(session, select)}</b>;
      });
      const Others = memo(() => {
        renderings.others += 1;
        const scores = useSessionState(session, (state) => [...state.players].map((each) => each.score), shallowEqual);
        return <i>{scores?.join(" ")}</i>;
      });
      function Tree() {
        renderings.tree += 1;
        return [<Score key="1" />, <Others key="2" />];
      }
      await page.show(<Tree />);
      expect(page.element.innerHTML).toBe("<b>0</b><i>0 0 0 0</i>");
      const before = { ...renderings };
      for (let each = 1; each <= 100; each++) {
        await act(async () => server.change({ players: { 0: { x: each } } }));
        await pass(34); // at least one display frame
      }
      expect(renderings).toEqual(before);
      expect(select.mock.calls.length).toBeGreaterThanOrEqual(100); // they were looked at, all of them

      await act(async () => server.change({ players: { 0: { score: 10 } } }));
      await pass(34);
      expect(page.element.innerHTML).toBe("<b>10</b><i>10 0 0 0</i>");
      await act(async () => server.change({ players: { 1: { score: 5 } } }));
      await pass(34);
      expect(page.element.innerHTML).toBe("<b>10</b><i>10 5 0 0</i>");
      expect(renderings).toEqual({ tree: before.tree, score: before.score + 1, others: before.others + 2 });
    });

    it("looks once a display frame at most, and no more often than it was told to", async () => {
      const session = await joined();
      const often = vi.fn((state: Session<Arena>["state"]) => state.players.at(0).x);
      const seldom = vi.fn((state: Session<Arena>["state"]) => state.players.at(0).x);
      function Part() {
        const x = useSessionState(session, often);
        return `${x} ${useSessionState(session, seldom, Object.is, { everyMs: 500 })}`;
      }
      await page.show(<Part />);
      await pass(100);
      often.mockClear();
      for (let each = 1; each <= 20; each++) server.change({ players: { 0: { y: each } } }); // within one frame
      await pass(17);
      expect(often.mock.calls.length).toBe(1);
      seldom.mockClear();
      for (let each = 1; each <= 60; each++) {
        server.change({ players: { 0: { x: each } } });
        await pass(50);
      }
      expect(new Set(seldom.mock.results.map(({ value }) => value)).size).toBeLessThanOrEqual(8);
      await pass(600);
      expect(page.element.textContent).toBe("60 60");
    });

    it("has nothing before the first state, follows another `select`, and stops with the component", async () => {
      server = new MockServer({ game: ARENA, seats: 4 });
      client = mockClient(server, environment);
      const session = client.open(server.code);
      const Part = ({ row }: { row: number }) =>
        `${useSessionState(session, (state) => state.players.at(row).score) ?? "nothing"}`;
      await page.show(<Part row={0} />);
      expect(page.element.textContent).toBe("nothing");
      await act(async () => void server.welcome());
      await act(async () => server.change({ players: { 1: { score: 7 } } }));
      await pass(20);
      expect(page.element.textContent).toBe("0");
      await page.show(<Part row={1} />);
      expect(page.element.textContent).toBe("7");
      await page.close();
      expect(session.listenerCount()).toBe(0);
    });
  });

  it("show who is there, how the connection is, what happened and what came of it", async () => {
    server = new MockServer({ game: ARENA }); // by hand: no input is sent that could be late, and the quality stays good
    client = mockClient(server, environment);
    const joining = client.joinByCode(server.code);
    await server.asked();
    server.welcome();
    const session = await joining;
    const events = vi.fn();
    const renderings = { people: 0, connection: 0, results: 0 };
    const People = memo(() => {
      renderings.people += 1;
      const me = useMe(session);
      return usePlayers(session).map((each) => `${each.nickname}${each.player === me?.player ? "*" : ""} `);
    });
    const Link = memo(() => {
      renderings.connection += 1;
      const connection = useConnection(session);
      return `${connection?.state.name} ${connection?.quality} `;
    });
    const End = memo(() => {
      renderings.results += 1;
      useEvents(session, "picked", events);
      return `${useResults(session)?.round ?? "no results"}`;
    });
    await page.show([<People key="1" />, <Link key="2" />, <End key="3" />]);
    expect(page.element.textContent).toBe("Guest* live good no results");
    const before = { ...renderings };
    for (let each = 1; each <= 100; each++) {
      await act(async () => server.change({ players: { 0: { x: each } } }));
      await pass(34);
    }
    expect(renderings).toEqual(before);

    const member = { player: 9, seat: 1, nickname: "Ben", bot: false, connected: true };
    await act(async () => server.tell({ kind: "joined", member }));
    await act(async () => server.happen("bumped", { victim: 1 }));
    await act(async () => server.happen("picked", { seat: 1, points: 10 }));
    await act(async () => server.tell({ kind: "results", tick: 200, round: 3, ranking: [] }));
    expect(page.element.textContent).toBe("Guest* Ben live good 3");
    expect(events.mock.calls).toMatchObject([[{ name: "picked", fields: { seat: 1, points: 10 } }]]);
    await act(async () => server.down());
    expect(page.element.textContent).toBe("Guest* Ben reconnecting lost 3");
    await page.close();
    expect(session.listenerCount()).toBe(0);
  });

  it("are content without a session", async () => {
    const Empty = () => {
      useEvents(null, null, () => {});
      const nothing = [useMe(null), useConnection(null), useResults(null), useStatistics(null)];
      return `${nothing.every((each) => each === null)} ${usePlayers(null).length} ${useSessionState(null, () => 1)}`;
    };
    await page.show(<Empty />);
    expect(page.element.textContent).toBe("true 0 undefined");
  });

  it("give the figures now and then, and render nothing between", async () => {
    const session = await joined();
    let renderings = 0;
    const Figures = () => {
      renderings += 1;
      return `${useStatistics(session, 1000)?.messagesIn}`;
    };
    await page.show(<Figures />);
    const before = renderings;
    await pass(3100);
    expect(renderings - before).toBeLessThanOrEqual(3);
    expect(Number(page.element.textContent)).toBeGreaterThan(10);
  });

  it("make a client of their own where there is no provider", async () => {
    const clients = new Set<Client>();
    const Own = ({ server: address }: { server: string }) => {
      clients.add(useClient(address) as Client);
      return null;
    };
    for (const address of ["http://a.test", "http://a.test", "http://b.test"])
      await page.show(<Own server={address} />);
    expect([...clients].map((each) => each.server)).toEqual(["http://a.test", "http://b.test"]);
  });
});
