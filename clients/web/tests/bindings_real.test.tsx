// @vitest-environment happy-dom
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createApp, defineComponent } from "vue";
import { ARENA } from "../src/generated/protocol.ts";
import { Client, type Session } from "../src/index.ts";
import * as React from "../src/react/index.ts";
import * as Vue from "../src/vue/index.ts";
import { openPage } from "./react_page.tsx";
import { type RealServer, startRealServer } from "./real_server.ts";

type Arena = typeof ARENA;

const LIVE = 15_000; // on a busy machine; else a tenth of a second

describe("hooks and composables against the real server", { timeout: 60_000 }, () => {
  let server: RealServer;
  let host: Client<Arena>;
  let code: string;
  let hosted: Session<Arena>;

  beforeAll(async () => {
    server = await startRealServer();
  }, 30_000);

  afterAll(() => server?.stop(), 15_000);

  beforeEach(async () => {
    host = new Client(server.url, { game: ARENA, nickname: "Host" });
    hosted = await host.create({ seats: 4 });
    code = hosted.code;
  });

  afterEach(() => hosted.leave());

  /** How many are connected, as the server has it. */
  const connected = async () => (await host.api.findSession(code)).connected;

  it("React joins, sees, plays and goes; in StrictMode with one seat and one socket", async () => {
    let use: React.UseSession<Arena> | undefined;
    let renderings = 0;
    const sockets: WebSocket[] = [];
    const openSocket = (address: string, protocol: string) => {
      const socket = new WebSocket(address, protocol);
      sockets.push(socket);
      return socket;
    };
    const client = new Client(server.url, { game: ARENA, openSocket });
    function Room() {
      use = React.useSession<Arena>(code, { nickname: "Ann" });
      renderings += 1;
      const names = React.usePlayers(use.session).map((each) => each.nickname);
      const status = React.useSessionState(use.session, (state) => state.session.status);
      return `${use.status}: ${names.join(" ")}: ${status}`;
    }
    const page = openPage({ strict: true, live: true });
    await page.show(
      <React.ClientProvider client={client}>
        <Room />
      </React.ClientProvider>,
    );
    const shown = () => page.element.textContent;
    await expect.poll(shown, { timeout: LIVE }).toBe("live: Host Ann: 0");
    expect([sockets.length, await connected()]).toEqual([1, 2]);

    const before = renderings;
    const ticks: number[] = [];
    const stop = use!.session!.on("state", (tick) => ticks.push(tick));
    await expect.poll(() => ticks.length, { timeout: LIVE }).toBeGreaterThan(8);
    expect(renderings).toBe(before); // states came, and nothing was rendered
    stop();

    await hosted.request("start");
    await expect.poll(shown, { timeout: LIVE }).toBe("live: Host Ann: 1");
    await page.close();
    await expect.poll(connected, { timeout: LIVE }).toBe(1);
    expect(sockets.length).toBe(1);
  });

  it("React says in what way a session cannot be joined", async () => {
    let error: Error | null = null;
    const client = new Client(server.url, { game: ARENA });
    function Room() {
      const use = React.useSession<Arena>("ZZZZZZ", { client });
      error = use.error;
      return use.status;
    }
    const page = openPage({ live: true });
    await page.show(<Room />);
    await expect.poll(() => page.element.textContent, { timeout: LIVE }).toBe("closed");
    expect(error).toMatchObject({ name: "JoinRefused", code: 4004, retryable: false });
    await page.close();
  });

  it("Vue joins, sees and goes", async () => {
    const element = document.createElement("div");
    const Room = defineComponent(() => {
      const { session, status } = Vue.useSession<Arena>(code, { nickname: "Ben" });
      const players = Vue.usePlayers(session);
      const connection = Vue.useConnection(session);
      return () => [status.value, connection.value?.quality, ...players.value.map((each) => each.nickname)].join(" ");
    });
    const app = createApp(Room);
    Vue.provideClient(new Client(server.url, { game: ARENA }), app);
    app.mount(element);
    await expect.poll(() => element.textContent, { timeout: LIVE }).toBe("live good Host Ben");
    expect(await connected()).toBe(2);
    app.unmount();
    await expect.poll(connected, { timeout: LIVE }).toBe(1);
  });

  it("a client without a schema asks for it, and watches", async () => {
    const element = document.createElement("div");
    const Watcher = defineComponent(() => {
      const { status, session } = Vue.useSession(code, { watch: true });
      return () => `${status.value} ${session.value?.watching} ${session.value?.schema.game}`;
    });
    const app = createApp(Watcher);
    Vue.provideClient(new Client(server.url), app);
    app.mount(element);
    await expect.poll(() => element.textContent, { timeout: LIVE }).toBe("live true arena");
    app.unmount();
  });
});
