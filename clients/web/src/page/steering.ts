/** What the player wants, from whichever device, as the arena's input values. */

import { FULL_TILT } from "../generated/protocol.ts";

/** A direction of length 0 to 1, downwards positive, and whether to dash. */
export interface Wish {
  readonly x: number;
  readonly y: number;
  readonly dash: boolean;
}

export class Steering {
  readonly #wishes = new Map<string, Wish>();
  readonly #changed: (values: readonly [x: number, y: number, buttons: number]) => void;

  constructor(changed: (values: readonly [number, number, number]) => void) {
    this.#changed = changed;
  }

  /** `device` wants this from now on. Devices add up, so that one may steer and another dash. */
  steer(device: string, wish: Wish): void {
    this.#wishes.set(device, wish);
    const wishes = [...this.#wishes.values()];
    const x = wishes.reduce((sum, { x }) => sum + x, 0);
    const y = wishes.reduce((sum, { y }) => sum + y, 0);
    this.#changed([axis(x), axis(y), wishes.some(({ dash }) => dash) ? 1 : 0]);
  }
}

function axis(value: number): number {
  return Math.round(Math.max(-1, Math.min(1, value)) * FULL_TILT);
}
