/** The package as others get it: packed, unpacked elsewhere, type-checked and run there. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ScratchProject } from "./scratch.ts";

const CONSUMER = `
import { ApiError, Client, JoinRefused, Refused, type Session } from "@tickroom/client";
import { ARENA, arenaTwin } from "@tickroom/client/arena";
import { Chat, type ChatLine } from "@tickroom/client/chat";
import { type Listing, LobbyList } from "@tickroom/client/lobby";
import { ReconnectingSocket } from "@tickroom/client/websocket";

const client = new Client("http://localhost:2567", { game: ARENA, twin: arenaTwin });

export async function play(): Promise<number> {
  const session: Session<typeof ARENA> = await client.quickPlay({ seats: 2 });
  session.setInput({ x: 127 });
  const stop = session.on("event", ({ name, fields }) => console.log(name, fields.points));
  stop();
  const tick: number = await session.request("collect", { item: 3 });
  let sum = tick;
  for (const { x, y, score } of session.state.players) sum += x + y + score;
  return sum + (session.view()?.players.at(0).x ?? 0);
}

export function explain(error: unknown): string {
  if (error instanceof JoinRefused || error instanceof Refused || error instanceof ApiError) return error.reason;
  return "";
}

export const lines = (session: Session): readonly ChatLine[] => new Chat(session, { limit: 10 }).messages;
export const listings = (): readonly Listing[] => new LobbyList(client).sessions;
export const socket = (url: string) => new ReconnectingSocket({ url });
`;

const BOUND = `
import { ARENA } from "@tickroom/client/arena";
import * as react from "@tickroom/client/react";
import { MockServer } from "@tickroom/client/testing";
import * as vue from "@tickroom/client/vue";

export function Score({ code }: { code: string }) {
  const { session } = react.useSession<typeof ARENA>(code);
  const score: number | undefined = react.useSessionState(session, (state) => state.players.at(0).score);
  return <p>{score}</p>;
}

export function useScore(code: string): Readonly<{ value: number | undefined }> {
  const { session } = vue.useSession<typeof ARENA>(code);
  return vue.useSessionState(session, (state) => state.players.at(0).score);
}

export const server = new MockServer({ game: ARENA });
`;

const MISTAKEN = `
import { Client } from "@tickroom/client";
import { ARENA } from "@tickroom/client/arena";
const session = await new Client("http://localhost:2567", { game: ARENA }).create();
session.setInput({ speed: 3 });
`;

const RUN = `
import { ApiError, Client } from "@tickroom/client";
import { ARENA, arenaTwin } from "@tickroom/client/arena";
const client = new Client("http://127.0.0.1:9", { game: ARENA, twin: arenaTwin });
const fault = await client.create().catch((error) => error);
console.log(fault instanceof ApiError, fault.reason, ARENA.game);
`;

const TALK = `
import { Client, Refused } from "@tickroom/client";
import { ARENA } from "@tickroom/client/arena";
import { Chat } from "@tickroom/client/chat";
import { LobbyList } from "@tickroom/client/lobby";
import { MockServer } from "@tickroom/client/testing";
const server = new MockServer({ game: ARENA, automatic: true, settings: { map: 2 } });
const { openSocket, fetch } = server;
const client = new Client("http://play.test", { game: ARENA, openSocket, fetch, nickname: "Zoë \u{1F600}" });
const session = await client.create();
server.change({ players: { 0: { x: -40_000, y: 2_000_000_000 } } });
const { x, y } = session.state.players.at(0);
console.log(session.me.nickname, session.settings.map, x, y, (await session.request("collect", [2 ** 31 - 1])) > 0);
const chat = new Chat(session);
const fault = await chat.say("").catch((error) => error);
await chat.say("grüß dich");
console.log(fault instanceof Refused, fault.reason, chat.messages[0].text, chat.messages[0].atMs > 1e12);
chat.close();
session.leave();
const lobby = new LobbyList(client);
await new Promise((resolve) => lobby.on("changed", () => lobby.isLive && resolve()));
console.log(lobby.sessions[0].code === server.code, lobby.sessions[0].settings.map);
lobby.close();
`;

const ENTRIES = [
  "client",
  "client/arena",
  "client/chat",
  "client/lobby",
  "client/react",
  "client/vue",
  "client/websocket",
  "client/testing",
];

// From CommonJS, as a configuration or a test runner may have it, and without a page: no entry touches one when it is loaded.
const REQUIRE = `
for (const entry of ${JSON.stringify(ENTRIES)}) console.log(Object.keys(require("@tickroom/" + entry)).length > 1);
`;

const project = new ScratchProject();

beforeAll(() => {
  project.installPackage();
  project.write("consumer.ts", CONSUMER);
  project.write("mistaken.ts", MISTAKEN);
  project.write("bound.tsx", BOUND);
  project.write("run.js", RUN);
  project.write("require.cjs", REQUIRE);
  project.write("talk.js", TALK);
}, 60_000);

afterAll(() => project.remove());

test.each(["ESNext", "Node16", "NodeNext"] as const)(
  "its types are right for a strict consumer with %s modules",
  (module) => {
    expect(project.typeCheck("consumer.ts", module)).toBe("");
  },
  60_000,
);

test("the bindings' types too, beside React's and Vue's", () => {
  project.link("react", "@types/react", "csstype", "vue", "@vue");
  expect(project.typeCheck("bound.tsx", "ESNext")).toBe("");
}, 60_000);

test("and they are types: an input that the arena does not have is refused", () => {
  expect(project.typeCheck("mistaken.ts", "ESNext")).toContain("'speed' does not exist");
}, 60_000);

test("its modules run in Node, without a bundler and without any other package", () => {
  expect(project.run("run.js")).toBe("true unreachable arena\n");
});

test("and what they leave out of MessagePack, the protocol has no use for", () => {
  expect(project.run("talk.js")).toBe(
    "Zoë \u{1F600} 2 -40000 2000000000 true\ntrue empty_text grüß dich true\ntrue 2\n",
  );
});

test("CommonJS can load every entry too, beside React and Vue", () => {
  project.link("react", "vue", "@vue");
  expect(project.run("require.cjs")).toBe("true\n".repeat(ENTRIES.length));
});

test("it holds what is needed and nothing of the page", () => {
  const files = readdirSync(join(project.folder, "node_modules/@tickroom/client"), { recursive: true }).map(String);
  for (const name of ["package.json", "README.md", "dist/sdk/LICENSE", "dist/sdk/licenses.md"])
    expect(files).toContain(name);
  expect(files.filter((name) => /page|node_modules|^src|^tests/.test(name))).toEqual([]);
});
