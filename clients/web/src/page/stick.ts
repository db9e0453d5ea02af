/** On a touch screen: a stick that appears under the left thumb, and a button for the dash. */

import { element } from "./element.ts";
import type { Steering } from "./steering.ts";

const REACH_PX = 52;
const DEAD = 0.18; // of the reach: a resting thumb is not a wish

/** Both controls; they show on touch screens only (style.css). */
export function makeTouchControls(steering: Steering): HTMLElement {
  let x = 0;
  let y = 0;
  let dash = false;
  const steer = () => steering.steer("touch", { x, y, dash });

  const knob = element("div", { class: "stick-knob" });
  const stick = element("div", { class: "stick", "aria-hidden": "true" }, knob);
  const place = (event: PointerEvent) => {
    const box = stick.getBoundingClientRect();
    const dx = (event.clientX - box.left - box.width / 2) / REACH_PX;
    const dy = (event.clientY - box.top - box.height / 2) / REACH_PX;
    const length = Math.hypot(dx, dy);
    const shown = length > 1 ? 1 / length : 1;
    knob.style.transform = `translate(${dx * shown * REACH_PX}px, ${dy * shown * REACH_PX}px)`;
    x = length < DEAD ? 0 : dx * shown;
    y = length < DEAD ? 0 : dy * shown;
    steer();
  };
  const rest = () => {
    knob.style.transform = "";
    x = 0;
    y = 0;
    steer();
  };
  stick.addEventListener("pointerdown", (event) => {
    stick.setPointerCapture(event.pointerId);
    place(event);
  });
  stick.addEventListener("pointermove", (event) => {
    if (stick.hasPointerCapture(event.pointerId)) place(event);
  });
  stick.addEventListener("lostpointercapture", rest);

  const button = element("button", { class: "dash-button", type: "button", "aria-label": "Dash" }, "Dash");
  const hold = (held: boolean) => () => {
    dash = held;
    steer();
  };
  button.addEventListener("pointerdown", (event) => {
    button.setPointerCapture(event.pointerId);
    hold(true)();
  });
  button.addEventListener("lostpointercapture", hold(false));
  return element("div", { class: "touch-controls" }, stick, button);
}
