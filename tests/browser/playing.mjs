// Playing on the page as people do: with keys, with a thumb on the glass; and what a page knows of its session.
import { WAIT } from "./harness.mjs";

export const UNIT = 48; // subunits
const COIN = 1;
const GEM = 2;

/** Everything that a page knows of its session, from its own copy of the state; null before there is one. */
export function readSession() {
  const session = globalThis.tickroom;
  if (!session?.replica || session.replica.tick < 0) return null;
  const { state } = session;
  return {
    tick: session.replica.tick,
    code: session.code,
    seat: session.seat,
    player: session.me?.player ?? 0,
    connection: session.connection.name,
    names: [...session.players.values()].map(({ nickname }) => nickname).sort(),
    host: session.players.get(session.host)?.nickname ?? "",
    status: state.session.status,
    round: state.session.round,
    players: [...state.players].map(({ x, y, score }) => ({ x, y, score })),
    items: [...state.items].map(({ kind, x, y }) => [kind, x, y]),
  };
}

export const read = (page) => page.evaluate(readSession);

/** The page shows this screen: start, joining, lobby, game, results or over. */
export function waitForScreen(page, screen, timeout = WAIT.timeout) {
  return page.waitForSelector(`[data-screen="${screen}"]`, { timeout });
}

/** Joined, drawn, and a state is there; fails with what the page says instead. */
export async function waitUntilLive(page, timeout = WAIT.timeout) {
  await page.waitForSelector('[data-connection="live"]', { timeout }).catch(async (error) => {
    throw new Error(`${error.message}\nThe page says: ${await page.locator("body").innerText()}`);
  });
  await page.waitForSelector(".arena canvas", { timeout });
  await page.waitForFunction(() => globalThis.tickroom?.replica?.tick > 0, null, { ...WAIT, timeout });
}

/** Steer with the arrow keys: `go` takes a direction, each part -1, 0 or 1. */
export class Keys {
  #page;
  #held = new Set();

  constructor(page) {
    this.#page = page;
  }

  async go(x, y) {
    const wanted = [];
    if (x !== 0) wanted.push(x > 0 ? "ArrowRight" : "KeyA");
    if (y !== 0) wanted.push(y > 0 ? "KeyS" : "ArrowUp");
    for (const key of [...this.#held]) {
      if (wanted.includes(key)) continue;
      this.#held.delete(key);
      await this.#page.keyboard.up(key);
    }
    for (const key of wanted) {
      if (this.#held.has(key)) continue;
      this.#held.add(key);
      await this.#page.keyboard.down(key);
    }
  }
}

/** Steer with a thumb: real touches, by the browser's own input; the stick is wherever the thumb comes down. */
export class Thumb {
  #devtools;
  #base;
  #down = false;

  static async on(page) {
    const thumb = new Thumb();
    thumb.#devtools = await page.context().newCDPSession(page);
    const box = await page.locator(".controls-zone").boundingBox();
    thumb.#base = { x: box.x + box.width / 2, y: box.y + box.height * 0.7 };
    return thumb;
  }

  async go(x, y) {
    if (x === 0 && y === 0) {
      if (this.#down) await this.#touch("touchEnd", []);
      this.#down = false;
      return;
    }
    if (!this.#down) await this.#touch("touchStart", [this.#base]);
    this.#down = true;
    await this.#touch("touchMove", [{ x: this.#base.x + 50 * x, y: this.#base.y + 50 * y }]);
  }

  #touch(type, touchPoints) {
    return this.#devtools.send("Input.dispatchTouchEvent", { type, touchPoints });
  }
}

/** Does `watcher` see the player of `seat` go 40 units? Tries directions until one is free; the distance in units. */
export async function seenMoving(steering, watcher, seat) {
  for (const [x, y] of [[1, 0], [0, 1], [-1, 0], [0, -1]]) {
    const before = (await read(watcher)).players[seat];
    await steering.go(x, y);
    const moved = await watcher
      .waitForFunction(distanceFrom, { seat, before, least: 40 * UNIT }, { ...WAIT, timeout: 3000 })
      .then((handle) => handle.jsonValue(), () => 0);
    await steering.go(0, 0);
    if (moved) return Math.round(moved / UNIT);
  }
  return 0;
}

function distanceFrom({ seat, before, least }) {
  const { x, y } = globalThis.tickroom.state.players.at(seat);
  const distance = Math.hypot(x - before.x, y - before.y);
  return distance >= least ? distance : 0;
}

/** Run at the nearest coin or gem, or the next one when that leads nowhere, until the score rises. */
export async function pickSomething(page, steering, withinMs = 30_000) {
  const end = Date.now() + withinMs;
  const first = await read(page);
  const { score } = first.players[first.seat];
  let skipped = 0;
  let best = { distance: Number.POSITIVE_INFINITY, at: Date.now() };
  let gained = 0;
  while (gained <= 0 && Date.now() < end) {
    const now = await read(page);
    const own = now.players[now.seat];
    gained = own.score - score;
    const distanceTo = ([, x, y]) => Math.hypot(x - own.x, y - own.y);
    const worth = now.items.filter(([kind]) => kind === COIN || kind === GEM);
    const item = worth.sort((one, other) => distanceTo(one) - distanceTo(other))[skipped % worth.length];
    if (distanceTo(item) < best.distance - UNIT) best = { distance: distanceTo(item), at: Date.now() };
    if (Date.now() - best.at > 800) {
      skipped += 1;
      best = { distance: Number.POSITIVE_INFINITY, at: Date.now() };
    }
    const [, x, y] = item;
    const towards = (way) => (Math.abs(way) > 6 * UNIT ? Math.sign(way) : 0);
    await steering.go(towards(x - own.x), towards(y - own.y));
    await page.waitForTimeout(30); // the next look; the loop has its own end
  }
  await steering.go(0, 0);
  return { before: first, points: Math.max(0, gained) };
}

/** Rows of items that lay there in `before` and do so no more. */
export function goneSince(before, after) {
  return before.items.flatMap((item, row) => (item[0] && String(item) !== String(after.items[row]) ? [row] : []));
}
