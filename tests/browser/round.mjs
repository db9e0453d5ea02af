// A whole round on the page: two desktops and a phone against two bots. For test_round.py to judge.
//
// Ann creates, Ben comes by quick play, Cleo (the phone) types the code. They move, pick, see the results and play
// again. Screenshots of every screen go to the reports' folder.
import { join } from "node:path";
import { DESKTOP, expectRequestsTo, openPage, PHONE, tellStory, WAIT, wishes } from "./harness.mjs";
import {
  goneSince,
  Keys,
  pickSomething,
  read,
  seenMoving,
  Thumb,
  waitForScreen,
  waitUntilLive,
} from "./playing.mjs";
import { startBots, startServer } from "./processes.mjs";

const ROUND_S = 30; // long enough on a busy machine to walk and to pick, short enough to wait for its end
const ROUND_LENGTH = 1000; // the number of this setting for `configure`; docs/protocol.md
const shoot = (page, name) => page.screenshot({ path: join(wishes.reports, `${name}.png`) });
const button = (page, name) => page.getByRole("button", { name, exact: true });
const all = (pages, act) => Promise.all(pages.map(act));

/** The three come in, each by another way; the code. */
async function gather(server, [ann, ben, cleo], seen) {
  await all([ann, ben, cleo], (page) => page.goto(server.url));
  for (const [page, name] of [[ann, "Ann"], [ben, "Ben"], [cleo, "Cleo"]]) {
    await page.getByLabel("Your name").fill(name);
  }
  await shoot(ann, "desktop-start");
  await button(ann, "Create").click();
  await waitUntilLive(ann);
  await waitForScreen(ann, "lobby");
  const { code } = await read(ann);
  seen.address = ann.url();
  await button(ben, "Quick play").click();
  await waitUntilLive(ben);

  await cleo.waitForSelector(`[data-code="${code}"]`, { timeout: WAIT.timeout }); // among the open sessions
  await shoot(cleo, "phone-start");
  await cleo.getByLabel("Code of the session").fill(code.toLowerCase());
  await button(cleo, "Join").click();
  await waitUntilLive(cleo);
  startBots(server.url, code, 2, { seed: 5 });
  await ann.waitForFunction(() => globalThis.tickroom.players.size === 5, null, WAIT);
  return code;
}

/** Nobody waits two minutes in a test. Asked until granted: the server takes so many changes a second and no more. */
async function shorten(host) {
  for (let tries = 0; tries < 20; tries++) {
    const answer = await host.evaluate(
      (setting) => globalThis.tickroom.request("configure", setting).catch(({ reason }) => reason),
      [ROUND_LENGTH, ROUND_S],
    );
    if (answer !== "too_many_requests") return;
    await host.waitForTimeout(200); // the next try; the loop has its own end
  }
}

/** Invite, settings, ready and start. */
async function meetInLobby([ann, ben, cleo], seen) {
  const both = await all([ann, ben, cleo], read);
  seen.codes = both.map(({ code }) => code);
  seen.seats = both.map(({ seat }) => seat);
  seen.host = both[2].host;
  await cleo.waitForFunction(() => globalThis.tickroom.players.size === 5, null, WAIT);
  seen.names = (await read(cleo)).names;

  await button(ann, "Copy link").click();
  await ann.getByText("Link copied").waitFor({ timeout: WAIT.timeout });
  seen.copied = await ann.evaluate(() => navigator.clipboard.readText());
  await ann.getByLabel("Round length").last().selectOption({ label: "2 minutes" });
  await ben.getByText("2 minutes a round").waitFor({ timeout: WAIT.timeout });
  await shorten(ann);
  await ben.getByText(`${ROUND_S} seconds a round`).waitFor({ timeout: WAIT.timeout });

  await all([ben, cleo], (page) => page.getByRole("button", { name: /^Ready/ }).click());
  await ann.waitForFunction(() => document.querySelectorAll(".is-ready").length === 2, null, WAIT);
  await all([[ann, "desktop-lobby"], [cleo, "phone-lobby"]], ([page, name]) => shoot(page, name));
  await button(ann, "Start").click();
  await all([ann, ben, cleo], (page) => waitForScreen(page, "game"));
}

/** Keys here, a thumb there; each sees the other move; both pick something. */
async function play([ann, ben, cleo], seen) {
  await all([ann, ben, cleo], (page) => page.waitForSelector('[data-phase="active"]', { timeout: WAIT.timeout }));
  const keys = new Keys(ann);
  const thumb = await Thumb.on(cleo);
  seen.desktopMoved = await seenMoving(keys, cleo, seen.seats[0]);
  seen.phoneMoved = await seenMoving(thumb, ann, seen.seats[2]);
  const picked = all([[ann, keys], [cleo, thumb]], ([page, steering]) => pickSomething(page, steering, 20_000));
  await all([[ben, "desktop-game"], [cleo, "phone-game"]], ([page, name]) => shoot(page, name));
  const [{ before, points }, byPhone] = await picked;
  seen.points = [points, byPhone.points];
  const { tick } = await read(ann);
  await cleo.waitForFunction((least) => globalThis.tickroom.replica.tick >= least, tick, WAIT);
  seen.gone = (await all([ann, cleo], read)).map((now) => goneSince(before, now));
}

/** The results, the same for all, and the next round. */
async function finishAndPlayAgain(pages, seen) {
  const [ann, , cleo] = pages;
  await all(pages, (page) => waitForScreen(page, "results", (ROUND_S + 10) * 1000));
  await all(pages, (page) => page.getByRole("list", { name: "Ranking" }).waitFor({ timeout: WAIT.timeout }));
  seen.firstRound = (await read(ann)).round;
  const lines = (page) =>
    page.locator(".ranking li").evaluateAll((found) =>
      found.map((line) => [".place", ".who-name", ".points"].map((part) => line.querySelector(part).textContent)),
    );
  seen.rankings = await all(pages, lines);
  seen.headlines = await all(pages, (page) => page.locator("#results-title").textContent());
  await all([[ann, "desktop-results"], [cleo, "phone-results"]], ([page, name]) => shoot(page, name));
  await all(pages, (page) => page.getByRole("button", { name: "Ready for the next round" }).click());
  await all(pages, (page) => page.waitForSelector('[data-phase="active"]', { timeout: WAIT.timeout }));
  const again = await all(pages, read);
  seen.secondRounds = again.map(({ round }) => round);
}

/** Who leaves is at the start again, may watch, and is told of a code that no session has. */
async function leave(server, code, [ann, ben, cleo], seen) {
  await all([ben, cleo], (page) => button(page, "Leave").click());
  await all([ben, cleo], (page) => waitForScreen(page, "start"));
  await ann.waitForFunction(() => globalThis.tickroom.players.size === 3, null, WAIT);
  seen.left = true;
  await ben.getByLabel("Code of the session").fill(code);
  await button(ben, "Watch").click();
  await waitUntilLive(ben);
  await ben.getByText("You are watching").waitFor({ timeout: WAIT.timeout });
  const watching = await read(ben);
  seen.watching = { seat: watching.seat, players: watching.names.length };
  await shoot(ben, "desktop-watching");
  await cleo.goto(`${server.url}/#222222`);
  await waitForScreen(cleo, "over");
  await cleo.getByText("No session has this code").waitFor({ timeout: WAIT.timeout });
  await shoot(cleo, "phone-no-such-session");
  await button(cleo, "To the start").click();
  await waitForScreen(cleo, "start");
}

await tellStory(async (browser) => {
  const server = await startServer();
  expectRequestsTo(server.url);
  const permissions = ["clipboard-read", "clipboard-write"];
  const ann = await openPage(browser, "Ann", { context: { ...DESKTOP, permissions } });
  const ben = await openPage(browser, "Ben");
  const cleo = await openPage(browser, "Cleo", { context: PHONE });
  const pages = [ann, ben, cleo];
  const seen = {};
  seen.code = await gather(server, pages, seen);
  await meetInLobby(pages, seen);
  await play(pages, seen);
  await finishAndPlayAgain(pages, seen);
  await leave(server, seen.code, pages, seen);
  return seen;
});
