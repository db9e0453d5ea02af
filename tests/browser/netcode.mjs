// The SDK behind a bad network: wishes {conditions, during: commands of `tickroom network`, seconds, seed, slower}.
// `conditions` are there from the start, `during` from when the script begins.
//
// One page plays: first with real keys, one after the other from standing, then by a script of inputs, while one bot
// walks about and another collects and dashes. netcode_page/ is the page; it looks at every frame. For test_netcode.py
// to judge.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { expectRequestsTo, openPage, tellStory, WAIT, wishes } from "./harness.mjs";
import { startBots, startNetwork, startServer } from "./processes.mjs";

const PEOPLE = 3;
const PRESSES = 10;
const TYPES = { html: "text/html", js: "text/javascript" };

/** Another person's page, on a port of its own. */
async function servePage() {
  const site = createServer(async (request, response) => {
    const [, name = ""] = /^\/([a-z]*\.(?:html|js))$/.exec(request.url) ?? [];
    if (!name) return response.writeHead(404).end();
    const body = await readFile(new URL(`netcode_page/${name}`, import.meta.url));
    response.writeHead(200, { "Content-Type": `${TYPES[name.split(".")[1]]}; charset=utf-8` }).end(body);
  });
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  return site;
}

async function createSession(server) {
  const body = JSON.stringify({ seats: 4, round_s: 600, countdown_s: 0, seed: wishes.seed, public: false });
  const response = await fetch(`${server}/api/sessions`, { method: "POST", body });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()).code;
}

/** Press one key after the other, each from standing, until each has moved the player or met a wall. */
async function pressKeys(page) {
  const keys = ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"];
  for (let press = 0; press < PRESSES; press++) {
    await page.waitForFunction(() => globalThis.netcode.keys.stands, null, WAIT);
    const key = keys[press % keys.length];
    await page.keyboard.down(key);
    await page.waitForFunction(() => globalThis.netcode.keys.isDecided(), null, WAIT);
    await page.keyboard.up(key);
  }
}

await tellStory(async (browser) => {
  const server = await startServer();
  const network = await startNetwork(server.port);
  await network.ask(wishes.conditions);
  const code = await createSession(server.url);
  const site = await servePage();
  const place = `http://127.0.0.1:${site.address().port}`;
  for (const address of [place, server.url, network.url]) expectRequestsTo(address);
  try {
    const { seed } = wishes;
    const bots = ["wander", "greedy"].map((behaviour) => startBots(server.url, code, 1, { behaviour, seed }));
    const page = await openPage(browser, "page", { seldom: false });
    const told = { network: network.url, server: server.url, code, seed, slower: wishes.slower ?? false };
    await page.goto(`${place}/index.html#${encodeURIComponent(JSON.stringify(told))}`);
    await page.waitForFunction((people) => globalThis.netcode?.isReady(people), PEOPLE, WAIT);
    await page.evaluate(() => globalThis.netcode.startReadings());
    if (!wishes.slower) await pressKeys(page);
    if (wishes.during) await network.ask(wishes.during);
    await page.evaluate(() => globalThis.netcode.startScript());
    await page.waitForTimeout(wishes.seconds * 1000); // so long is measured
    const seen = await page.evaluate(() => globalThis.netcode.end());
    await Promise.all(bots.map((bot) => bot.end()));
    return { ...seen, network: await network.end() };
  } finally {
    site.close();
    site.closeAllConnections();
  }
});
