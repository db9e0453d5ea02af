/** Items: each kind with a shape of its own, so that nobody needs the colours. */

import { Container, Graphics, GraphicsContext } from "pixi.js";
import type { ItemReading } from "../../arena/reading.ts";
import { ItemKind, SUB } from "../../generated/protocol.ts";
import { ITEM_COLOURS } from "../palette.ts";

const DARK = 0x141c30;
const APPEAR_SECONDS = 0.25;

function coin(): GraphicsContext {
  return new GraphicsContext()
    .circle(0, 0, 6.5)
    .fill(ITEM_COLOURS[ItemKind.Coin])
    .circle(0, 0, 6.5)
    .stroke({ color: 0x9c6b00, width: 1.5 })
    .roundRect(-1.3, -3.4, 2.6, 6.8, 1)
    .fill(0x9c6b00);
}

function gem(): GraphicsContext {
  return new GraphicsContext()
    .poly([0, -9, 8, -2, 0, 10, -8, -2])
    .fill(ITEM_COLOURS[ItemKind.Gem])
    .poly([0, -9, 3.2, -2, 0, 10, -3.2, -2])
    .fill({ color: 0xffffff, alpha: 0.55 })
    .poly([0, -9, 8, -2, 0, 10, -8, -2])
    .stroke({ color: 0x0e5d73, width: 1.4 });
}

function badge(colour: string): GraphicsContext {
  return new GraphicsContext()
    .roundRect(-9, -9, 18, 18, 5)
    .fill(DARK)
    .roundRect(-9, -9, 18, 18, 5)
    .stroke({ color: colour, width: 1.8 });
}

function boots(): GraphicsContext {
  const colour = ITEM_COLOURS[ItemKind.Boots]!;
  const context = badge(colour);
  for (const x of [-4.5, 1]) {
    context
      .moveTo(x, -4.5)
      .lineTo(x + 4, 0)
      .lineTo(x, 4.5);
  }
  return context.stroke({ color: colour, width: 2.6, cap: "round", join: "round" });
}

function magnet(): GraphicsContext {
  const colour = ITEM_COLOURS[ItemKind.Magnet]!;
  return badge(colour)
    .moveTo(-4.2, -4)
    .lineTo(-4.2, 0.5)
    .arc(0, 0.5, 4.2, Math.PI, 0, true)
    .lineTo(4.2, -4)
    .stroke({ color: colour, width: 3.2 })
    .rect(-5.8, -5.6, 3.2, 2.6)
    .rect(2.6, -5.6, 3.2, 2.6)
    .fill(0xffffff);
}

function shield(): GraphicsContext {
  const colour = ITEM_COLOURS[ItemKind.Shield]!;
  return badge(colour)
    .moveTo(0, -6)
    .lineTo(5.2, -4)
    .lineTo(5.2, 0)
    .quadraticCurveTo(4.8, 4.4, 0, 6.6)
    .quadraticCurveTo(-4.8, 4.4, -5.2, 0)
    .lineTo(-5.2, -4)
    .closePath()
    .fill(colour);
}

interface Shown {
  readonly graphic: Graphics;
  kind: number;
  x: number;
  y: number;
  age: number;
}

export class Items {
  readonly layer = new Container();
  readonly #contexts: Record<number, GraphicsContext> = {
    [ItemKind.Coin]: coin(),
    [ItemKind.Gem]: gem(),
    [ItemKind.Boots]: boots(),
    [ItemKind.Magnet]: magnet(),
    [ItemKind.Shield]: shield(),
  };
  readonly #shown = new Map<number, Shown>();
  readonly #calm: boolean;
  #time = 0;

  constructor(calm: boolean) {
    this.#calm = calm;
  }

  /** Show these items and no others. */
  draw(items: readonly ItemReading[], seconds: number): void {
    this.#time += seconds;
    const gone = new Set(this.#shown.keys());
    for (const item of items) {
      gone.delete(item.row);
      this.#place(item, seconds);
    }
    for (const row of gone) {
      this.#shown.get(row)?.graphic.destroy();
      this.#shown.delete(row);
    }
  }

  #place(item: ItemReading, seconds: number): void {
    let shown = this.#shown.get(item.row);
    const same = shown && shown.kind === item.kind && shown.x === item.x && shown.y === item.y;
    if (!same) {
      shown?.graphic.destroy();
      const graphic = new Graphics(this.#contexts[item.kind] ?? this.#contexts[ItemKind.Coin]!);
      this.layer.addChild(graphic);
      shown = { graphic, kind: item.kind, x: item.x, y: item.y, age: this.#time < 0.5 ? 1 : 0 };
      this.#shown.set(item.row, shown);
    }
    const { graphic } = shown!;
    shown!.age += seconds;
    const grown = this.#calm ? 1 : Math.min(1, shown!.age / APPEAR_SECONDS);
    const bob = this.#calm ? 0 : Math.sin(this.#time * 2.6 + item.row * 1.7) * 1.2;
    graphic.position.set(item.x / SUB, item.y / SUB + bob);
    graphic.scale.set(grown);
  }
}
