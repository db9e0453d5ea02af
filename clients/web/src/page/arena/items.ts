/** Items: each kind with a shape of its own, so that nobody needs the colours. */

import { Container, type Graphics, Sprite, type Texture } from "pixi.js";
import type { ArenaTables } from "../../arena/reading.ts";
import { ItemKind, SUB } from "../../generated/protocol.ts";
import { ITEM_COLOURS } from "../palette.ts";
import type { Camera } from "./camera.ts";
import { gleam, type Textures } from "./textures.ts";

const DARK = 0x141c30;
const SHADE = { color: 0x060a14, alpha: 0.32 };
const APPEAR_SECONDS = 0.25;
const MARGIN = 20; // beside the view, in units
const HALF = 15;
const AHEAD_TICKS = 300; // no pick is known so long before its moment is drawn, but for one of another life of the session

const DRAWN: Record<number, (shape: Graphics) => void> = {
  [ItemKind.Coin]: coin,
  [ItemKind.Gem]: gem,
  [ItemKind.Boots]: boots,
  [ItemKind.Magnet]: magnet,
  [ItemKind.Shield]: shield,
};

interface Shown {
  readonly sprite: Sprite;
  kind: number;
  x: number;
  y: number;
  age: number;
  /** Picked by the one who plays here: not shown until the moment drawn has come to this tick. */
  goneUntil: number;
}

export class Items {
  readonly layer = new Container({ isRenderGroup: true });
  readonly #shown: readonly Shown[];
  readonly #textures: readonly (Texture | null)[];
  readonly #calm: boolean;
  #time = 0;

  constructor(rows: number, textures: Textures, calm: boolean) {
    this.#calm = calm;
    const kinds = Object.values(ItemKind);
    this.#textures = kinds.map((kind) => {
      const draw = DRAWN[kind];
      return draw ? textures.shape(`item ${kind}`, HALF, draw) : null;
    });
    this.#shown = Array.from({ length: rows }, () => {
      const sprite = new Sprite({ visible: false, anchor: 0.5 });
      this.layer.addChild(sprite);
      return { sprite, kind: 0, x: 0, y: 0, age: 0, goneUntil: -1 };
    });
  }

  /** Show what lies about in `tables`. */
  draw(tables: ArenaTables, camera: Camera, seconds: number): void {
    this.#time += seconds;
    for (let row = 0; row < this.#shown.length; row++) {
      const shown = this.#shown[row]!;
      const { kind, x, y } = tables.items.at(row);
      const there = tables.tick < shown.goneUntil && shown.goneUntil < tables.tick + AHEAD_TICKS ? 0 : kind;
      if (there !== shown.kind || x !== shown.x || y !== shown.y) this.#place(shown, there, x, y);
      if (there !== 0) this.#animate(shown, row, camera, seconds);
    }
  }

  /** Take the item of this row away before the moment drawn has come to `tick`, in which it was picked. */
  hideUntil(row: number, tick: number): void {
    const shown = this.#shown[row];
    if (shown) shown.goneUntil = tick;
  }

  /** Where the item of this row is drawn, or was last, in units. */
  placeOf(row: number): { readonly x: number; readonly y: number } | null {
    const shown = this.#shown[row];
    return shown ? { x: shown.x / SUB, y: shown.y / SUB } : null;
  }

  /** The row of the item that is nearest to this place, at most `most` units away; -1 for none. */
  nearest(x: number, y: number, most: number): number {
    let found = -1;
    for (let row = 0; row < this.#shown.length; row++) {
      const shown = this.#shown[row]!;
      if (shown.kind === 0) continue;
      const distance = Math.hypot(shown.x / SUB - x, shown.y / SUB - y);
      if (distance > most) continue;
      most = distance;
      found = row;
    }
    return found;
  }

  #place(shown: Shown, kind: number, x: number, y: number): void {
    const { sprite } = shown;
    const texture = this.#textures[kind] ?? null;
    shown.kind = kind;
    shown.x = x;
    shown.y = y;
    shown.age = this.#time < 0.5 ? APPEAR_SECONDS : 0; // what lay there when the game opened does not pop up
    sprite.visible = texture !== null;
    if (texture === null) return;
    sprite.texture = texture;
    sprite.position.set(x / SUB, y / SUB);
  }

  #animate(shown: Shown, row: number, camera: Camera, seconds: number): void {
    const x = shown.x / SUB;
    const y = shown.y / SUB;
    const growing = shown.age < APPEAR_SECONDS;
    if (growing) shown.age += seconds;
    if (this.#calm) {
      shown.sprite.scale.set(1);
      return;
    }
    if (!camera.sees(x, y, MARGIN)) return;
    shown.sprite.scale.set(growing ? Math.min(1, shown.age / APPEAR_SECONDS) : 1);
    shown.sprite.y = y + Math.sin(this.#time * 2.6 + row * 1.7) * 1.2;
  }
}

function coin(shape: Graphics): void {
  shape
    .ellipse(0, 7, 6, 2.6)
    .fill(SHADE)
    .circle(0, 0, 7)
    .fill(0x9c6b00)
    .circle(0, -0.6, 6.2)
    .fill(ITEM_COLOURS[ItemKind.Coin]!)
    .circle(0, -0.6, 4.3)
    .stroke({ color: 0xc88f14, width: 1 })
    .roundRect(-1.2, -3.6, 2.4, 6, 1)
    .fill(0x9c6b00);
  gleam(shape, 0, -0.6, 5.2).stroke({ color: 0xffffff, alpha: 0.75, width: 1.2, cap: "round" });
}

function gem(shape: Graphics): void {
  shape
    .ellipse(0, 10, 6, 2.4)
    .fill(SHADE)
    .poly([-8, -4, -4.5, -9, 4.5, -9, 8, -4, 0, 9.5])
    .fill(ITEM_COLOURS[ItemKind.Gem]!)
    .poly([-4, -4, 0, -9, 4, -4, 0, 9.5])
    .fill({ color: 0xffffff, alpha: 0.45 })
    .poly([-8, -4, -4.5, -9, 4.5, -9, 8, -4])
    .fill({ color: 0xffffff, alpha: 0.22 })
    .poly([-8, -4, -4.5, -9, 4.5, -9, 8, -4, 0, 9.5])
    .stroke({ color: 0x0e5d73, width: 1.4, join: "round" });
}

function badge(shape: Graphics, colour: string): Graphics {
  return shape
    .ellipse(0, 10, 8, 2.4)
    .fill(SHADE)
    .roundRect(-9, -9, 18, 18, 6)
    .fill(DARK)
    .roundRect(-9, -9, 18, 18, 6)
    .stroke({ color: colour, width: 1.8 });
}

function boots(shape: Graphics): void {
  const colour = ITEM_COLOURS[ItemKind.Boots]!;
  badge(shape, colour);
  for (const x of [-4.5, 1]) {
    shape
      .moveTo(x, -4.5)
      .lineTo(x + 4, 0)
      .lineTo(x, 4.5);
  }
  shape.stroke({ color: colour, width: 2.6, cap: "round", join: "round" });
}

function magnet(shape: Graphics): void {
  badge(shape, ITEM_COLOURS[ItemKind.Magnet]!)
    .moveTo(-4.2, -4)
    .lineTo(-4.2, 0.5)
    .arc(0, 0.5, 4.2, Math.PI, 0, true)
    .lineTo(4.2, -4)
    .stroke({ color: ITEM_COLOURS[ItemKind.Magnet]!, width: 3.2 })
    .rect(-5.8, -5.6, 3.2, 2.6)
    .rect(2.6, -5.6, 3.2, 2.6)
    .fill(0xffffff);
}

function shield(shape: Graphics): void {
  const colour = ITEM_COLOURS[ItemKind.Shield]!;
  badge(shape, colour)
    .moveTo(0, -6)
    .lineTo(5.2, -4)
    .lineTo(5.2, 0)
    .quadraticCurveTo(4.8, 4.4, 0, 6.6)
    .quadraticCurveTo(-4.8, 4.4, -5.2, 0)
    .lineTo(-5.2, -4)
    .closePath()
    .fill(colour);
}
