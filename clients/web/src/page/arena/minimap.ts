/** The whole map in a corner, where the view does not hold it: who is where, faintly what lies where, and what is seen. */

import type { TileMap } from "../../arena/map.ts";
import type { ArenaTables, PlayerReading } from "../../arena/reading.ts";
import { SUB, TILE } from "../../generated/protocol.ts";
import { colourOfSeat, ITEM_COLOURS } from "../palette.ts";
import type { Camera } from "./camera.ts";

const LONGER_SIDE_PX = 148;
const SMALL_SIDE_PX = 104; // on a phone
const SMALL_BELOW_PX = 560; // the shorter side of the arena
const INTERVAL_SECONDS = 0.1;
const EDGE_PX = 10; // as arena.css has it
const HIDDEN_PX = 26; // a figure's own size, about
const ITEMS_SECONDS = 0.5; // items change seldom, and are many
const WALL = "#6d88bd";
const FLOOR = "#141d33e6";
const INK = "#10182a";

export class Minimap {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #map: TileMap;
  readonly #walls: HTMLCanvasElement;
  readonly #ground: HTMLCanvasElement;
  readonly #groundContext: CanvasRenderingContext2D | null;
  #pixel = 1; // canvas pixels a world unit
  #since = INTERVAL_SECONDS;
  #sinceItems = ITEMS_SECONDS;
  #left = 0; // where it stands in the arena, in CSS pixels
  #bottom = 0;
  #faint = false;

  constructor(host: HTMLElement, map: TileMap) {
    this.#map = map;
    this.#canvas = document.createElement("canvas");
    this.#canvas.className = "arena-minimap";
    this.#canvas.hidden = true;
    this.#canvas.ariaHidden = "true";
    this.#context = this.#canvas.getContext("2d");
    this.#walls = document.createElement("canvas");
    this.#ground = document.createElement("canvas");
    this.#groundContext = this.#ground.getContext("2d");
    host.append(this.#canvas);
  }

  /** The arena is so large now, in CSS pixels. */
  resize(width: number, height: number): void {
    const longer = Math.min(width, height) < SMALL_BELOW_PX ? SMALL_SIDE_PX : LONGER_SIDE_PX;
    const { width: columns, height: rows } = this.#map;
    const tilePx = longer / Math.max(columns, rows);
    const dense = Math.min(devicePixelRatio, 2);
    this.#canvas.style.width = `${columns * tilePx}px`;
    this.#canvas.style.height = `${rows * tilePx}px`;
    this.#canvas.width = Math.round(columns * tilePx * dense);
    this.#canvas.height = Math.round(rows * tilePx * dense);
    this.#pixel = this.#canvas.width / (columns * (TILE / SUB));
    this.#drawWalls(this.#canvas.width / columns);
    this.#ground.width = this.#canvas.width;
    this.#ground.height = this.#canvas.height;
    this.#sinceItems = ITEMS_SECONDS;
    this.#since = INTERVAL_SECONDS;
    this.#left = this.#canvas.offsetLeft || width - columns * tilePx - EDGE_PX;
    this.#bottom = (this.#canvas.offsetTop || EDGE_PX) + rows * tilePx;
  }

  /** Ten times a second at most. */
  draw(tables: ArenaTables, players: readonly PlayerReading[], marked: number, camera: Camera, seconds: number): void {
    this.#since += seconds;
    if (this.#since < INTERVAL_SECONDS) return;
    this.#since = 0;
    const hidden = camera.seesWhole;
    if (this.#canvas.hidden !== hidden) this.#canvas.hidden = hidden;
    const context = this.#context;
    if (hidden || context === null) return;
    this.#sinceItems += INTERVAL_SECONDS;
    if (this.#sinceItems >= ITEMS_SECONDS) this.#drawGround(tables);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    context.drawImage(this.#ground, 0, 0);
    const scale = this.#pixel / SUB;
    for (const player of players) {
      if (player.present && player.seat !== marked) this.#drawPlayer(context, player, scale, 1);
    }
    const own = players[marked];
    if (own?.present) {
      this.#drawPlayer(context, own, scale, 1.35);
      const at = camera.toView(own.x / SUB, own.y / SUB);
      this.#letThrough(at.x > this.#left - HIDDEN_PX && at.y < this.#bottom + HIDDEN_PX);
    }
    const { width, height } = camera.span;
    context.strokeStyle = "#ffffff80";
    context.lineWidth = 1;
    context.strokeRect(
      (camera.x - width / 2) * this.#pixel,
      (camera.y - height / 2) * this.#pixel,
      width * this.#pixel,
      height * this.#pixel,
    );
  }

  /** Whoever is followed runs under it. */
  #letThrough(faint: boolean): void {
    if (faint === this.#faint) return;
    this.#faint = faint;
    this.#canvas.classList.toggle("arena-faint", faint);
  }

  close(): void {
    this.#canvas.remove();
  }

  #drawWalls(tile: number): void {
    this.#walls.width = this.#canvas.width;
    this.#walls.height = this.#canvas.height;
    const context = this.#walls.getContext("2d");
    if (context === null) return;
    context.fillStyle = FLOOR;
    context.fillRect(0, 0, this.#walls.width, this.#walls.height);
    context.fillStyle = WALL;
    for (let row = 0; row < this.#map.height; row++) {
      for (let column = 0; column < this.#map.width; column++) {
        if (this.#map.isWall(column, row)) context.fillRect(column * tile, row * tile, tile + 0.5, tile + 0.5);
      }
    }
  }

  /** Walls and items, for the next half second. */
  #drawGround(tables: ArenaTables): void {
    const context = this.#groundContext;
    if (context === null) return;
    this.#sinceItems = 0;
    context.clearRect(0, 0, this.#ground.width, this.#ground.height);
    context.drawImage(this.#walls, 0, 0);
    const scale = this.#pixel / SUB;
    const size = Math.max(1.5, this.#pixel * 12);
    context.globalAlpha = 0.55;
    for (let row = 0; row < tables.items.length; row++) {
      const { kind, x, y } = tables.items.at(row);
      if (kind === 0) continue;
      context.fillStyle = ITEM_COLOURS[kind] ?? "#fff";
      context.fillRect(x * scale - size / 2, y * scale - size / 2, size, size);
    }
    context.globalAlpha = 1;
  }

  /** A dot in the player's colour; the one's whose camera it is has a white ring, and is larger. */
  #drawPlayer(context: CanvasRenderingContext2D, player: PlayerReading, scale: number, size: number): void {
    const radius = Math.max(3, this.#pixel * 20) * size;
    context.globalAlpha = player.connected ? 1 : 0.45;
    context.beginPath();
    context.arc(player.x * scale, player.y * scale, radius, 0, 2 * Math.PI);
    context.fillStyle = colourOfSeat(player.seat);
    context.fill();
    context.lineWidth = size > 1 ? 2 : 1;
    context.strokeStyle = size > 1 ? "#fff" : INK;
    context.stroke();
    context.globalAlpha = 1;
  }
}
