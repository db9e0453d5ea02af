// Two pages in one session, in a real Chromium: node two_pages.mjs SERVER CHROMIUM FOLDER
//
// A desktop creates a session, a phone joins it by its code; each moves and the other sees it; an item that one picks is
// gone for both; a page that is loaded anew has its seat again. Prints one JSON object: what was seen, for
// test_two_pages.py to judge. Screenshots go to FOLDER. Ends by itself: every wait has an end.
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { join } from "node:path";

const [server, executablePath, folder] = process.argv.slice(2);
const require = createRequire(new URL("../../clients/web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const WAIT = { timeout: 15_000, polling: 50 };
const UNIT = 48; // subunits
const seen = { faults: [], foreign: [] };
const cables = new Set(); // the phone's connections, both ends, to be cut

/** A second way to the server; the address of its near end. */
function layCable() {
  const { hostname, port } = new URL(server);
  const near = createServer((phoneEnd) => {
    const serverEnd = connect(Number(port), hostname);
    for (const end of [phoneEnd, serverEnd]) {
      cables.add(end);
      end.on("close", () => cables.delete(end) && [phoneEnd, serverEnd].map((other) => other.destroy()));
      end.on("error", () => end.destroy()); // a cut cable is the point of it
    }
    phoneEnd.pipe(serverEnd).pipe(phoneEnd);
  });
  return new Promise((resolve) => near.listen(0, hostname, () => resolve([near, `http://${hostname}:${near.address().port}`])));
}

/** Everything that a page knows of the session, from its own copy of the state. */
function readSession() {
  const session = globalThis.tickroom;
  if (!session?.replica || session.replica.tick < 0) return null;
  const { replica, welcome } = session;
  const rowsOf = (table) => {
    const { first, rows, width } = replica.layout.span(table);
    return Array.from({ length: rows }, (_, row) => [...replica.values.slice(first + row * width, first + (row + 1) * width)]);
  };
  return {
    tick: replica.tick,
    code: welcome.code,
    seat: welcome.seat,
    player: welcome.player,
    connection: session.connection.name,
    names: [...session.roster.values()].map(({ nickname }) => nickname),
    status: rowsOf("session")[0][0],
    players: rowsOf("players").map(([x, y, score]) => ({ x, y, score })),
    items: rowsOf("items"),
  };
}

function watch(page, name, origin) {
  page.on("pageerror", (error) => seen.faults.push(`${name}: ${error}`));
  page.on("console", (message) => {
    if (message.type() === "error") seen.faults.push(`${name}: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(origin)) seen.foreign.push(request.url());
  });
}

async function waitUntilLive(page) {
  await page.waitForSelector('.connection[data-state="live"]', { timeout: WAIT.timeout });
  await page.waitForSelector(".arena canvas", { timeout: WAIT.timeout });
  await page.waitForFunction(() => globalThis.tickroom?.replica?.tick > 0, null, WAIT);
}

/** Does `watcher` see the player of `seat` move while `page` holds a key? Units; tries directions until one is free. */
async function seenMoving(page, watcher, seat) {
  for (const key of ["ArrowRight", "KeyS", "ArrowLeft", "KeyW"]) {
    const before = (await watcher.evaluate(readSession)).players[seat];
    await page.keyboard.down(key);
    const moved = await watcher
      .waitForFunction(distanceFrom, { seat, before, least: 40 * UNIT }, { ...WAIT, timeout: 3000 })
      .then((handle) => handle.jsonValue(), () => 0);
    await page.keyboard.up(key);
    if (moved) return Math.round(moved / UNIT);
  }
  return 0;
}

function distanceFrom({ seat, before, least }) {
  const { values, layout } = globalThis.tickroom.replica;
  const { first, width } = layout.span("players");
  const distance = Math.hypot(values[first + seat * width] - before.x, values[first + seat * width + 1] - before.y);
  return distance >= least ? distance : 0;
}

/** Hold these keys and no others. */
async function hold(page, held, wanted) {
  for (const key of [...held]) if (!wanted.includes(key)) await page.keyboard.up(key).then(() => held.delete(key));
  for (const key of wanted) if (!held.has(key)) await page.keyboard.down(key).then(() => held.add(key));
}

/** Run at the nearest item, or the next one when that leads nowhere, until the score rises. */
async function pickSomething(page) {
  const held = new Set();
  const end = Date.now() + 30_000;
  const first = await page.evaluate(readSession);
  const score = first.players[first.seat].score;
  let skipped = 0;
  let best = { distance: Number.POSITIVE_INFINITY, at: Date.now() };
  while (Date.now() < end) {
    const state = await page.evaluate(readSession);
    const own = state.players[state.seat];
    if (own.score > score) {
      await hold(page, held, []);
      return { before: first, points: own.score - score };
    }
    const distanceTo = ([, x, y]) => Math.hypot(x - own.x, y - own.y);
    const items = state.items.filter(([kind]) => kind === 1 || kind === 2).sort((a, b) => distanceTo(a) - distanceTo(b));
    const item = items[skipped % items.length];
    if (distanceTo(item) < best.distance - UNIT) best = { distance: distanceTo(item), at: Date.now() };
    if (Date.now() - best.at > 800) {
      skipped += 1;
      best = { distance: Number.POSITIVE_INFINITY, at: Date.now() };
    }
    const [, x, y] = item;
    const wanted = [];
    if (Math.abs(x - own.x) > 6 * UNIT) wanted.push(x > own.x ? "ArrowRight" : "ArrowLeft");
    if (Math.abs(y - own.y) > 6 * UNIT) wanted.push(y > own.y ? "ArrowDown" : "ArrowUp");
    await hold(page, held, wanted);
    await page.waitForTimeout(30); // the next look; the loop has its own end
  }
  await hold(page, held, []);
  return { before: first, points: 0 };
}

/** Rows of items that lay there in `before` and do so no more. */
function goneSince(before, after) {
  return before.items.flatMap((item, row) => (item[0] && String(item) !== String(after.items[row]) ? [row] : []));
}

const [cable, phoneServer] = await layCable();
const browser = await chromium.launch({
  executablePath,
  args: ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});
try {
  const desktop = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  const phone = await (
    await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 })
  ).newPage();
  watch(desktop, "desktop", server);
  watch(phone, "phone", phoneServer);
  const shoot = (page, name) => page.screenshot({ path: join(folder, `${name}.png`) });

  await desktop.goto(server);
  await desktop.getByLabel("Your name").fill("Ann");
  await shoot(desktop, "desktop-start");
  await desktop.getByRole("button", { name: "Create" }).click();
  await waitUntilLive(desktop);
  const { code } = await desktop.evaluate(readSession);
  seen.code = code;
  seen.address = desktop.url();

  await phone.goto(phoneServer);
  await phone.getByLabel("Your name").fill("Ben");
  await phone.getByLabel("Code of the session").fill(code.toLowerCase());
  await phone.waitForSelector(`[data-code="${code}"]`, { timeout: WAIT.timeout });
  await shoot(phone, "phone-start");
  await phone.locator("form").filter({ hasText: "Join by code" }).getByRole("button", { name: "Join" }).click();
  await waitUntilLive(phone);
  await desktop.waitForFunction(() => globalThis.tickroom.roster.size === 2, null, WAIT);
  const both = await Promise.all([desktop, phone].map((page) => page.evaluate(readSession)));
  seen.codes = both.map((state) => state.code);
  seen.names = both.map((state) => state.names.sort());
  seen.seats = both.map((state) => state.seat);

  seen.desktopMoved = await seenMoving(desktop, phone, seen.seats[0]);
  seen.phoneMoved = await seenMoving(phone, desktop, seen.seats[1]);

  await desktop.waitForFunction(() => document.querySelector(".clock").textContent.includes(":"), null, WAIT);
  await shoot(phone, "phone-game");
  const { before, points } = await pickSomething(desktop);
  await shoot(desktop, "desktop-game");
  seen.points = points;
  const { tick } = await desktop.evaluate(readSession);
  await phone.waitForFunction((least) => globalThis.tickroom.replica.tick >= least, tick, WAIT);
  seen.gone = (await Promise.all([desktop, phone].map((page) => page.evaluate(readSession)))).map((now) => goneSince(before, now));
  seen.scoreOnPhone = (await phone.evaluate(readSession)).players[seen.seats[0]].score;

  const playerBefore = (await phone.evaluate(readSession)).player;
  await phone.reload();
  await waitUntilLive(phone);
  seen.reloaded = (await phone.evaluate(readSession)).player === playerBefore;

  await phone.evaluate(() => {
    globalThis.states = [];
    globalThis.tickroom.on("connection", ({ name }) => globalThis.states.push(name));
  });
  for (const end of [...cables]) end.destroy();
  await phone.waitForFunction(() => globalThis.states.includes("live"), null, WAIT);
  seen.states = await phone.evaluate(() => globalThis.states);
  seen.reconnected = (await phone.evaluate(readSession)).player === playerBefore;

  await phone.getByRole("button", { name: "Leave" }).click();
  await phone.getByLabel("Your name").waitFor({ timeout: WAIT.timeout });
  await desktop.waitForFunction(() => globalThis.tickroom.roster.size === 1, null, WAIT);
  seen.left = true;

  await phone.goto(`${phoneServer}/#222222`);
  await phone.getByText("No session has this code").waitFor({ timeout: WAIT.timeout });
  await shoot(phone, "phone-no-such-session");
  seen.refused = true;
  process.stdout.write(`${JSON.stringify(seen)}\n`);
} finally {
  await browser.close();
  cable.close();
}
