// The network and the server fail; what the page says, and how it comes back: wishes {scene}. For test_recovery.py.
//
// The page comes over `tickroom network`, which is then cut; a bot stays in the session over a way of its own.
import { expectRequestsTo, openPage, tellStory, WAIT, wishes } from "./harness.mjs";
import { Keys, read, seenMoving, waitForScreen, waitUntilLive } from "./playing.mjs";
import { startBots, startNetwork, startServer } from "./processes.mjs";

// What Chromium says of a socket or a request that a cut broke: the point of it.
const BROKEN = /WebSocket connection to|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_TIMED_OUT/;

async function createSession(server, settings = {}) {
  const body = JSON.stringify({ seats: 4, round_s: 600, countdown_s: 0, ...settings });
  const response = await fetch(`${server}/api/sessions`, { method: "POST", body });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()).code;
}

/** A page in a session, from here on noting what it says and how its connection goes. */
async function enter(browser, name, address, code) {
  const page = await openPage(browser, name, { forgive: BROKEN, context: { viewport: { width: 960, height: 600 } } });
  await page.goto(`${address}/#${code}`);
  await waitUntilLive(page);
  await forget(page);
  await page.evaluate(() => {
    const note = (list, what) => what && globalThis.noted[list].at(-1) !== what && globalThis.noted[list].push(what);
    const session = globalThis.tickroom;
    session.on("connection", ({ name }) => note("states", name));
    session.on("drop", () => globalThis.noted.drops++);
    session.on("resume", ({ awayMs }) => globalThis.noted.resumes.push(Math.round(awayMs)));
    const look = () => {
      note("said", document.querySelector(".interruption [role=alert]")?.textContent);
      note("offers", document.querySelector(".interruption button")?.textContent);
      note("quality", document.querySelector(".connection")?.dataset.quality);
    };
    const options = { subtree: true, childList: true, characterData: true, attributes: true };
    new MutationObserver(look).observe(document.body, options);
  });
  return page;
}

/** What was noted until now is of no interest. */
function forget(page) {
  return page.evaluate(() => {
    globalThis.noted = { states: [], drops: 0, resumes: [], said: [], offers: [], quality: [] };
  });
}

/** What it noted, and where it is now. */
async function lookBack(page, before) {
  const noted = await page.evaluate(() => globalThis.noted);
  const { player, seat, connection, names } = await read(page);
  const still = { samePlayer: player === before.player, sameSeat: seat === before.seat };
  return { ...noted, ...still, connection, names: names.length };
}

/** Live, and newer states than `tick` come in. */
function waitUntilBack(page, tick, timeout) {
  const isBack = (least) => {
    const { connection, replica } = globalThis.tickroom;
    return connection.name === "live" && replica !== null && replica.tick > least;
  };
  return page.waitForFunction(isBack, tick, { ...WAIT, timeout });
}

/** Cut the page's network, wait until it is back; the ticks that passed meanwhile are known from the page's clock. */
async function cut(page, network, seconds, mode) {
  const before = await read(page);
  const hz = await page.evaluate(() => globalThis.tickroom.welcome.tickHz);
  await forget(page);
  const beganMs = Date.now();
  await network.ask({ cut_s: seconds, mode });
  await waitUntilBack(page, before.tick + seconds * hz, (seconds + 25) * 1000);
  const backMs = Date.now() - beganMs - seconds * 1000;
  const moved = await seenMoving(new Keys(page), page, (await read(page)).seat);
  return { ...(await lookBack(page, before)), backMs, moved };
}

/** All processes that run pages stand still for so long, as all do on a machine that sleeps. */
async function stopRenderers(browser, lengthMs) {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  for (const { id } of renderers) process.kill(id, "SIGSTOP");
  await new Promise((resolve) => setTimeout(resolve, lengthMs)); // the length is the subject
  for (const { id } of renderers) process.kill(id, "SIGCONT");
}

const scenes = {
  /** A second and five, told and untold. */
  async short(browser, server) {
    const network = await startNetwork(server.port);
    expectRequestsTo(network.url);
    const page = await enter(browser, "page", network.url, await createSession(server.url));
    const seen = {};
    for (const [seconds, mode] of [[1, "silent"], [1, "refuse"], [5, "silent"], [5, "refuse"]]) {
      seen[`${seconds} s, ${mode}`] = await cut(page, network, seconds, mode);
    }
    return seen;
  },

  /** Forty seconds: longer than a seat is usually kept. One session keeps it longer, one shorter; one cut is silent. */
  async long(browser, server) {
    const stories = [["kept", "refuse", 60], ["given up", "refuse", 10], ["kept, silent", "silent", 60]];
    const tell = async ([name, mode, grace_s]) => {
      const network = await startNetwork(server.port);
      expectRequestsTo(network.url);
      const code = await createSession(server.url, { grace_s });
      startBots(server.url, code, 1, { behaviour: "idle" }); // or a session that everybody left would end
      const page = await enter(browser, name, network.url, code);
      return [name, await cut(page, network, 40, mode)];
    };
    return Object.fromEntries(await Promise.all(stories.map(tell)));
  },

  /** The server is killed, or told to end, and another one starts in its place, which knows no session. */
  async restart(browser, first) {
    const network = await startNetwork(first.port);
    expectRequestsTo(network.url);
    const seen = {};
    let server = first;
    for (const way of ["kill", "stop"]) {
      const page = await enter(browser, way, network.url, await createSession(server.url));
      await server[way]();
      server = await startServer(server.port);
      await waitForScreen(page, "over", 30_000);
      const { said, offers } = await page.evaluate(() => globalThis.noted);
      const card = await page.getByRole("alertdialog").innerText();
      const { connection } = await read(page);
      await page.getByRole("button", { name: "To the start" }).click();
      await waitForScreen(page, "start");
      await page.getByRole("button", { name: "Quick play" }).click(); // and the page is good for another one
      await waitUntilLive(page);
      seen[way] = { said, offers, card, connection, playsAgain: (await read(page)).connection };
      await page.context().close();
    }
    return seen;
  },

  /** The laptop is closed: the page's process is stopped. For a moment; for longer; and until it was disconnected. */
  async sleep(browser, server) {
    const network = await startNetwork(server.port);
    expectRequestsTo(network.url);
    const page = await enter(browser, "page", network.url, await createSession(server.url));
    const seen = {};
    for (const [name, seconds, mode] of [["nap", 4, null], ["asleep", 12, "silent"], ["dropped", 12, "drop"]]) {
      const before = await read(page);
      const hz = await page.evaluate(() => globalThis.tickroom.welcome.tickHz);
      await forget(page);
      if (mode) await network.ask({ cut_s: seconds, mode });
      await stopRenderers(browser, seconds * 1000);
      const wokeMs = Date.now();
      await waitUntilBack(page, before.tick + seconds * hz, 25_000);
      const backMs = Date.now() - wokeMs;
      const moved = await seenMoving(new Keys(page), page, before.seat);
      seen[name] = { ...(await lookBack(page, before)), backMs, moved };
    }
    return seen;
  },

  /** The page is loaded anew. */
  async reload(browser, server) {
    expectRequestsTo(server.url);
    const page = await enter(browser, "page", server.url, await createSession(server.url));
    const before = await read(page);
    await page.reload();
    await waitUntilLive(page);
    const { player, seat, names } = await read(page);
    return { samePlayer: player === before.player, sameSeat: seat === before.seat, names: names.length };
  },
};

await tellStory(async (browser) => scenes[wishes.scene](browser, await startServer()));
