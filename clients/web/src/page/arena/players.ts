/** Players: circles with a colour, a mark and a name, and what they wear. */

import { Container, Graphics, Text } from "pixi.js";
import type { PlayerReading } from "../../arena/reading.ts";
import { PLAYER_RADIUS, SUB } from "../../generated/protocol.ts";
import { colourOfSeat, ITEM_COLOURS, type Mark, markOfSeat } from "../palette.ts";

const RADIUS = PLAYER_RADIUS / SUB;
const GONE_ALPHA = 0.4; // of one whose connection is lost

class Player {
  readonly whole = new Container();
  readonly #body = new Graphics();
  readonly #eyes: Graphics;
  readonly #shield = new Graphics().circle(0, 0, RADIUS + 5).stroke({ color: ITEM_COLOURS[5]!, width: 2.5 });
  readonly #magnet = new Graphics();
  readonly #boots = new Graphics();
  readonly #name: Text;
  #heading = Math.PI / 2;
  #last: { x: number; y: number } | null = null;

  constructor(seat: number, own: boolean) {
    const colour = colourOfSeat(seat);
    this.#body.circle(0, 2.5, RADIUS).fill({ color: 0x060a14, alpha: 0.35 });
    if (own) this.#body.circle(0, 0, RADIUS + 3.5).stroke({ color: 0xffffff, width: 2, alpha: 0.9 });
    this.#body
      .circle(0, 0, RADIUS)
      .fill(colour)
      .circle(0, 0, RADIUS - 0.9)
      .stroke({ color: 0xffffff, width: 1.8, alpha: 0.85 });
    drawMark(this.#body, markOfSeat(seat));
    this.#eyes = new Graphics();
    for (const side of [-1, 1]) {
      this.#eyes
        .circle(4.6, side * 4.2, 3)
        .fill(0xffffff)
        .circle(5.6, side * 4.2, 1.5)
        .fill(0x10182a);
    }
    for (const turn of [0, 1, 2, 3]) {
      const start = (turn * Math.PI) / 2;
      const at = RADIUS + 9;
      this.#magnet.moveTo(Math.cos(start) * at, Math.sin(start) * at).arc(0, 0, at, start, start + 0.9);
    }
    this.#magnet.stroke({ color: ITEM_COLOURS[4]!, width: 2, alpha: 0.9 });
    for (const y of [-6, 0, 6]) this.#boots.moveTo(-RADIUS - 3, y).lineTo(-RADIUS - (y === 0 ? 13 : 9), y);
    this.#boots.stroke({ color: ITEM_COLOURS[3]!, width: 2.2, cap: "round" });
    this.#name = new Text({
      text: "",
      anchor: { x: 0.5, y: 0 },
      y: RADIUS + 6,
      resolution: Math.max(2, Math.ceil(devicePixelRatio * 2)),
      style: {
        fontFamily: "system-ui, sans-serif",
        fontSize: 11,
        fontWeight: own ? "700" : "500",
        fill: own ? "#ffffff" : "#dfe7f7",
        stroke: { color: "#0a0f1c", width: 3, join: "round" },
      },
    });
    this.whole.addChild(this.#boots, this.#magnet, this.#body, this.#eyes, this.#shield, this.#name);
  }

  draw(player: PlayerReading, name: string, time: number, calm: boolean): void {
    const x = player.x / SUB;
    const y = player.y / SUB;
    if (this.#last && Math.hypot(x - this.#last.x, y - this.#last.y) > 0.2) {
      this.#heading = Math.atan2(y - this.#last.y, x - this.#last.x);
    }
    this.#last = { x, y };
    this.whole.position.set(x, y);
    this.whole.alpha = player.connected ? 1 : GONE_ALPHA;
    this.#eyes.rotation = this.#heading;
    this.#boots.rotation = this.#heading;
    this.#boots.visible = player.booted;
    this.#magnet.visible = player.magnetic;
    this.#magnet.rotation = calm ? 0 : time * 2;
    this.#shield.visible = player.shielded;
    this.#body.scale.set(player.dashing && !calm ? 1.1 : 1);
    if (this.#name.text !== name) this.#name.text = name;
  }
}

export class Players {
  readonly layer = new Container();
  readonly #shown = new Map<number, Player>(); // by player id: whoever takes a seat anew is somebody else
  readonly #calm: boolean;
  #time = 0;

  constructor(calm: boolean) {
    this.#calm = calm;
  }

  /** Show these players and no others; `own` is the id of the one who plays here. */
  draw(players: readonly PlayerReading[], names: (player: number) => string, own: number, seconds: number): void {
    this.#time += seconds;
    const gone = new Set(this.#shown.keys());
    for (const player of players) {
      gone.delete(player.player);
      let shown = this.#shown.get(player.player);
      if (shown === undefined) {
        shown = new Player(player.seat, player.player === own);
        this.#shown.set(player.player, shown);
        // Whoever plays here is never hidden under the others.
        if (player.player === own) this.layer.addChild(shown.whole);
        else this.layer.addChildAt(shown.whole, 0);
      }
      shown.draw(player, names(player.player), this.#time, this.#calm);
    }
    for (const id of gone) {
      this.#shown.get(id)?.whole.destroy({ children: true });
      this.#shown.delete(id);
    }
  }
}

function drawMark(body: Graphics, mark: Mark): void {
  const ink = { color: 0x10182a, width: 2, alpha: 0.8 };
  if (mark === "ring") body.circle(0, 0, RADIUS - 4).stroke(ink);
  if (mark === "dot") body.circle(-5, 0, 2.6).fill(ink);
  if (mark === "bar") body.moveTo(-6, -6).lineTo(-6, 6).stroke(ink);
}
