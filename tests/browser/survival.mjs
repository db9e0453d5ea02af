// A node dies under two people who play, and then all nodes are exchanged one after the other. For test_survival.py.
//
// Ann (a desktop) and Cleo (a phone) play with two bots on two workers. kill -9 of the worker that has their session; then
// SIGHUP, which moves it between workers. Screenshots go to the reports' folder.
import { join } from "node:path";
import { all, button, field, openChat, readLines } from "./gathering.mjs";
import { DESKTOP, expectRequestsTo, openPage, PHONE, tellStory, WAIT, wishes } from "./harness.mjs";
import { Keys, pickSomething, read, seenMoving, Thumb, waitUntilLive } from "./playing.mjs";
import { descendantsOf, isAlive, listenersOn } from "./process_tree.mjs";
import { startBots, startServer } from "./processes.mjs";

// What Chromium says of a socket to a server that is gone: the point of it.
const BROKEN = /WebSocket connection to/;
const BACK_MS = 20_000; // until the story fails; how long it may take is the test's to judge
const ROLLED_MS = 60_000;
const BOTS = 2;

const shoot = (page, name) => page.screenshot({ path: join(wishes.reports, `${name}.png`) });

async function ask(server, path, options) {
  const response = await fetch(`${server.url}${path}`, options);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

const portOf = (websocket) => Number(new URL(websocket).port);
const sessionPort = async (server, code) => portOf((await ask(server, `/api/sessions/${code}`)).websocket);

/** The worker that has the session: a process of the server's own, or there is nothing to kill. */
async function ownerOf(server, code) {
  const port = await sessionPort(server, code);
  const owners = listenersOn(port, descendantsOf(server.pid));
  if (owners.length !== 1) throw new Error(`${owners.length} of the workers listen on port ${port}`);
  return { pid: owners[0], port };
}

/** All workers, once they are so many: those who listen where people come in. */
async function workersOf(server, count) {
  for (const end = Date.now() + BACK_MS; ; ) {
    const workers = listenersOn(server.port, descendantsOf(server.pid));
    if (workers.length === count) return workers;
    if (Date.now() > end) throw new Error(`${workers.length} workers after ${BACK_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100)); // the next look; the loop has its own end
  }
}

/** Its name is remembered: a page that follows a link is asked for nothing. */
function open(browser, server, name, context) {
  const localStorage = [{ name: "tickroom.name", value: name }];
  const origins = [{ origin: new URL(server.url).origin, localStorage }];
  return openPage(browser, name, { forgive: BROKEN, context: { ...context, storageState: { cookies: [], origins } } });
}

/** From here on the page writes down what it shows and is told, and when; times are unix ms, of this machine's clock. */
function watch(page) {
  return page.evaluate(() => {
    const noted = { words: [], screens: [], states: [], drops: [], resumes: [], endings: 0 };
    globalThis.noted = noted;
    const session = globalThis.tickroom;
    const add = (list, what) => what && list.at(-1) !== what && list.push(what);
    const now = () => performance.timeOrigin + performance.now();
    let last = null;
    const scores = () => [...session.state.players].map(({ score }) => score);
    session.on("state", (tick) => {
      const state = { tick, atMs: now(), round: session.state.session.round, scores: scores() };
      const drop = noted.drops.at(-1);
      if (drop !== undefined && drop.after === null && session.connection.name === "live") drop.after = state;
      last = state;
    });
    session.on("connection", ({ name }) => add(noted.states, name));
    session.on("drop", () => noted.drops.push({ atMs: now(), before: last, after: null }));
    session.on("resume", ({ awayMs, sameSeat }) => noted.resumes.push({ awayMs, sameSeat }));
    session.on("leave", () => noted.endings++);
    const look = () => {
      add(noted.words, document.querySelector(".interruption [role=alert]")?.textContent);
      add(noted.screens, document.querySelector("[data-screen]")?.dataset.screen);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    look();
  });
}

/** What was noted since `watch`, or since this was asked last; what lasts is noted on. */
const lookBack = (page) =>
  page.evaluate(() => {
    const { noted } = globalThis;
    const copy = structuredClone(noted);
    for (const list of Object.values(noted)) if (Array.isArray(list)) list.length = 0;
    noted.screens.push(copy.screens.at(-1));
    return copy;
  });

// --- the chat ---------------------------------------------------------------------------------------------------------

/** Each line as it is read; the chat is opened for it, and closed again: its field would have the keys. */
async function linesOf(page) {
  await openChat(page);
  await page.getByRole("list", { name: "Messages" }).waitFor({ timeout: WAIT.timeout });
  const lines = await readLines(page);
  await page.keyboard.press("Escape");
  await field(page).waitFor({ state: "detached", timeout: WAIT.timeout });
  return lines;
}

/** Ann says it, with the keys that people use, and all have it. */
async function say(ann, pages, words) {
  await ann.keyboard.press("Enter");
  await field(ann).fill(words);
  await field(ann).press("Enter");
  const isTold = (words) =>
    [...globalThis.tickroom.talk].some((fact) =>
      fact.kind === "said" ? fact.message.text === words : fact.messages?.some(({ text }) => text === words),
    );
  await all(pages, (page) => page.waitForFunction(isTold, words, WAIT));
}

// --- the story --------------------------------------------------------------------------------------------------------

/** Who somebody is, and where. */
async function selfOf(page) {
  const { code, seat, player, host, names } = await read(page);
  return { code, seat, player, host, names };
}

/** What a page noted; `backMs`: when the last drop was over, after `sinceMs`; `pausesMs`: from state to state over each. */
function toldOf({ words, screens, states, drops, resumes, endings }, sinceMs) {
  return {
    words,
    screens,
    states,
    endings,
    sameSeats: resumes.map(({ sameSeat }) => sameSeat),
    awayMs: resumes.map(({ awayMs }) => Math.round(awayMs)),
    rounds: drops.map(({ before, after }) => [before.round, after.round]),
    ticks: drops.map(({ before, after }) => [before.tick, after.tick]),
    scores: drops.map(({ before, after }) => [before.scores, after.scores]),
    backMs: drops.length > 0 ? Math.round(drops.at(-1).after.atMs - sinceMs) : 0,
    pausesMs: drops.map(({ before, after }) => Math.round(after.atMs - before.atMs)),
  };
}

/** All are live, at a later tick than this. */
const waitUntilBack = (pages, tick) =>
  all(pages, (page) =>
    page.waitForFunction(
      (least) => {
        const { connection, replica } = globalThis.tickroom;
        return connection.name === "live" && globalThis.noted.drops.at(-1)?.after !== null && replica.tick > least;
      },
      tick,
      { ...WAIT, timeout: BACK_MS },
    ),
  );

async function killOwner(server, code, pages) {
  const [ann, cleo] = pages;
  const owner = await ownerOf(server, code);
  const { tick } = await read(ann);
  await all(pages, lookBack);
  process.kill(owner.pid, "SIGKILL");
  const killedMs = Date.now();
  const words = all([[ann, "desktop"], [cleo, "phone"]], async ([page, name]) => {
    await page.waitForSelector('.interruption[data-shown="true"]', { timeout: BACK_MS });
    await shoot(page, `${name}-reconnecting`);
  });
  await Promise.all([words, waitUntilBack(pages, tick)]);
  const told = (await all(pages, lookBack)).map((noted) => toldOf(noted, killedMs));
  return { told, ports: [owner.port, await sessionPort(server, code)] };
}

/** Every worker makes room for another; the session goes with it, and so do those who play. */
async function rollOver(server, code, pages) {
  const own = await workersOf(server, 2); // the one that was killed has been replaced
  const before = await ownerOf(server, code);
  await all(pages, lookBack);
  const beganMs = Date.now();
  server.signal("SIGHUP");
  for (const end = Date.now() + ROLLED_MS; own.some(isAlive); ) {
    if (Date.now() > end) throw new Error(`after ${ROLLED_MS} ms the workers ${own.filter(isAlive)} of ${own} are still there`);
    await pages[0].waitForTimeout(200); // the next look; the loop has its own end
  }
  const tookMs = Date.now() - beganMs;
  const { tick } = await read(pages[0]);
  await waitUntilBack(pages, tick);
  const told = (await all(pages, lookBack)).map((noted) => toldOf(noted, beganMs));
  return { told, tookMs, ports: [before.port, await sessionPort(server, code)] };
}

await tellStory(async (browser) => {
  const server = await startServer(0, "--workers", 2);
  expectRequestsTo(server.url);
  const body = JSON.stringify({ seats: 4, round_s: 600, countdown_s: 0 });
  const { code } = await ask(server, "/api/sessions", { method: "POST", body });
  const ann = await open(browser, server, "Ann", DESKTOP);
  const cleo = await open(browser, server, "Cleo", { ...PHONE, deviceScaleFactor: 1 });
  const pages = [ann, cleo];
  await all(pages, (page) => page.goto(`${server.url}/#${code}`));
  await all(pages, (page) => waitUntilLive(page));
  startBots(server.url, code, BOTS, { behaviour: "wander", seed: 5 }); // who dash at nobody: scores only rise
  await all(pages, (page) => page.waitForFunction((count) => globalThis.tickroom.players.size === count, 2 + BOTS, WAIT));

  const keys = new Keys(ann);
  const thumb = await Thumb.on(cleo);
  const { points } = await pickSomething(ann, keys);
  await say(ann, pages, "Hold on to your hats");
  await all(pages, watch);
  const seen = { code, points, before: await all(pages, selfOf), linesBefore: await all(pages, linesOf) };

  seen.killed = await killOwner(server, code, pages);
  seen.after = await all(pages, selfOf);
  seen.linesAfter = await all(pages, linesOf);
  seen.moved = [await seenMoving(keys, cleo, seen.after[0].seat), await seenMoving(thumb, ann, seen.after[1].seat)];
  await say(ann, pages, "Still here");
  seen.linesSaid = await all(pages, linesOf);
  await all([[ann, "desktop"], [cleo, "phone"]], ([page, name]) => shoot(page, `${name}-after-takeover`));

  seen.rolled = await rollOver(server, code, pages);
  seen.afterRoll = await all(pages, selfOf);
  seen.linesAfterRoll = await all(pages, linesOf);
  seen.movedAfterRoll = [
    await seenMoving(keys, cleo, seen.afterRoll[0].seat),
    await seenMoving(thumb, ann, seen.afterRoll[1].seat),
  ];
  await all([[ann, "desktop"], [cleo, "phone"]], ([page, name]) => shoot(page, `${name}-after-move`));
  await all(pages, (page) => button(page, "Leave").click());
  return seen;
});
