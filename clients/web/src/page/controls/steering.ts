/** What the player wants, from whichever device, as the arena's input values. */

import { DASH_BUTTON, FULL_TILT } from "../../generated/protocol.ts";

/** A direction of length 0 to 1 (longer counts as 1), downwards positive, and whether to dash. */
export interface Wish {
  readonly x: number;
  readonly y: number;
  readonly dash: boolean;
}

export interface InputValues {
  readonly x: number;
  readonly y: number;
  readonly buttons: number;
}

export type Device = "keyboard" | "gamepad" | "touch";

const REST: Wish = { x: 0, y: 0, dash: false };

export class Steering {
  readonly #wishes = new Map<Device, Wish>(); // whoever was used last stands last
  readonly #setInput: (values: InputValues) => void;
  #last: InputValues = { x: 0, y: 0, buttons: 0 };

  constructor(setInput: (values: InputValues) => void) {
    this.#setInput = setInput;
  }

  /**
   * `device` wants this from now on. The device used last counts, until it rests while another is still held.
   *
   * Tells only of changes.
   */
  steer(device: Device, wish: Wish): void {
    const before = this.#wishes.get(device) ?? REST;
    if (before.x === wish.x && before.y === wish.y && before.dash === wish.dash) return;
    this.#wishes.delete(device);
    this.#wishes.set(device, wish);
    let counts = REST;
    for (const held of this.#wishes.values()) if (!rests(held)) counts = held;
    const values = valuesOf(counts);
    const { x, y, buttons } = this.#last;
    if (values.x === x && values.y === y && values.buttons === buttons) return;
    this.#last = values;
    this.#setInput(values);
  }
}

/** A wish as integers: the vector as long as 127 at most, but for its rounding. */
export function valuesOf({ x, y, dash }: Wish): InputValues {
  const scale = FULL_TILT / Math.max(1, Math.hypot(x, y));
  // `+ 0`, for -0 is not what anybody wants to compare
  return { x: Math.round(x * scale) + 0, y: Math.round(y * scale) + 0, buttons: dash ? DASH_BUTTON : 0 };
}

function rests({ x, y, dash }: Wish): boolean {
  return x === 0 && y === 0 && !dash;
}
