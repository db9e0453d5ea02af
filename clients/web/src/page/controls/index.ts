/** Keyboard, gamepad and touch as one: whichever was used last. */

import { listenToGamepads } from "./gamepad.ts";
import { listenToKeyboard } from "./keyboard.ts";
import { type InputValues, Steering } from "./steering.ts";
import { makeStick } from "./stick.ts";

export type { InputValues } from "./steering.ts";

export class Controls {
  readonly #steering: Steering;
  readonly #listening = new AbortController();
  readonly #stops: (() => void)[] = [];

  /** `setInput` is told of each change: a direction up to 127 long, downwards positive, and the buttons. */
  constructor(setInput: (values: InputValues) => void) {
    this.#steering = new Steering(setInput);
  }

  attachKeyboard(target: Window): void {
    this.#stops.push(listenToKeyboard(target, this.#steering));
  }

  attachGamepad(): void {
    this.#stops.push(listenToGamepads(this.#steering));
  }

  /** An element to lay over the arena, as large as it: a floating stick in its left half, a dash button to the right. */
  makeStick(): HTMLElement {
    return makeStick(this.#steering, this.#listening.signal);
  }

  /** Listen to nothing any more, and want nothing. */
  close(): void {
    this.#listening.abort();
    for (const stop of this.#stops.splice(0)) stop();
    this.#steering.steer("touch", { x: 0, y: 0, dash: false });
  }
}
