/** Shapes drawn once and kept as textures: a frame then moves a few hundred small squares, and no outlines. */

import { type Container, Graphics, Rectangle, type Texture, type WebGLRenderer } from "pixi.js";

const MOST_RESOLUTION = 4; // texels a unit: the closest zoom is 1.5 on a display of 2 pixels a point, or 3 on one of 1

export class Textures {
  readonly resolution = Math.min(MOST_RESOLUTION, Math.max(2, Math.ceil(devicePixelRatio * 2)));
  readonly #renderer: WebGLRenderer;
  readonly #made = new Map<string, Texture>();

  constructor(renderer: WebGLRenderer) {
    this.#renderer = renderer;
  }

  /** The texture called `name`; drawn at the first time, around (0, 0), in a square of `half` units to each side. */
  shape(name: string, half: number, draw: (shape: Graphics) => void): Texture {
    const made = this.#made.get(name);
    if (made) return made;
    const graphics = new Graphics();
    draw(graphics);
    const texture = this.render(graphics, half);
    graphics.destroy();
    this.#made.set(name, texture);
    return texture;
  }

  render(target: Container, half: number): Texture {
    return this.#renderer.textureGenerator.generateTexture({
      target,
      frame: new Rectangle(-half, -half, 2 * half, 2 * half),
      resolution: this.resolution,
      antialias: true,
      defaultAnchor: { x: 0.5, y: 0.5 },
    });
  }

  destroy(): void {
    for (const texture of this.#made.values()) texture.destroy(true);
    this.#made.clear();
  }
}

/** The path of a light's reflection: a short arc at the upper left, around (x, y). To be stroked. */
export function gleam(shape: Graphics, x: number, y: number, radius: number): Graphics {
  const from = Math.PI * 1.08;
  return shape.moveTo(x + Math.cos(from) * radius, y + Math.sin(from) * radius).arc(x, y, radius, from, Math.PI * 1.5);
}
