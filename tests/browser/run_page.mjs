// A folder as a web site, and its page in a real Chromium: node run_page.mjs FOLDER CHROMIUM
//
// Prints what the page leaves in `globalThis.told`, with its faults, as one JSON object. Ends by itself after 60 s at most.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { extname, join } from "node:path";

const [folder, executablePath] = process.argv.slice(2);
const require = createRequire(new URL("../../clients/web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8" };

const site = createServer(async ({ url }, response) => {
  const name = url === "/" ? "index.html" : url.slice(1);
  const text = await readFile(join(folder, name)).catch(() => null);
  response.writeHead(text === null ? 404 : 200, { "Content-Type": TYPES[extname(name)] ?? "text/plain" }).end(text ?? "");
});
await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));

const faults = [];
const browser = await chromium.launch({ executablePath });
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
  await page.goto(`http://127.0.0.1:${site.address().port}/`);
  await page.waitForFunction(() => globalThis.told !== undefined, null, { timeout: 60_000, polling: 50 }).catch((error) => {
    throw new Error(`the page told nothing: ${[error, ...faults].join("; ")}`);
  });
  const told = await page.evaluate(() => globalThis.told);
  process.stdout.write(`${JSON.stringify({ ...told, faults })}\n`);
} finally {
  await browser.close();
  site.close();
}
