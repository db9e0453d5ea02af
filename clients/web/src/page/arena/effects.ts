/** What lights up for a moment: pickups, bumps, the trail of a dash. In world units; all end by themselves. */

import { Container, type Graphics, Sprite, Text, type Texture } from "pixi.js";
import { COMMON_POPS } from "./pops.ts";
import type { Textures } from "./textures.ts";

const MOST_PARTICLES = 160; // bounds, not looks: beyond them new ones are left out
const MOST_WORDS = 40;
const NEW_A_FRAME = 48; // of particles: sixty players in a heap make more of them than a frame has time for
const DRAG = 3.5; // a second: what flies loses its speed

/** How particles of one kind look and go. */
interface Manner {
  readonly seconds: number;
  readonly alpha: number;
  readonly fromScale: number;
  readonly toScale: number;
}

const PUFF: Manner = { seconds: 0.32, alpha: 0.42, fromScale: 1, toScale: 0.35 };
const RING: Manner = { seconds: 0.38, alpha: 0.95, fromScale: 0.35, toScale: 1 };
const WIDE_RING: Manner = { seconds: 0.42, alpha: 0.95, fromScale: 0.5, toScale: 1.7 };
const SPARK: Manner = { seconds: 0.5, alpha: 1, fromScale: 1, toScale: 0.1 };

interface Particle {
  readonly sprite: Sprite;
  manner: Manner;
  age: number;
  vx: number;
  vy: number;
}

interface Words {
  readonly text: Text;
  readonly key: string;
  age: number;
  y: number;
}

const WORDS_SECONDS = 0.95;

export class Effects {
  readonly below = new Container({ isRenderGroup: true });
  readonly above = new Container({ isRenderGroup: true });
  readonly #lying: Pool;
  readonly #flying: Pool;
  readonly #running: Words[] = [];
  readonly #spare = new Map<string, Words[]>(); // by what they say and in which colour: a text is drawn once
  readonly #textures: Textures;
  readonly #ring: Texture;
  readonly #spark: Texture;
  readonly #puff: Texture;
  readonly #calm: boolean;
  #turn = 0;

  constructor(textures: Textures, calm: boolean) {
    this.#textures = textures;
    this.#calm = calm;
    this.#ring = textures.shape("ring", 24, (shape) => shape.circle(0, 0, 21).stroke({ color: 0xffffff, width: 3 }));
    this.#spark = textures.shape("spark", 4, (shape) => shape.circle(0, 0, 2.6).fill(0xffffff));
    this.#puff = textures.shape("puff", 14, drawPuff);
    this.#lying = new Pool(this.below);
    this.#flying = new Pool(this.above);
    this.#prepare();
  }

  /** Something was taken: sparks where it lay. */
  picked(x: number, y: number, colour: string, sparks: number): void {
    if (this.#calm) return;
    this.#flying.start(this.#ring, RING, x, y, colour);
    this.#burst(x, y, colour, sparks, 90);
  }

  /** Somebody was hit. */
  bumped(x: number, y: number, colour: string): void {
    if (this.#calm) return;
    this.#flying.start(this.#ring, WIDE_RING, x, y, "#ffffff");
    this.#burst(x, y, colour, 5, 150);
    this.#burst(x, y, "#ffffff", 5, 110);
  }

  /** One puff of a dash's trail. */
  trail(x: number, y: number, colour: string): void {
    if (!this.#calm) this.#lying.start(this.#puff, PUFF, x, y, colour);
  }

  /** A dash begins. */
  started(x: number, y: number): void {
    if (!this.#calm) this.#lying.start(this.#ring, RING, x, y, "#ffffff");
  }

  /** Words that rise and fade; what concerns others is smaller. */
  say(x: number, y: number, said: string, colour: string, own: boolean): void {
    if (this.#running.length >= MOST_WORDS) return;
    const words = this.#takeWords(said, colour, own);
    words.age = 0;
    words.y = y;
    words.text.position.set(x, y);
    words.text.visible = true;
    this.#running.push(words);
  }

  update(seconds: number): void {
    this.#lying.update(seconds);
    this.#flying.update(seconds);
    let kept = 0;
    for (let at = 0; at < this.#running.length; at++) {
      const words = this.#running[at]!;
      words.age += seconds;
      const share = words.age / WORDS_SECONDS;
      if (share >= 1) {
        words.text.visible = false;
        this.#spare.get(words.key)!.push(words);
        continue;
      }
      if (!this.#calm) words.text.y = words.y - 26 * (1 - (1 - share) ** 2);
      words.text.alpha = Math.min(1, 2.5 - 2.5 * share);
      this.#running[kept++] = words;
    }
    this.#running.length = kept;
  }

  /** The words of every round, before it: a text that is drawn in the middle of one costs its frame dear. */
  #prepare(): void {
    for (const own of [true, false]) {
      for (const [said, colour] of COMMON_POPS) {
        const words = this.#takeWords(said, colour, own);
        words.text.visible = false;
        this.#spare.get(words.key)!.push(words);
      }
    }
  }

  #burst(x: number, y: number, colour: string, count: number, speed: number): void {
    this.#turn += 0.7; // no two bursts alike
    for (let spark = 0; spark < count; spark++) {
      const angle = this.#turn + (spark * 2 * Math.PI) / count;
      const fast = speed * (0.7 + 0.3 * ((spark * 7) % 3));
      this.#flying.start(this.#spark, SPARK, x, y, colour, Math.cos(angle) * fast, Math.sin(angle) * fast);
    }
  }

  #takeWords(said: string, colour: string, own: boolean): Words {
    const key = `${said} ${colour} ${own}`;
    let spare = this.#spare.get(key);
    if (spare === undefined) {
      spare = [];
      this.#spare.set(key, spare);
    }
    return spare.pop() ?? this.#makeWords(key, said, colour, own);
  }

  #makeWords(key: string, said: string, colour: string, own: boolean): Words {
    const text = new Text({
      text: said,
      anchor: 0.5,
      resolution: this.#textures.resolution,
      style: {
        fontFamily: "system-ui, sans-serif",
        fontSize: own ? 14 : 10.5,
        fontWeight: "800",
        fill: colour,
        stroke: { color: "#0a0f1c", width: own ? 4 : 3, join: "round" },
      },
    });
    this.above.addChild(text);
    return { text, key, age: 0, y: 0 };
  }
}

/** Sprites that fly and fade, used again and again. */
class Pool {
  readonly #layer: Container;
  readonly #running: Particle[] = [];
  readonly #spare: Particle[] = [];
  #new = 0;

  constructor(layer: Container) {
    this.#layer = layer;
  }

  start(texture: Texture, manner: Manner, x: number, y: number, tint: string, vx = 0, vy = 0): void {
    if (this.#running.length >= MOST_PARTICLES || this.#new >= NEW_A_FRAME) return;
    this.#new++;
    const particle = this.#spare.pop() ?? this.#make();
    const { sprite } = particle;
    particle.manner = manner;
    particle.age = 0;
    particle.vx = vx;
    particle.vy = vy;
    sprite.texture = texture;
    sprite.tint = tint;
    sprite.alpha = manner.alpha;
    sprite.scale.set(manner.fromScale);
    sprite.position.set(x, y);
    sprite.visible = true;
    this.#running.push(particle);
  }

  update(seconds: number): void {
    const drag = Math.exp(-seconds * DRAG);
    this.#new = 0;
    let kept = 0;
    for (let at = 0; at < this.#running.length; at++) {
      const particle = this.#running[at]!;
      const { sprite, manner } = particle;
      particle.age += seconds;
      const share = particle.age / manner.seconds;
      if (share >= 1) {
        sprite.visible = false;
        this.#spare.push(particle);
        continue;
      }
      particle.vx *= drag;
      particle.vy *= drag;
      sprite.position.set(sprite.x + particle.vx * seconds, sprite.y + particle.vy * seconds);
      sprite.alpha = manner.alpha * (1 - share);
      sprite.scale.set(manner.fromScale + (manner.toScale - manner.fromScale) * (1 - (1 - share) ** 2));
      this.#running[kept++] = particle;
    }
    this.#running.length = kept;
  }

  #make(): Particle {
    const sprite = new Sprite({ anchor: 0.5 });
    this.#layer.addChild(sprite);
    return { sprite, manner: PUFF, age: 0, vx: 0, vy: 0 };
  }
}

/** A disc with a soft edge. */
function drawPuff(shape: Graphics): void {
  for (const radius of [12, 10.5, 9, 7.5]) shape.circle(0, 0, radius).fill({ color: 0xffffff, alpha: 0.4 });
}
