// What a frame costs the page's script, with 64 players and 200 items: wishes {throttle, seconds, heapLooks, heapSeconds}.
//
// Counted is the main thread's own time: what the SDK does with the messages since the last frame, and the frame itself
// up to the finished scene, where the page's ring `tickroomFrames` ends too; not what the renderer does. Its draw calls
// are left out meanwhile: the rasteriser is software here, and would not let frames come at their rate. For
// test_frame_cost.py.
import { expectRequestsTo, openPage, tellStory, WAIT, wishes } from "./harness.mjs";
import { read, waitUntilLive } from "./playing.mjs";
import { startBots, startServer } from "./processes.mjs";

const SEATS = 64;
const ITEMS = 200;
const WARM_UP_MS = 8000;
const KEYS = ["ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp"];

/**
 * Before the page's own script: marks where the handling of messages and the drawing of frames begin and end. A trace
 * tells the main thread's own time at each mark: what other processes took of the machine meanwhile is not in it.
 */
function markWork() {
  const mark = (name) => performance.mark(name);
  const { set, get } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
  Object.defineProperty(WebSocket.prototype, "onmessage", {
    get,
    set(handler) {
      const marked = (event) => {
        mark("message begins");
        handler.call(this, event);
        mark("message ends");
      };
      set.call(this, handler && marked);
    },
  });
  const request = globalThis.requestAnimationFrame;
  globalThis.requestAnimationFrame = (draw) =>
    request((time) => {
      mark("frame begins");
      draw(time);
      performance.clearMarks(); // the trace has them
    });
}

/** Before the page's own script: WebGL draws only while `globalThis.draws`. */
function mayDrawNothing() {
  globalThis.draws = true;
  const { prototype } = WebGL2RenderingContext;
  for (const name of ["clear", "drawArrays", "drawElements", "drawArraysInstanced", "drawElementsInstanced"]) {
    const draw = prototype[name];
    prototype[name] = function (...args) {
      if (globalThis.draws) draw.apply(this, args);
    };
  }
}

/** The page records a frame when its scene is finished, before the renderer's work. */
function markFrames() {
  const ring = globalThis.tickroomFrames;
  const { record } = Object.getPrototypeOf(ring);
  ring.record = (milliseconds) => {
    performance.mark("frame ends");
    record.call(ring, milliseconds);
  };
}

/** Milliseconds of the thread's own time: of each frame with the messages before it, and of those messages alone. */
function costsOf(marks) {
  const frames = [];
  const handling = [];
  let [messages, pending, messageBegan, frameBegan] = [0, 0, null, null];
  for (const { name, tts } of marks) {
    if (name === "message begins") messageBegan = tts;
    if (name === "frame begins") frameBegan = tts;
    if (name === "message ends" && messageBegan !== null) {
      pending += tts - messageBegan;
      messages += 1;
    }
    if (name === "frame ends" && frameBegan !== null) {
      frames.push((tts - frameBegan + pending) / 1000);
      handling.push(pending / 1000);
      pending = 0;
    }
  }
  return { frames, handling, messages };
}

/** What `act` makes the page mark, in order. */
async function trace(devtools, act) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  devtools.on("Tracing.dataCollected", collect);
  const traceConfig = { includedCategories: ["blink.user_timing"], excludedCategories: ["*"] };
  await devtools.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  await act();
  const complete = new Promise((resolve) => devtools.once("Tracing.tracingComplete", resolve));
  await devtools.send("Tracing.end");
  await complete;
  devtools.off("Tracing.dataCollected", collect);
  return events.filter(({ ph, tts }) => ph === "I" && tts !== undefined).sort((one, other) => one.ts - other.ts);
}

function quantile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return Math.round((sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0) * 100) / 100;
}

/** Run about for so long: every change of a key is predicted anew. */
async function runAbout(page, seconds) {
  const end = Date.now() + seconds * 1000;
  for (let turn = 0; Date.now() < end; turn++) {
    const key = KEYS[turn % KEYS.length];
    await page.keyboard.down(key);
    await page.waitForTimeout(150); // the length of a step
    await page.keyboard.up(key);
  }
}

async function measure(browser, page, seconds) {
  const devtools = await browser.newBrowserCDPSession();
  const { frames, handling, messages } = costsOf(await trace(devtools, () => runAbout(page, seconds)));
  await devtools.detach();
  const of = (values) => ({ p50: quantile(values, 0.5), p99: quantile(values, 0.99), most: quantile(values, 1) });
  return { frames: frames.length, messages, ms: of(frames), handlingMs: of(handling), seconds };
}

/** What is in use after everything that is not has been collected; bytes. */
async function usedHeap(devtools) {
  for (let round = 0; round < 3; round++) await devtools.send("HeapProfiler.collectGarbage");
  return (await devtools.send("Runtime.getHeapUsage")).usedSize;
}

await tellStory(async (browser) => {
  const server = await startServer();
  expectRequestsTo(server.url);
  const settings = { seats: SEATS, round_s: 600, countdown_s: 0, options: { items: ITEMS } };
  const made = await fetch(`${server.url}/api/sessions`, { method: "POST", body: JSON.stringify(settings) });
  const { code } = await made.json();
  const page = await openPage(browser, "page", { seldom: false });
  await page.addInitScript(markWork);
  await page.addInitScript(mayDrawNothing);
  await page.goto(`${server.url}/#${code}`);
  await waitUntilLive(page);
  startBots(server.url, code, SEATS - 1);
  const isFull = (seats) =>
    globalThis.tickroom.players.size === seats && globalThis.tickroom.state.session.status === 1;
  await page.waitForFunction(isFull, SEATS, WAIT);
  await page.waitForFunction(() => globalThis.tickroomFrames?.count > 60, null, WAIT);
  await page.screenshot({ path: `${wishes.reports}/desktop-64-players.png` });
  await page.evaluate(markFrames);
  await page.evaluate(() => {
    globalThis.draws = false;
  });
  await runAbout(page, WARM_UP_MS / 1000);

  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: wishes.throttle });
  const throttled = await measure(browser, page, wishes.seconds);
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  const unthrottled = await measure(browser, page, 5); // that the throttle is in the thread's own time

  await devtools.send("HeapProfiler.enable");
  const heaps = [];
  for (let look = 0; look < wishes.heapLooks; look++) {
    const before = await usedHeap(devtools);
    const began = await page.evaluate(() => globalThis.tickroomFrames.count);
    await runAbout(page, wishes.heapSeconds);
    const after = await usedHeap(devtools);
    heaps.push({ before, after, frames: (await page.evaluate(() => globalThis.tickroomFrames.count)) - began });
  }
  const { players, items } = await read(page);
  return { throttled, unthrottled, heaps, players: players.length, items: items.length };
});
