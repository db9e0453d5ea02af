/** Gamepads: the left stick or the cross for the direction, any face button for the dash. */

import type { Steering, Wish } from "./steering.ts";

const DEAD = 0.2; // of the way: a worn stick at rest is not a wish
const FULL = 0.95; // few sticks reach 1 in every direction
const FACE_BUTTONS = 4; // the first four of the standard mapping
const CROSS = { up: 12, down: 13, left: 14, right: 15 };

/** What is read of a gamepad; the browser's own fits. */
export interface Pad {
  readonly axes: readonly number[];
  readonly buttons: readonly { readonly pressed: boolean }[];
}

/** A stick's place as a direction: nothing inside the dead zone, and the full range outside of it. */
export function tiltOf(x: number, y: number): { x: number; y: number } {
  const length = Math.hypot(x, y);
  if (!(length > DEAD)) return { x: 0, y: 0 };
  const tilt = Math.min(1, (length - DEAD) / (FULL - DEAD));
  return { x: (x / length) * tilt, y: (y / length) * tilt };
}

export function wishOf(pad: Pad): Wish {
  const pressed = (button: number) => pad.buttons[button]?.pressed ?? false;
  let dash = false;
  for (let button = 0; button < FACE_BUTTONS; button++) dash ||= pressed(button);
  const x = Number(pressed(CROSS.right)) - Number(pressed(CROSS.left));
  const y = Number(pressed(CROSS.down)) - Number(pressed(CROSS.up));
  const direction = x !== 0 || y !== 0 ? { x, y } : tiltOf(pad.axes[0] ?? 0, pad.axes[1] ?? 0);
  return { ...direction, dash };
}

/** Steer by the gamepads until the answer is called. Looked at once a display frame, and only while one is there. */
export function listenToGamepads(steering: Steering): () => void {
  const listening = new AbortController();
  const { signal } = listening;
  const connected = new Set<number>();
  let frame = 0;
  const look = () => {
    frame = requestAnimationFrame(look);
    let wish: Wish = { x: 0, y: 0, dash: false };
    for (const pad of navigator.getGamepads()) {
      if (pad?.connected) wish = add(wish, wishOf(pad));
    }
    steering.steer("gamepad", wish);
  };
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    steering.steer("gamepad", { x: 0, y: 0, dash: false });
  };
  const arrive = (index: number) => {
    connected.add(index);
    if (frame === 0) frame = requestAnimationFrame(look);
  };
  addEventListener("gamepadconnected", ({ gamepad }) => arrive(gamepad.index), { signal });
  addEventListener(
    "gamepaddisconnected",
    ({ gamepad }) => {
      connected.delete(gamepad.index);
      if (connected.size === 0) stop();
    },
    { signal },
  );
  // One that was used on an earlier screen of this page is not announced again.
  for (const pad of navigator.getGamepads?.() ?? []) if (pad?.connected) arrive(pad.index);
  return () => {
    listening.abort();
    stop();
  };
}

function add(one: Wish, other: Wish): Wish {
  return { x: one.x + other.x, y: one.y + other.y, dash: one.dash || other.dash };
}
