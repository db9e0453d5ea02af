/** Which part of the map is seen, and how large. World coordinates are units: 32 to a tile. */

const TILES_ACROSS = 11; // in the shorter direction, when the map as a whole would be too small
const WHOLE_ZOOM = 1.1; // pixels a unit from which on the whole map is shown
const CLOSER = 1.2; // at most, so that the map's shorter side leaves less of the view empty
const MOST_ZOOM = 1.5; // of a part of a map: on a large screen see more, not larger
const STIFFNESS = 9; // a second: the distance to what is followed falls to 1/e in a ninth of one
const ZOOM_STIFFNESS = 7;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export class Camera {
  zoom = 1;
  x = 0; // of the world, at the middle of the view
  y = 0;
  #view: Size = { width: 1, height: 1 };
  #wantedZoom = 1;
  #wholeWanted = false;
  #targetX = 0;
  #targetY = 0;
  #placed = false;
  readonly #world: Size;
  readonly #tile: number;
  readonly #calm: boolean;

  /** `calm`: cut to another zoom, do not glide there. */
  constructor(world: Size, tile: number, calm = false) {
    this.#world = world;
    this.#tile = tile;
    this.#calm = calm;
  }

  /** The view has this many pixels now: show the whole map if it is not too small then, else a part of it. */
  resize(view: Size): void {
    this.#view = view;
    this.#chooseZoom();
    this.zoom = this.#wantedZoom;
    this.#placed = false;
  }

  /** Show the whole map, however small it gets; the next time what fits the view well, and so on. */
  toggleWhole(): void {
    this.#wholeWanted = !this.#wholeWanted;
    this.#chooseZoom();
  }

  /** Is all of the map in the view, or about to be? */
  get seesWhole(): boolean {
    const { width, height } = this.#world;
    return this.#view.width >= width * this.#wantedZoom - 1 && this.#view.height >= height * this.#wantedZoom - 1;
  }

  /** What is followed next may be anywhere: be there at once. */
  cut(): void {
    this.#placed = false;
  }

  /**
   * Look at this place, smoothly; `seconds` since the last time.
   *
   * The exact answer for a target that moved evenly since the last time, so that uneven frames do not show as a
   * trembling of what is followed.
   */
  follow(x: number, y: number, seconds: number): void {
    const off = Math.abs(this.#wantedZoom - this.zoom);
    if (this.#calm || off < 0.002 * this.#wantedZoom) this.zoom = this.#wantedZoom;
    else this.zoom += (this.#wantedZoom - this.zoom) * (1 - Math.exp(-seconds * ZOOM_STIFFNESS));
    const toX = this.#clamp(x, this.#view.width, this.#world.width);
    const toY = this.#clamp(y, this.#view.height, this.#world.height);
    if (this.#placed && seconds > 0) {
      this.x = approach(this.x, this.#targetX, toX, seconds);
      this.y = approach(this.y, this.#targetY, toY, seconds);
    } else if (!this.#placed) {
      this.x = toX;
      this.y = toY;
    }
    this.#targetX = toX;
    this.#targetY = toY;
    this.#placed = true;
  }

  /** Is this place in the view, or at most `margin` units beside it? */
  sees(x: number, y: number, margin: number): boolean {
    return (
      Math.abs(x - this.x) <= this.#view.width / this.zoom / 2 + margin &&
      Math.abs(y - this.y) <= this.#view.height / this.zoom / 2 + margin
    );
  }

  /** The world's place under a pixel of the view. */
  toWorld(pixelX: number, pixelY: number): { x: number; y: number } {
    return {
      x: this.x + (pixelX - this.#view.width / 2) / this.zoom,
      y: this.y + (pixelY - this.#view.height / 2) / this.zoom,
    };
  }

  /** The pixel of the view where this place of the world is. */
  toView(x: number, y: number): { x: number; y: number } {
    return {
      x: this.#view.width / 2 + (x - this.x) * this.zoom,
      y: this.#view.height / 2 + (y - this.y) * this.zoom,
    };
  }

  /** Width and height of what is seen, in units. */
  get span(): Size {
    return { width: this.#view.width / this.zoom, height: this.#view.height / this.zoom };
  }

  #chooseZoom(): void {
    const view = this.#view;
    const whole = Math.min(view.width / this.#world.width, view.height / this.#world.height);
    const close = Math.min(view.width, view.height) / (TILES_ACROSS * this.#tile);
    const cover = Math.max(view.width / this.#world.width, view.height / this.#world.height);
    const part = Math.min(Math.max(close, Math.min(cover, close * CLOSER)), MOST_ZOOM);
    this.#wantedZoom = this.#wholeWanted || whole >= WHOLE_ZOOM ? whole : part;
  }

  /** Keep the view inside the map; a map that is smaller than the view stands in its middle. */
  #clamp(wanted: number, viewPixels: number, world: number): number {
    const half = viewPixels / this.zoom / 2;
    return world <= 2 * half ? world / 2 : Math.min(Math.max(wanted, half), world - half);
  }
}

/** Where something ends that is drawn to a target, which goes from `from` to `to` meanwhile. */
function approach(place: number, from: number, to: number, seconds: number): number {
  const lag = (to - from) / (seconds * STIFFNESS); // behind an evenly moving target, in the long run
  return to - lag + (place - from + lag) * Math.exp(-seconds * STIFFNESS);
}
