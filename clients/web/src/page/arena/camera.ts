/** Which part of the map is seen, and how large. World coordinates are units: 32 to a tile. */

const TILES_ACROSS = 11; // in the shorter direction, when the map as a whole would be too small
const WHOLE_ZOOM = 1.1; // pixels a unit from which on the whole map is shown
const MOST_ZOOM = 1.5; // of a part of a map: on a large screen see more, not larger

export interface Size {
  readonly width: number;
  readonly height: number;
}

export class Camera {
  zoom = 1;
  x = 0; // of the world, at the middle of the view
  y = 0;
  #view: Size = { width: 1, height: 1 };
  readonly #world: Size;
  readonly #tile: number;
  #placed = false;

  constructor(world: Size, tile: number) {
    this.#world = world;
    this.#tile = tile;
  }

  /** The view has this many pixels now: show the whole map if it is not too small then, else a part of it. */
  resize(view: Size): void {
    this.#view = view;
    const whole = Math.min(view.width / this.#world.width, view.height / this.#world.height);
    const close = Math.min(view.width, view.height) / (TILES_ACROSS * this.#tile);
    this.zoom = whole >= WHOLE_ZOOM ? whole : Math.min(close, MOST_ZOOM);
    this.#placed = false;
  }

  /** Look at this place, smoothly; `seconds` since the last time. */
  follow(x: number, y: number, seconds: number): void {
    const share = this.#placed ? 1 - Math.exp(-seconds * 9) : 1;
    this.x += (this.#clamp(x, this.#view.width, this.#world.width) - this.x) * share;
    this.y += (this.#clamp(y, this.#view.height, this.#world.height) - this.y) * share;
    this.#placed = true;
  }

  /** The world's place under a pixel of the view. */
  toWorld(pixelX: number, pixelY: number): { x: number; y: number } {
    return {
      x: this.x + (pixelX - this.#view.width / 2) / this.zoom,
      y: this.y + (pixelY - this.#view.height / 2) / this.zoom,
    };
  }

  /** Keep the view inside the map; a map that is smaller than the view stands in its middle. */
  #clamp(wanted: number, viewPixels: number, world: number): number {
    const half = viewPixels / this.zoom / 2;
    return world <= 2 * half ? world / 2 : Math.min(Math.max(wanted, half), world - half);
  }
}
