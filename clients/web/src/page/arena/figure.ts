/** One player as drawn. */

import { Container, Graphics, GraphicsContext, GraphicsPath, Sprite, Text } from "pixi.js";
import type { PlayerReading } from "../../arena/reading.ts";
import { ItemKind, PLAYER_RADIUS, SUB } from "../../generated/protocol.ts";
import { shortName } from "../name.ts";
import { colourOfSeat, ITEM_COLOURS, MARK_INK, MARK_SHAPES, type Mark, markOfSeat } from "../palette.ts";
import type { Camera } from "./camera.ts";
import { gleam, type Textures } from "./textures.ts";

const RADIUS = PLAYER_RADIUS / SUB;
const GONE_ALPHA = 0.4; // of one whose connection is lost
const MARGIN = 40; // beside the view, in units: a name reaches farther than its player
const MOVED = 0.15; // units between two frames from which on somebody has moved, and looks there
const TURN = 16; // a second: how fast a head turns
const COOLING_STEPS = 24;
const SHIELD_SECONDS = 0.25; // of a shield's coming and going

export class Figure {
  readonly whole = new Container();
  readonly player: number;
  readonly own: boolean;
  heading = Math.PI / 2;
  readonly #body: Sprite;
  readonly #eyes: Sprite;
  readonly #shield: Sprite;
  readonly #magnet: Sprite;
  readonly #boots: Sprite;
  readonly #name: Text;
  readonly #cooling: Cooling | null;
  readonly #calm: boolean;
  #x = Number.NaN;
  #y = Number.NaN;
  #shielding = 0; // 0 none, 1 whole
  #size = 1;
  #named = "";
  #connected = true;

  constructor(player: number, seat: number, own: boolean, textures: Textures, calm: boolean) {
    this.player = player;
    this.own = own;
    this.#calm = calm;
    const colour = colourOfSeat(seat);
    const mark = markOfSeat(seat);
    const sprite = (name: string, half: number, draw: (shape: Graphics) => void) =>
      new Sprite({ texture: textures.shape(name, half, draw), anchor: 0.5 });
    this.#body = sprite(`body ${colour} ${mark}`, RADIUS + 6, (shape) => drawBody(shape, colour, mark));
    this.#eyes = sprite("eyes", RADIUS + 2, drawEyes);
    this.#boots = sprite("boots", RADIUS + 18, drawBoots);
    this.#magnet = sprite("magnet", RADIUS + 12, drawMagnet);
    this.#shield = sprite("shield", RADIUS + 9, drawShield);
    this.#name = new Text({
      text: "",
      anchor: { x: 0.5, y: 0 },
      y: RADIUS + 7,
      resolution: textures.resolution,
      style: {
        fontFamily: "system-ui, sans-serif",
        fontSize: own ? 12 : 11,
        fontWeight: own ? "700" : "500",
        fill: own ? "#ffffff" : "#dfe7f7",
        stroke: { color: "#0a0f1c", width: 3.5, join: "round" },
      },
    });
    this.#cooling = own ? new Cooling() : null;
    for (const worn of [this.#boots, this.#magnet, this.#shield]) worn.visible = false;
    this.whole.addChild(this.#boots, this.#magnet, this.#body, this.#eyes, this.#shield, this.#name);
    if (this.#cooling) this.whole.addChild(this.#cooling.graphics);
  }

  draw(player: PlayerReading, name: string, camera: Camera, time: number, seconds: number): void {
    const x = player.x / SUB;
    const y = player.y / SUB;
    this.#turn(x - this.#x, y - this.#y, seconds);
    this.#x = x;
    this.#y = y;
    const seen = camera.sees(x, y, MARGIN);
    if (this.whole.visible !== seen) this.whole.visible = seen;
    this.#rename(name, player.connected);
    if (!seen) return;
    this.whole.position.set(x, y);
    this.#eyes.rotation = this.heading;
    this.#wear(player, time, seconds);
    this.#cooling?.draw(player.dashWait);
  }

  destroy(): void {
    this.#cooling?.destroy();
    this.whole.destroy({ children: true });
  }

  #turn(dx: number, dy: number, seconds: number): void {
    if (!(Math.hypot(dx, dy) > MOVED)) return; // NaN at the first time
    const wanted = Math.atan2(dy, dx);
    const turn = Math.atan2(Math.sin(wanted - this.heading), Math.cos(wanted - this.heading)); // the shorter way round
    this.heading += turn * (1 - Math.exp(-seconds * TURN));
  }

  #rename(name: string, connected: boolean): void {
    if (name === this.#named && connected === this.#connected) return;
    this.#named = name;
    this.#connected = connected;
    const said = shortName(name);
    this.#name.text = connected ? said : `${said} · away`;
    this.whole.alpha = connected ? 1 : GONE_ALPHA;
  }

  #wear(player: PlayerReading, time: number, seconds: number): void {
    const calm = this.#calm;
    show(this.#boots, player.booted);
    if (player.booted) this.#boots.rotation = this.heading;
    show(this.#magnet, player.magnetic);
    if (player.magnetic && !calm) this.#magnet.rotation = time * 2;
    this.#shieldUp(player.shielded, calm ? 1 : seconds / SHIELD_SECONDS, time);
    const size = player.dashing && !calm ? 1.1 : 1;
    if (size !== this.#size) this.#body.scale.set(size);
    this.#size = size;
  }

  /** A shield that comes or goes, by `step` of its way. */
  #shieldUp(wanted: boolean, step: number, time: number): void {
    const before = this.#shielding;
    this.#shielding = wanted ? Math.min(1, before + step) : Math.max(0, before - step);
    show(this.#shield, this.#shielding > 0);
    if (this.#shielding === 0) return;
    this.#shield.alpha = this.#shielding * (this.#calm ? 1 : 0.85 + 0.15 * Math.sin(time * 5));
    if (this.#shielding !== before) this.#shield.scale.set(1.5 - 0.5 * this.#shielding);
  }
}

/** Setting what is set already is not free: a frame has hundreds of these. */
function show(sprite: Sprite, visible: boolean): void {
  if (sprite.visible !== visible) sprite.visible = visible;
}

/** The ring around one's own figure: whole when a dash is ready, and on its way there before. */
class Cooling {
  readonly graphics: Graphics;
  readonly #steps: readonly GraphicsContext[];
  #longest = 1; // ticks: the cooldown, as seen at the start of one
  #step = COOLING_STEPS;

  constructor() {
    this.#steps = Array.from({ length: COOLING_STEPS + 1 }, (_, step) => drawCooling(step / COOLING_STEPS));
    this.graphics = new Graphics(this.#steps[COOLING_STEPS]!);
  }

  draw(dashWait: number): void {
    this.#longest = dashWait === 0 ? 1 : Math.max(this.#longest, dashWait);
    const step = Math.floor((1 - dashWait / this.#longest) * COOLING_STEPS);
    if (step === this.#step) return;
    this.#step = step;
    this.graphics.context = this.#steps[step]!;
  }

  destroy(): void {
    for (const step of this.#steps) step.destroy();
  }
}

function drawCooling(share: number): GraphicsContext {
  const at = RADIUS + 3.6;
  const context = new GraphicsContext().circle(0, 0, at).stroke({ color: 0xffffff, width: 2, alpha: 0.25 });
  if (share >= 1) return context.circle(0, 0, at).stroke({ color: 0xffffff, width: 2.2, alpha: 0.95 });
  if (share <= 0) return context;
  const top = -Math.PI / 2;
  return context
    .moveTo(0, -at)
    .arc(0, 0, at, top, top + share * 2 * Math.PI)
    .stroke({ color: 0xffffff, width: 2.2, alpha: 0.8 });
}

function drawBody(shape: Graphics, colour: string, mark: Mark): void {
  shape
    .ellipse(0, RADIUS * 0.62, RADIUS * 0.95, RADIUS * 0.6)
    .fill({ color: 0x060a14, alpha: 0.4 })
    .circle(0, 0, RADIUS)
    .fill(0xffffff)
    .circle(0, 0, RADIUS - 1.6)
    .fill(colour);
  gleam(shape, 0, 0, RADIUS - 3.6).stroke({ color: 0xffffff, width: 2, alpha: 0.5, cap: "round" });
  const { path, filled } = MARK_SHAPES[mark];
  if (path === "") return;
  shape.path(new GraphicsPath(path));
  if (filled) shape.fill(MARK_INK);
  else shape.stroke({ color: MARK_INK, width: 2.6 });
}

/** At the rim, so that they hide no mark. */
function drawEyes(shape: Graphics): void {
  for (const side of [-1, 1]) {
    shape
      .circle(8.6, side * 4.4, 3.1)
      .fill(0xffffff)
      .circle(8.6, side * 4.4, 3.1)
      .stroke({ color: MARK_INK, width: 0.9, alpha: 0.6 })
      .circle(9.7, side * 4.4, 1.6)
      .fill(MARK_INK);
  }
}

function drawBoots(shape: Graphics): void {
  for (const y of [-6, 0, 6]) shape.moveTo(-RADIUS - 4, y).lineTo(-RADIUS - (y === 0 ? 14 : 10), y);
  shape.stroke({ color: ITEM_COLOURS[ItemKind.Boots]!, width: 2.4, cap: "round" });
}

function drawMagnet(shape: Graphics): void {
  const at = RADIUS + 9;
  for (const turn of [0, 1, 2, 3]) {
    const start = (turn * Math.PI) / 2;
    shape.moveTo(Math.cos(start) * at, Math.sin(start) * at).arc(0, 0, at, start, start + 0.9);
  }
  shape.stroke({ color: ITEM_COLOURS[ItemKind.Magnet]!, width: 2.2, alpha: 0.95, cap: "round" });
}

function drawShield(shape: Graphics): void {
  const colour = ITEM_COLOURS[ItemKind.Shield]!;
  const at = RADIUS + 6;
  shape.circle(0, 0, at).fill({ color: colour, alpha: 0.16 }).circle(0, 0, at).stroke({ color: colour, width: 2.4 });
  gleam(shape, 0, 0, at - 2.6).stroke({ color: 0xffffff, width: 1.6, alpha: 0.7, cap: "round" });
}
