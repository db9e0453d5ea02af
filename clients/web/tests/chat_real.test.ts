// @vitest-environment happy-dom
/** Chat and people against the real server. */

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Chat } from "../src/chat/index.ts";
import { ARENA } from "../src/generated/protocol.ts";
import { Client, type Session } from "../src/index.ts";
import { type RealServer, startRealServer } from "./real_server.ts";

type Arena = typeof ARENA;

const until = (look: () => void) => vi.waitFor(look, { timeout: 15_000, interval: 20 }); // on a busy machine

describe("chat against the real server", { timeout: 60_000 }, () => {
  let server: RealServer;
  let sessions: Session<Arena>[] = [];

  beforeAll(async () => {
    server = await startRealServer();
  }, 30_000);

  afterAll(() => server?.stop(), 15_000);

  afterEach(() => {
    for (const session of sessions) session.leave();
    sessions = [];
  });

  const client = (nickname: string) => new Client(server.url, { game: ARENA, nickname });

  async function inside(joining: Promise<Session<Arena>>): Promise<[Session<Arena>, Chat]> {
    const session = await joining;
    sessions.push(session);
    return [session, new Chat(session)];
  }

  it("both ways: lines, names, writing, read marks, revisions", async () => {
    const [annSession, ann] = await inside(client("Ann").create({ seats: 4 }));
    await ann.say("  anybody\u202e here?  ");
    const [, ben] = await inside(client("Ben").joinByCode(annSession.code));
    expect(ben.messages).toMatchObject([{ nickname: "Ann", own: false, text: "anybody here?" }]);
    expect(ben.unread).toBe(0);
    expect(Math.abs(Date.now() - ben.messages[0]!.atMs)).toBeLessThan(60_000);

    ben.setTyping(true);
    await until(() => expect(ann.typing).toEqual(["Ben"]));
    await ben.say("me");
    await until(() => expect(ann.messages.map(({ text }) => text)).toEqual(["anybody here?", "me"]));
    expect(ann.typing).toEqual([]);
    expect(ann.unread).toBe(1);
    ann.markRead();
    await until(() => expect([...ben.reads.values()]).toEqual([ann.messages[1]!.id]));

    await ben.revise(ben.messages[1]!.id, "me, Ben");
    await until(() => expect(ann.messages[1]).toMatchObject({ text: "me, Ben", edited: true }));
    await expect(ben.remove(ben.messages[0]!.id)).rejects.toMatchObject({ reason: "not_yours" });
    await ann.remove(ann.messages[1]!.id); // the host may
    await until(() => expect(ben.messages[1]).toMatchObject({ text: "", deleted: true }));
  });

  it("refuses with a reason, and says when to try again", async () => {
    const [, ann] = await inside(client("Ann").create({ seats: 4 }));
    await expect(ann.say(" \u200b ")).rejects.toMatchObject({ reason: "empty_text" });
    await expect(ann.say("x".repeat(301))).rejects.toMatchObject({ reason: "too_long" });
    await expect(ann.say("x".repeat(9000))).rejects.toMatchObject({ reason: "too_long" });
    await expect(ann.say("psst", 1)).rejects.toMatchObject({ reason: "no_such_channel" });
    for (const text of ["same", "same"]) await ann.say(text);
    await expect(ann.say("same")).rejects.toMatchObject({ reason: "repeated", retryAfterMs: expect.any(Number) });
    const said = await Promise.allSettled(["a", "b", "c", "d", "e", "f"].map((text) => ann.say(text)));
    const refused = said.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(refused.length).toBeGreaterThan(0);
    for (const refusal of refused) {
      expect(refusal).toMatchObject({ reason: "rate_limited", retryable: true });
      expect(refusal.retryAfterMs).toBeGreaterThan(0);
    }
  });

  it("a drop leaves each line once, also those said meanwhile", async () => {
    const sockets: WebSocket[] = [];
    const openSocket = (address: string, protocol: string) => {
      const socket = new WebSocket(address, protocol);
      sockets.push(socket);
      return socket;
    };
    const [benSession, ben] = await inside(client("Ben").create({ seats: 4 }));
    const dropping = new Client(server.url, { game: ARENA, nickname: "Ann", openSocket });
    const [annSession, ann] = await inside(dropping.joinByCode(benSession.code));
    await ann.say("one");
    await ben.say("two");
    await until(() => expect(ann.messages).toHaveLength(2));
    const resumed = new Promise((resolve) => annSession.on("resume", resolve));
    sockets[0]!.close(3000); // with 1000 it would be over
    await ben.say("three");
    await ben.remove(ben.messages[1]!.id);
    await resumed;
    await until(() => expect(ann.messages.map(({ text }) => text)).toEqual(["one", "", "three"]));
    expect(ann.messages.map(({ own, deleted }) => [own, deleted])).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ]);
  });

  it("watchers are known, have their own channel, sit down and stand up", async () => {
    const [annSession, ann] = await inside(client("Ann").create({ seats: 2 }));
    const [wimSession, wim] = await inside(client("Wim").watch(annSession.code));
    await until(() => expect([...annSession.watchers.values()]).toEqual(["Wim"]));
    await wim.say("who wins?", 1);
    await wim.say("hello");
    await until(() => expect(ann.messages.map(({ text }) => text)).toEqual(["hello"]));
    expect(wim.messages.map(({ own, channel }) => [own, channel])).toEqual([
      [true, 1],
      [true, 0],
    ]);

    await wimSession.request("sit");
    await until(() => expect(wimSession).toMatchObject({ watching: false, seat: 1 }));
    await until(() => expect(annSession.players.size).toBe(2));
    expect(annSession.watchers.size).toBe(0);
    wimSession.setInput({ x: 127 });
    await until(() => expect(wimSession.statistics.inputs).toBeGreaterThan(0));
    expect(wim.messages.map(({ deleted }) => deleted)).toEqual([false, false]);

    await wimSession.request("stand");
    await until(() => expect(wimSession).toMatchObject({ watching: true, seat: -1, resumeKey: null }));
    await until(() => expect(annSession.players.size).toBe(1));
    await wim.say("again");
    await until(() => expect(ann.messages.at(-1)).toMatchObject({ nickname: "Wim", text: "again" }));
    expect(wim.messages.every(({ own }) => own)).toBe(true);
  });

  it("whom one mutes one does not hear; whom the host silences nobody hears", async () => {
    const [annSession, ann] = await inside(client("Ann").create({ seats: 4 }));
    const [benSession, ben] = await inside(client("Ben").joinByCode(annSession.code));
    const person = benSession.welcome!.player;
    await ann.mute(person, true);
    await ben.say("unheard");
    await ann.mute(person, false);
    await ben.say("heard");
    await until(() => expect(ann.messages.map(({ text }) => text)).toEqual(["heard"]));
    await ann.silence(person, true);
    await expect(ben.say("hello")).rejects.toMatchObject({ reason: "silenced" });
    await expect(ben.silence(annSession.welcome!.player, true)).rejects.toMatchObject({ reason: "not_host" });
  });

  it("a session's password is asked of who joins", async () => {
    const [made] = await inside(client("Ann").create({ seats: 4, password: "swordfish" }, { password: "swordfish" }));
    for (const password of [undefined, "other"])
      await expect(client("Ben").joinByCode(made.code, { password })).rejects.toMatchObject({ code: 4015 });
    const [joined] = await inside(client("Ben").joinByCode(made.code, { password: "swordfish" }));
    expect(joined.seat).toBe(1);
  });

  it("a name that the server cannot take ends the joining", async () => {
    const [made] = await inside(client("Ann").create({ seats: 4 }));
    const refused = client("x".repeat(200)).joinByCode(made.code);
    await expect(refused).rejects.toMatchObject({ code: 4008, retryable: false });
  });
});
