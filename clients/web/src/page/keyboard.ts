/** Arrow keys and WASD for the direction, space for the dash. */

import type { Steering } from "./steering.ts";

const DIRECTIONS: Record<string, readonly [x: number, y: number]> = {
  ArrowLeft: [-1, 0],
  KeyA: [-1, 0],
  ArrowRight: [1, 0],
  KeyD: [1, 0],
  ArrowUp: [0, -1],
  KeyW: [0, -1],
  ArrowDown: [0, 1],
  KeyS: [0, 1],
};
const DASH = "Space";

/** Steer by keyboard until the answer is called. By `code`, the place of a key: WASD lies well on any layout. */
export function listenToKeyboard(steering: Steering): () => void {
  const down = new Set<string>();
  const steer = () => {
    let x = 0;
    let y = 0;
    for (const code of down) {
      x += DIRECTIONS[code]?.[0] ?? 0;
      y += DIRECTIONS[code]?.[1] ?? 0;
    }
    steering.steer("keyboard", { x: Math.sign(x), y: Math.sign(y), dash: down.has(DASH) });
  };
  const press = (event: KeyboardEvent) => {
    if (!(event.code in DIRECTIONS || event.code === DASH) || event.ctrlKey || event.metaKey || event.altKey) return;
    // The space bar presses a button that has the focus; the other keys mean nothing to one.
    const taken = event.code === DASH ? "input, select, textarea, button" : "input, select, textarea";
    if (event.target instanceof Element && event.target.closest(taken)) return;
    event.preventDefault(); // no scrolling
    if (!event.repeat) down.add(event.code);
    steer();
  };
  const release = (event: KeyboardEvent) => {
    if (down.delete(event.code)) steer();
  };
  const releaseAll = () => {
    down.clear();
    steer();
  };
  addEventListener("keydown", press);
  addEventListener("keyup", release);
  addEventListener("blur", releaseAll); // a key that goes up in another window is never heard of
  return () => {
    removeEventListener("keydown", press);
    removeEventListener("keyup", release);
    removeEventListener("blur", releaseAll);
  };
}
