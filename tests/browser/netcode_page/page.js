// A page on the SDK, as anybody would write one, that looks at everything it draws.
//
// `far` plays behind the bad network. `near` looks on with a connection of its own straight to the server: the clock
// that far's is held against. Both live in this page, so that their times are of one clock.
import { KeyWatch } from "./keys.js";
import { Lateness } from "./lateness.js";
import { Readings } from "./readings.js";

const wishes = JSON.parse(decodeURIComponent(location.hash.slice(1))); // {network, server, code, seed, slower}
const { Client } = await import(`${wishes.server}/sdk/client.js`);
const { ARENA, arenaTwin } = await import(`${wishes.server}/sdk/arena.js`);
const UNIT = 48; // subunits
const DIRECTIONS = [0, -127, 127, 90, -90];

// A twin that is not the server's shows whether corrections are seen at all.
const slower = (context) => arenaTwin({ ...context, tickHz: context.tickHz + 1 });
const twin = wishes.slower ? slower : arenaTwin;
const lateness = new Lateness();
const { openSocket } = lateness;
const far = await new Client(wishes.network, { game: ARENA, twin, openSocket }).joinByCode(wishes.code);
const near = await new Client(wishes.server, { game: ARENA }).watch(wishes.code);
const canvas = document.querySelector("canvas").getContext("2d");
const readings = new Readings(far, near, lateness, UNIT);
const keys = new KeyWatch((values) => far.setInput(values));
let readyTick = null;
let script = null; // what to hold, and when to change that

function draw() {
  requestAnimationFrame(draw);
  script?.(performance.now());
  const nowMs = performance.now();
  const view = far.view();
  const others = [...far.players.values()].filter(({ player }) => player !== far.me.player);
  canvas.clearRect(0, 0, 1200, 800);
  for (const { seat } of [far.me, ...others]) {
    const { x, y } = view.players.at(seat);
    canvas.fillStyle = seat === far.seat ? "tomato" : "steelblue";
    canvas.fillRect(x / UNIT - 12, y / UNIT - 12, 24, 24);
  }
  const own = view.players.at(far.seat);
  const known = far.state.players.at(far.seat);
  keys.look({ x: own.x, y: own.y }, { x: known.x, y: known.y }, nowMs);
  readings.look(view, others, nowMs);
}

/** Numbers from 0 to 1 by a seed: xorshift32 (Marsaglia, 2003). */
function seeded(seed) {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Hold something else every 40 to 200 ms, a dash now and then. */
function makeScript(seed) {
  const random = seeded(seed);
  const pick = () => DIRECTIONS[Math.floor(random() * DIRECTIONS.length)];
  let nextMs = 0;
  return (nowMs) => {
    if (nowMs < nextMs) return;
    nextMs = nowMs + 40 + random() * 160;
    far.setInput({ x: pick(), y: pick(), buttons: random() < 0.25 ? 1 : 0 });
  };
}

globalThis.netcode = {
  far,
  keys,
  /** A round runs, the clock has settled, and everybody is there, and drawn where the rules put them. */
  isReady: (people) => {
    const here = far.state.session.status === 1 && far.players.size >= people && far.statistics.rttMs > 0;
    if (!here) return false;
    readyTick ??= far.replica.tick + 1; // who was told of just now stands in the next state at the latest
    return far.view().tick > readyTick + 2;
  },
  startReadings: () => readings.start(),
  startScript: () => {
    script = makeScript(wishes.seed);
  },
  end: () => {
    script = null;
    far.setInput({});
    return { ...readings.answer(), motions: keys.motions };
  },
};
requestAnimationFrame(draw);
