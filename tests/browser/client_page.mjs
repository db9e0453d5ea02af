// The twenty lines of docs/client.md in a real Chromium: node client_page.mjs FOLDER CHROMIUM
//
// FOLDER holds index.html; it is served on a port of its own, as another person's page is. Prints a line {"joined": true}
// when the page draws its square, waits for a line on its input, then holds arrow keys until the square has moved, and
// prints what was seen. For test_client_page.py to judge. Ends by itself: every wait has an end.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [folder, executablePath] = process.argv.slice(2);
const require = createRequire(new URL("../../clients/web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const WAIT = { timeout: 15_000, polling: 50 };
const OWN = [255, 99, 71]; // tomato
const OTHERS = [70, 130, 180]; // steelblue
const FAR = 40; // pixels; a unit each
const seen = { faults: [], moved: 0, key: null };

const site = createServer(async (request, response) => {
  if (request.url !== "/") return response.writeHead(404).end();
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(await readFile(join(folder, "index.html")));
});
await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));

/** The middle of all pixels of a colour in the page's canvas, and their number; null when there are none. */
function findSquare(colour) {
  const canvas = document.querySelector("canvas");
  const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let [count, x, y] = [0, 0, 0];
  for (let at = 0; at < data.length; at += 4) {
    if (colour.some((part, channel) => data[at + channel] !== part) || data[at + 3] !== 255) continue;
    count += 1;
    x += (at / 4) % width;
    y += Math.floor(at / 4 / width);
  }
  return count ? { x: x / count, y: y / count, count } : null;
}

/** Hold one key after the other until the square has moved far; walls stand in some ways. */
async function moveSquare(page) {
  const before = await page.evaluate(findSquare, OWN);
  for (const key of ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"]) {
    await page.keyboard.down(key);
    const end = Date.now() + 3000;
    let moved = 0;
    while (moved < FAR && Date.now() < end) {
      await page.waitForTimeout(30); // the next look; the loop has its own end
      const now = await page.evaluate(findSquare, OWN);
      moved = Math.hypot(now.x - before.x, now.y - before.y);
    }
    await page.keyboard.up(key);
    if (moved >= FAR) return Object.assign(seen, { key, moved: Math.round(moved) });
  }
}

const orders = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const browser = await chromium.launch({ executablePath });
try {
  const page = await (await browser.newContext()).newPage();
  page.on("pageerror", (error) => seen.faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") seen.faults.push(message.text());
  });
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  await page.waitForFunction(findSquare, OWN, WAIT).catch((error) => {
    throw new Error(`the page drew no square: ${[error, ...seen.faults].join("; ")}`);
  });
  process.stdout.write(`${JSON.stringify({ joined: true })}\n`);

  await orders.next(); // somebody else is in the session by now
  await page.waitForFunction(findSquare, OTHERS, WAIT);
  seen.own = await page.evaluate(findSquare, OWN);
  seen.others = await page.evaluate(findSquare, OTHERS);
  await moveSquare(page);
  await page.screenshot({ path: join(folder, "client-page.png") });
  process.stdout.write(`${JSON.stringify(seen)}\n`);
  await orders.next(); // keep the seat until the server's side has been looked at
} finally {
  await browser.close();
  site.close();
  process.stdin.destroy();
}
