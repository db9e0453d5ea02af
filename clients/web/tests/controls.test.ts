// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { tiltOf, wishOf } from "../src/page/controls/gamepad.ts";
import { Controls, type InputValues } from "../src/page/controls/index.ts";
import { Steering, valuesOf } from "../src/page/controls/steering.ts";
import { placeStick } from "../src/page/controls/stick.ts";

const REST: InputValues = { x: 0, y: 0, buttons: 0 };

describe("steering", () => {
  it("says integers of a length of 127 at most, but for rounding", () => {
    expect(valuesOf({ x: 1, y: 0, dash: false })).toEqual({ x: 127, y: 0, buttons: 0 });
    expect(valuesOf({ x: 1, y: 1, dash: true })).toEqual({ x: 90, y: 90, buttons: 1 });
    expect(valuesOf({ x: -0.5, y: 0, dash: false })).toEqual({ x: -63, y: 0, buttons: 0 });
    for (let turn = 0; turn < 360; turn++) {
      const { x, y } = valuesOf({ x: 3 * Math.cos(turn), y: 3 * Math.sin(turn), dash: false });
      expect(Math.abs(Math.hypot(x, y) - 127)).toBeLessThan(0.75);
    }
  });

  it("lets the device that was used last win, and goes back to one that is still held", () => {
    const said: InputValues[] = [];
    const steering = new Steering((values) => said.push(values));
    steering.steer("keyboard", { x: 1, y: 0, dash: false });
    steering.steer("touch", { x: 0, y: -1, dash: true });
    steering.steer("touch", { x: 0, y: 0, dash: false });
    steering.steer("keyboard", { x: 0, y: 0, dash: false });
    expect(said).toEqual([
      { x: 127, y: 0, buttons: 0 },
      { x: 0, y: -127, buttons: 1 },
      { x: 127, y: 0, buttons: 0 },
      REST,
    ]);
  });

  it("tells of changes only", () => {
    const said: InputValues[] = [];
    const steering = new Steering((values) => said.push(values));
    for (let frame = 0; frame < 5; frame++) steering.steer("gamepad", { x: 0, y: 0, dash: false });
    expect(said).toEqual([]);
    for (let frame = 0; frame < 5; frame++) steering.steer("gamepad", { x: 0.5, y: 0.0005 * frame, dash: false });
    expect(said).toEqual([{ x: 64, y: 0, buttons: 0 }]);
  });
});

describe("a gamepad", () => {
  const pad = (axes: number[], ...pressed: number[]) => ({
    axes,
    buttons: Array.from({ length: 17 }, (_, button) => ({ pressed: pressed.includes(button) })),
  });

  it("at rest wants nothing, however worn its stick", () => {
    expect(tiltOf(0.1, -0.15)).toEqual({ x: 0, y: 0 });
    expect(tiltOf(Number.NaN, 0)).toEqual({ x: 0, y: 0 });
  });

  it("begins gently beyond the dead zone, and has the full range", () => {
    expect(tiltOf(0.21, 0).x).toBeLessThan(0.03);
    expect(tiltOf(0.95, 0)).toEqual({ x: 1, y: 0 });
    const { x, y } = tiltOf(0.9, 0.9); // a corner that few sticks reach
    expect(Math.hypot(x, y)).toBeCloseTo(1);
    expect(valuesOf({ ...tiltOf(0, -1), dash: false })).toEqual({ x: 0, y: -127, buttons: 0 });
  });

  it("steers by its cross, and dashes by any face button", () => {
    expect(wishOf(pad([0, 0], 12, 15))).toEqual({ x: 1, y: -1, dash: false });
    expect(wishOf(pad([1, 0], 14))).toMatchObject({ x: -1, y: 0 });
    for (const button of [0, 1, 2, 3]) expect(wishOf(pad([0, 0], button)).dash).toBe(true);
    expect(wishOf(pad([0, 0], 4, 9)).dash).toBe(false);
    expect(wishOf({ axes: [], buttons: [] })).toEqual({ x: 0, y: 0, dash: false });
  });
});

describe("the stick", () => {
  const base = { x: 100, y: 100 };

  it("rests under a thumb that rests", () => {
    expect(placeStick(base, base, 50).tilt).toEqual({ x: 0, y: 0 });
    expect(placeStick(base, { x: 104, y: 100 }, 50).tilt).toEqual({ x: 0, y: 0 });
  });

  it("tilts with the thumb, from nothing at the dead zone to 1 at its reach", () => {
    expect(placeStick(base, { x: 150, y: 100 }, 50).tilt.x).toBeCloseTo(1);
    expect(placeStick(base, { x: 109, y: 100 }, 50).tilt.x).toBeLessThan(0.05);
    const half = placeStick(base, { x: 100, y: 71 }, 50);
    expect(half.tilt.x).toBeCloseTo(0);
    expect(half.tilt.y).toBeCloseTo(-0.5);
  });

  it("never tilts more than fully, and its knob stays in reach", () => {
    const { knob, tilt } = placeStick(base, { x: 400, y: 500 }, 50);
    expect(Math.hypot(tilt.x, tilt.y)).toBeCloseTo(1);
    expect(Math.hypot(knob.x, knob.y)).toBeCloseTo(50);
  });

  it("comes along with a thumb that goes far, so that turning back is a short way", () => {
    const { base: moved } = placeStick(base, { x: 300, y: 100 }, 50);
    expect(moved.x).toBeCloseTo(300 - 50 * 1.35);
    expect(placeStick(moved, { x: 300 - 80, y: 100 }, 50).tilt.x).toBeLessThan(0);
    expect(placeStick(base, { x: 160, y: 100 }, 50).base).toEqual(base);
  });
});

describe("the keyboard", () => {
  let held: InputValues;
  let controls: Controls;
  const key = (kind: "keydown" | "keyup", code: string, target: EventTarget = document.body, more = {}) => {
    const event = new KeyboardEvent(kind, { code, bubbles: true, cancelable: true, ...more });
    target.dispatchEvent(event);
    return event;
  };

  beforeEach(() => {
    held = REST;
    controls = new Controls((values) => {
      held = values;
    });
    controls.attachKeyboard(window);
  });

  afterEach(() => {
    controls.close();
    document.body.replaceChildren();
  });

  it("goes by the place of a key, not by its letter", () => {
    key("keydown", "KeyW", document.body, { key: "z" });
    expect(held).toEqual({ x: 0, y: -127, buttons: 0 });
    key("keydown", "ArrowRight");
    expect(held).toEqual({ x: 90, y: -90, buttons: 0 });
    key("keydown", "Space");
    expect(held.buttons).toBe(1);
    for (const code of ["KeyW", "ArrowRight", "Space"]) key("keyup", code);
    expect(held).toEqual(REST);
  });

  it("two keys for one direction are no more than one, and opposite ones are none", () => {
    key("keydown", "KeyD");
    key("keydown", "ArrowRight");
    expect(held.x).toBe(127);
    key("keydown", "KeyA");
    key("keydown", "ArrowLeft");
    expect(held.x).toBe(0);
  });

  it("lets go when the window loses the focus", () => {
    key("keydown", "KeyD");
    window.dispatchEvent(new Event("blur"));
    expect(held).toEqual(REST);
  });

  it("lets go when a text field takes the focus, and leaves the keys to it", () => {
    const field = document.createElement("input");
    document.body.append(field);
    key("keydown", "KeyD");
    field.dispatchEvent(new FocusEvent("focusin", { bubbles: true }));
    expect(held).toEqual(REST);
    expect(key("keydown", "KeyD", field).defaultPrevented).toBe(false);
    expect(held).toEqual(REST);
  });

  it("leaves the space bar to a button that has the focus, and shortcuts to the browser", () => {
    const button = document.createElement("button");
    document.body.append(button);
    expect(key("keydown", "Space", button).defaultPrevented).toBe(false);
    key("keydown", "KeyD", document.body, { ctrlKey: true });
    expect(held).toEqual(REST);
    expect(key("keydown", "ArrowDown", button).defaultPrevented).toBe(true);
    expect(held.y).toBe(127);
  });

  it("wants nothing after it is closed", () => {
    key("keydown", "KeyD");
    controls.close();
    expect(held).toEqual(REST);
    key("keydown", "KeyD");
    expect(held).toEqual(REST);
  });
});

describe("touch", () => {
  let held: InputValues;
  let controls: Controls;
  let zone: HTMLElement;
  let dash: HTMLElement;
  const touch = (target: HTMLElement, kind: string, pointerId: number, clientX = 0, clientY = 0) =>
    target.dispatchEvent(new PointerEvent(kind, { pointerId, clientX, clientY, pointerType: "touch", bubbles: true }));

  beforeEach(() => {
    held = REST;
    controls = new Controls((values) => {
      held = values;
    });
    const stick = controls.makeStick();
    document.body.append(stick);
    zone = stick.querySelector<HTMLElement>(".controls-zone")!;
    dash = stick.querySelector<HTMLElement>(".controls-dash")!;
    for (const part of [zone, dash]) part.setPointerCapture = vi.fn();
  });

  afterEach(() => {
    controls.close();
    document.body.replaceChildren();
  });

  it("one thumb steers while another dashes", () => {
    touch(zone, "pointerdown", 1, 60, 300);
    expect(held).toEqual(REST);
    touch(zone, "pointermove", 1, 160, 300);
    touch(dash, "pointerdown", 2);
    expect(held).toEqual({ x: 127, y: 0, buttons: 1 });
    touch(zone, "lostpointercapture", 1);
    expect(held).toEqual({ x: 0, y: 0, buttons: 1 });
    touch(dash, "lostpointercapture", 2);
    expect(held).toEqual(REST);
  });

  it("a second finger on the stick's side changes nothing", () => {
    touch(zone, "pointerdown", 1, 60, 300);
    touch(zone, "pointerdown", 2, 10, 10);
    touch(zone, "pointermove", 2, 10, 200);
    expect(held).toEqual(REST);
    touch(zone, "lostpointercapture", 2);
    touch(zone, "pointermove", 1, 60, 200);
    expect(held).toEqual({ x: 0, y: -127, buttons: 0 });
  });
});

describe("gamepads of the browser", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("are looked at only while one is there", () => {
    const frames: FrameRequestCallback[] = [];
    vi.stubGlobal("requestAnimationFrame", (frame: FrameRequestCallback) => frames.push(frame));
    vi.stubGlobal("cancelAnimationFrame", () => frames.splice(0));
    const pad = { index: 0, connected: true, axes: [1, 0], buttons: [{ pressed: true }] };
    vi.stubGlobal("navigator", { getGamepads: () => [pad, null] });
    pad.connected = false;
    let held = REST;
    const controls = new Controls((values) => {
      held = values;
    });
    controls.attachGamepad();
    expect(frames).toHaveLength(0);

    pad.connected = true;
    window.dispatchEvent(Object.assign(new Event("gamepadconnected"), { gamepad: pad }));
    frames.shift()!(0);
    expect(held).toEqual({ x: 127, y: 0, buttons: 1 });
    expect(frames).toHaveLength(1);

    window.dispatchEvent(Object.assign(new Event("gamepaddisconnected"), { gamepad: pad }));
    expect(held).toEqual(REST);
    expect(frames).toHaveLength(0);
    controls.close();
  });
});
