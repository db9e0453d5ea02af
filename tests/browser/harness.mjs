// What all stories share: their wishes, a Chromium, pages that are watched, and the answer for the test that judges.
import { createRequire } from "node:module";
import { endProcesses } from "./processes.mjs";

const require = createRequire(new URL("../../clients/web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

/** What the test asked for: {python, chromium, reports, ...}. */
export const wishes = JSON.parse(process.argv[2]);

/** For page.waitForFunction: every wait has an end. */
export const WAIT = { timeout: 20_000, polling: 50 };

export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
export const DESKTOP = { viewport: { width: 1280, height: 800 } };

/** Faults on any page's console, and requests that went anywhere but to the servers of the story. */
export const noted = { faults: [], foreign: [] };
const servers = [];

/** Requests to this address are none that came from elsewhere. */
export function expectRequestsTo(address) {
  servers.push(address);
}

/**
 * Draw every third frame only. The rasteriser is software here, and several arenas at once would take all of a small
 * machine. Only for stories that say nothing of frames.
 */
function drawSeldom() {
  const { requestAnimationFrame: request, cancelAnimationFrame: cancel } = globalThis;
  const waiting = new Map();
  let last = 0;
  globalThis.requestAnimationFrame = (draw) => {
    const id = ++last;
    let left = 3;
    const wait = (time) => {
      left -= 1;
      if (left > 0) {
        waiting.set(id, request(wait));
      } else {
        waiting.delete(id);
        draw(time);
      }
    };
    waiting.set(id, request(wait));
    return id;
  };
  globalThis.cancelAnimationFrame = (id) => {
    cancel(waiting.get(id));
    waiting.delete(id);
  };
}

/**
 * A page of its own context. `forgive`: console errors that the story brings about on purpose, as a pattern. `seldom`:
 * draw every third frame only.
 */
export async function openPage(browser, name, { context = DESKTOP, forgive = null, seldom = true } = {}) {
  const page = await (await browser.newContext(context)).newPage();
  if (seldom) await page.addInitScript(drawSeldom);
  const note = (text) => {
    if (!forgive?.test(text)) noted.faults.push(`${name}: ${text}`);
  };
  page.on("pageerror", (error) => note(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") note(`${message.text()} (${message.location().url})`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!servers.some((server) => url.startsWith(server)) && !/^(data|blob):/.test(url)) noted.foreign.push(url);
  });
  return page;
}

/** Tell a story in a Chromium, print what it answers together with what was noted, and leave nothing behind. */
export async function tellStory(story) {
  let browser;
  try {
    browser = await chromium.launch({
      executablePath: wishes.chromium,
      args: ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
    });
    const seen = await story(browser);
    process.stdout.write(`${JSON.stringify({ ...seen, ...noted })}\n`);
  } catch (error) {
    process.stderr.write(`${error.stack}\nnoted until then: ${JSON.stringify(noted)}\n`);
    process.exitCode = 1;
  } finally {
    await browser?.close();
    await endProcesses();
  }
}
