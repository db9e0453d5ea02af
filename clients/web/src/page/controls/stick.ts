/** On a touch screen: a stick that appears under the left thumb wherever that touches, and a button for the dash. */

import "./controls.css";
import type { Steering } from "./steering.ts";

const REACH_PX = 56;
const DEAD = 0.16; // of the reach: a resting thumb is not a wish
const TRAIL = 1.35; // times the reach: a thumb that goes farther takes the stick along, so that turning back is quick

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where stick and knob are, and what that means, for a thumb at `thumb` that came down at `base` or took it along. */
export interface StickPlace {
  readonly base: Point;
  /** From the base, in pixels, at most the reach. */
  readonly knob: Point;
  /** -1 to 1, of length 1 at most. */
  readonly tilt: Point;
}

export function placeStick(base: Point, thumb: Point, reach = REACH_PX): StickPlace {
  const dx = thumb.x - base.x;
  const dy = thumb.y - base.y;
  const length = Math.hypot(dx, dy);
  if (length === 0) return { base, knob: { x: 0, y: 0 }, tilt: { x: 0, y: 0 } };
  const taken = Math.max(0, length - reach * TRAIL) / length;
  const shown = Math.min(length, reach) / length;
  const far = Math.min(1, length / reach);
  const tilt = far <= DEAD ? 0 : (far - DEAD) / (1 - DEAD) / length;
  return {
    base: { x: base.x + dx * taken, y: base.y + dy * taken },
    knob: { x: dx * shown, y: dy * shown },
    tilt: { x: dx * tilt, y: dy * tilt },
  };
}

/** Both controls, to lie over the arena; they show on touch screens only (controls.css). */
export function makeStick(steering: Steering, signal: AbortSignal): HTMLElement {
  let tilt: Point = { x: 0, y: 0 };
  let dash = false;
  const steer = () => steering.steer("touch", { ...tilt, dash });
  const controls = part("controls");
  const zone = part("controls-zone");
  const stick = part("controls-stick");
  const knob = part("controls-knob");
  stick.append(knob);
  zone.append(stick);
  listenToThumb(zone, stick, knob, signal, (wanted) => {
    tilt = wanted;
    steer();
  });
  const button = makeDashButton(signal, (held) => {
    dash = held;
    steer();
  });
  controls.append(zone, button);
  // No menu for a long press, and no loupe, selection or zoom.
  controls.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  controls.addEventListener("touchstart", (event) => event.cancelable && event.preventDefault(), {
    signal,
    passive: false,
  });
  // Also where the screen is not the first way to point: from the first touch on.
  addEventListener(
    "pointerdown",
    (event) => {
      if (event.pointerType === "touch") controls.classList.add("controls-touched");
    },
    { signal, capture: true },
  );
  return controls;
}

function listenToThumb(
  zone: HTMLElement,
  stick: HTMLElement,
  knob: HTMLElement,
  signal: AbortSignal,
  tilted: (tilt: Point) => void,
): void {
  let base: Point = { x: 0, y: 0 };
  let thumb = -1; // the pointer that came first; a second finger on the same side changes nothing
  const draw = (event: PointerEvent) => {
    const box = zone.getBoundingClientRect();
    const place = placeStick(base, { x: event.clientX - box.left, y: event.clientY - box.top });
    base = place.base;
    stick.style.left = `${base.x}px`;
    stick.style.top = `${base.y}px`;
    knob.style.transform = `translate(${place.knob.x}px, ${place.knob.y}px)`;
    tilted(place.tilt);
  };
  zone.addEventListener(
    "pointerdown",
    (event) => {
      if (thumb !== -1) return;
      thumb = event.pointerId;
      zone.setPointerCapture(thumb);
      const box = zone.getBoundingClientRect();
      base = { x: event.clientX - box.left, y: event.clientY - box.top };
      stick.classList.add("controls-held");
      draw(event);
    },
    { signal },
  );
  zone.addEventListener("pointermove", (event) => event.pointerId === thumb && draw(event), { signal });
  zone.addEventListener(
    "lostpointercapture",
    (event) => {
      if (event.pointerId !== thumb) return;
      thumb = -1;
      stick.classList.remove("controls-held");
      stick.removeAttribute("style");
      knob.removeAttribute("style");
      tilted({ x: 0, y: 0 });
    },
    { signal },
  );
}

/** Held as long as any finger is on it. Not in the order of the tab key: on a keyboard the space bar dashes. */
function makeDashButton(signal: AbortSignal, hold: (held: boolean) => void): HTMLElement {
  const fingers = new Set<number>();
  const button = part("controls-dash");
  button.textContent = "Dash";
  button.addEventListener(
    "pointerdown",
    (event) => {
      button.setPointerCapture(event.pointerId);
      fingers.add(event.pointerId);
      button.classList.add("controls-held");
      hold(true);
    },
    { signal },
  );
  button.addEventListener(
    "lostpointercapture",
    (event) => {
      fingers.delete(event.pointerId);
      if (fingers.size > 0) return;
      button.classList.remove("controls-held");
      hold(false);
    },
    { signal },
  );
  return button;
}

function part(name: string): HTMLElement {
  const made = document.createElement("div");
  made.className = name;
  made.ariaHidden = "true"; // a picture of a device; whoever cannot see it has the keyboard
  return made;
}
