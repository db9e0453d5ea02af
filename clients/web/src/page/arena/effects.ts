/** What lights up for a moment: pickups, bumps, the trail of a dash. In world units; all end by themselves. */

import { Container, Graphics, Text } from "pixi.js";

const MOST = 80; // a bound, not a look: beyond it new ones are left out

interface Effect {
  readonly node: Container;
  readonly seconds: number;
  readonly update: (node: Container, share: number) => void;
  age: number;
}

export class Effects {
  readonly below = new Container();
  readonly above = new Container();
  readonly #running: Effect[] = [];
  readonly #calm: boolean;

  constructor(calm: boolean) {
    this.#calm = calm;
  }

  /** A ring that opens, and words that rise. */
  picked(x: number, y: number, words: string, colour: string): void {
    this.#ring(x, y, colour, 20);
    this.#words(x, y - 16, words, colour);
  }

  /** Somebody was hit. */
  bumped(x: number, y: number, words: string): void {
    this.#ring(x, y, "#ffffff", 34);
    if (words) this.#words(x, y - 20, words, "#ff9d76");
  }

  /** One puff of a dash's trail. */
  trail(x: number, y: number, colour: string): void {
    if (this.#calm) return;
    const puff = new Graphics().circle(0, 0, 10).fill(colour);
    puff.position.set(x, y);
    this.#run(this.below, puff, 0.3, (node, share) => {
      node.alpha = 0.35 * (1 - share);
      node.scale.set(1 - 0.6 * share);
    });
  }

  update(seconds: number): void {
    for (let at = this.#running.length - 1; at >= 0; at--) {
      const effect = this.#running[at]!;
      effect.age += seconds;
      if (effect.age < effect.seconds) {
        effect.update(effect.node, effect.age / effect.seconds);
      } else {
        effect.node.destroy();
        this.#running.splice(at, 1);
      }
    }
  }

  #ring(x: number, y: number, colour: string, radius: number): void {
    if (this.#calm) return;
    const ring = new Graphics().circle(0, 0, radius).stroke({ color: colour, width: 3 });
    ring.position.set(x, y);
    this.#run(this.above, ring, 0.4, (node, share) => {
      node.alpha = 1 - share;
      node.scale.set(0.4 + 0.6 * share);
    });
  }

  #words(x: number, y: number, words: string, colour: string): void {
    const text = new Text({
      text: words,
      anchor: 0.5,
      resolution: Math.max(2, Math.ceil(devicePixelRatio * 2)),
      style: {
        fontFamily: "system-ui, sans-serif",
        fontSize: 13,
        fontWeight: "700",
        fill: colour,
        stroke: { color: "#0a0f1c", width: 3, join: "round" },
      },
    });
    text.position.set(x, y);
    this.#run(this.above, text, 0.9, (node, share) => {
      if (!this.#calm) node.y = y - 22 * share;
      node.alpha = Math.min(1, 2 - 2 * share);
    });
  }

  #run(layer: Container, node: Container, seconds: number, update: Effect["update"]): void {
    if (this.#running.length >= MOST) {
      node.destroy();
      return;
    }
    layer.addChild(node);
    update(node, 0);
    this.#running.push({ node, seconds, update, age: 0 });
  }
}
