/** What is told when, what held in which tick, and how far ahead: with ticks and times handed in. */

import { describe, expect, it } from "vitest";
import { Inputs } from "../src/core/inputs.ts";
import { Lead } from "../src/core/lead.ts";

describe("lead", () => {
  it("is unknown before the first pong", () => {
    expect(new Lead().ticks).toBeNull();
  });

  it("covers the longest way there of late, and a little more", () => {
    const lead = new Lead();
    for (const way of [1.5, 2.5, 1.6]) lead.receiveWay(way);
    expect(lead.ticks).toBeGreaterThan(2.5);
    expect(lead.ticks).toBeLessThan(3);
    for (let count = 0; count < 16; count++) lead.receiveWay(1);
    expect(lead.ticks).toBeLessThan(1.5);
  });

  it("grows with a late input, and shrinks slowly with those in time", () => {
    const lead = new Lead();
    lead.receiveWay(1);
    const start = lead.ticks!;
    expect(lead.receiveStamp(100, 102)).toBe(true);
    const grown = lead.ticks!;
    expect(grown).toBeGreaterThan(start);
    expect(lead.receiveStamp(103, 103)).toBe(false);
    expect(lead.ticks!).toBeLessThan(grown);
    expect(lead.ticks!).toBeGreaterThan(start);
  });

  it("has a most", () => {
    const lead = new Lead();
    lead.receiveWay(100);
    for (let count = 0; count < 1000; count++) lead.receiveStamp(1, 100);
    expect(lead.ticks).toBe(15);
  });
});

function made(fields = 1): Inputs {
  const rest = new Array<number>(fields).fill(0);
  return new Inputs(rest, rest);
}

describe("inputs", () => {
  it("says at once what is held, then only changes, then once a second", () => {
    const inputs = made(3);
    expect(inputs.next(9.5, 0)).toEqual({ kind: "input", tick: 10, values: [0, 0, 0] });
    expect(inputs.next(10.5, 33)).toBeNull();
    expect(inputs.hold([127, 0, 0])).toBe(true);
    expect(inputs.next(11, 66)).toEqual({ kind: "input", tick: 12, values: [127, 0, 0] });
    expect(inputs.hold([127, 0, 0])).toBe(false);
    expect(inputs.next(12.9, 100)).toBeNull();
    expect(inputs.next(41.9, 1066)).toEqual({ kind: "input", tick: 42, values: [127, 0, 0] });
  });

  it("leaves the tick that has begun to a key that may be pressed yet", () => {
    const inputs = made();
    inputs.next(9.5, 0);
    expect(inputs.next(41.2, 1066)).toBeNull();
    expect(inputs.next(41.8, 1086)?.tick).toBe(42);
    expect(inputs.next(101.2, 3100)?.tick).toBe(102); // but not for ever
  });

  it("names each tick once, a little ahead at most, and then the last change wins", () => {
    const inputs = made();
    const ticks = [];
    for (const value of [1, 2, 3, 4, 5]) {
      inputs.hold([value]);
      ticks.push(inputs.next(9, 0)?.tick ?? null);
    }
    expect(ticks).toEqual([10, 11, 12, null, null]);
    expect(inputs.next(10, 33)).toEqual({ kind: "input", tick: 13, values: [5] });
  });

  it("starts again with a new welcome", () => {
    const inputs = made();
    inputs.hold([3]);
    inputs.next(1000, 0);
    inputs.restart();
    expect(inputs.heldIn(2000, 1500)).toEqual([0]);
    expect(inputs.next(4, 1)).toEqual({ kind: "input", tick: 5, values: [3] });
  });

  it("forgets with a new welcome what was refused and what was acknowledged", () => {
    const inputs = made();
    inputs.acknowledge(90);
    inputs.next(99, 0);
    inputs.refuse(10);
    inputs.restart();
    expect([inputs.acknowledged, inputs.lastTick]).toEqual([0, 0]);
    expect(inputs.next(101, 20)?.tick).toBe(102);
  });

  it("keeps what is held, whatever becomes of the array that it came in", () => {
    const inputs = made();
    const values = [7];
    inputs.hold(values);
    values[0] = 8;
    inputs.next(9, 0)!.values[0] = 9;
    expect(inputs.held).toEqual([7]);
    expect(inputs.heldIn(10, 9)).toEqual([7]);
  });

  it("says again what was refused as too early, as soon as the clock has been set back", () => {
    const inputs = made();
    inputs.next(99, 0);
    inputs.acknowledge(100);
    inputs.hold([1]);
    expect(inputs.next(159, 100)?.tick).toBe(160);
    inputs.refuse(150);
    expect(inputs.lastTick).toBe(100);
    expect(inputs.heldIn(170, 105)).toEqual([0]);
    expect(inputs.next(161, 166)).toBeNull(); // the clock is as wrong as before
    expect(inputs.next(105, 200)).toEqual({ kind: "input", tick: 106, values: [1] });
    inputs.hold([2]);
    expect(inputs.next(106, 233)).toEqual({ kind: "input", tick: 107, values: [2] });
  });

  it("says again what is held when one that was taken for refused turns out to be in", () => {
    const inputs = made();
    inputs.hold([1]);
    inputs.next(99, 0);
    inputs.acknowledge(100);
    inputs.hold([2]);
    expect(inputs.next(119, 50)?.tick).toBe(120);
    inputs.hold([3]);
    expect(inputs.next(159, 100)?.tick).toBe(160);
    inputs.refuse(150); // of 160 only; the server has the one for 120
    expect(inputs.next(104, 200)?.tick).toBe(105); // out of order for the server, which drops it
    expect(inputs.next(119, 250)).toBeNull();
    inputs.acknowledge(120);
    expect(inputs.next(120, 300)).toEqual({ kind: "input", tick: 121, values: [3] });
  });

  it("tries again after a second when the clock stays as it is", () => {
    const inputs = made();
    inputs.next(159, 0);
    inputs.refuse(50);
    expect(inputs.next(188, 1049)).toBeNull();
    expect(inputs.next(189, 1050)?.tick).toBe(190);
  });

  it("names later ticks than the one acknowledged", () => {
    const inputs = made();
    inputs.acknowledge(11);
    expect(inputs.next(9, 0)?.tick).toBe(12);
  });
});

describe("inputs that a state shows", () => {
  it("tell of those that were overtaken: applied in one tick with a later one, or late in a row", () => {
    const inputs = made();
    for (const [value, ownTick] of [
      [1, 9],
      [2, 11],
      [3, 13],
    ] as const) {
      inputs.hold([value]);
      inputs.next(ownTick, ownTick);
    }
    expect(inputs.acknowledge(10)).toBe(0);
    expect(inputs.acknowledge(14)).toBe(1); // the one that named 12 was never seen
    expect(inputs.acknowledge(14)).toBe(0);
  });
});

describe("what is held in a tick", () => {
  it("is what was told last for it or before", () => {
    const inputs = made();
    inputs.next(9, 0);
    inputs.hold([1]);
    inputs.next(19, 1);
    inputs.acknowledge(10);
    expect(inputs.heldIn(12, 12)).toEqual([0]);
    expect(inputs.heldIn(19, 12)).toEqual([0]);
    expect(inputs.heldIn(20, 12)).toEqual([1]);
    inputs.acknowledge(20);
    expect(inputs.heldIn(30, 25)).toEqual([1]);
  });

  it("begins after the newest state for what should have been in it and was not", () => {
    const inputs = made();
    inputs.next(9, 0);
    inputs.acknowledge(10);
    inputs.hold([1]);
    inputs.next(19, 1); // names 20
    expect(inputs.heldIn(22, 22)).toEqual([0]); // the state of tick 22 has only the first
    expect(inputs.heldIn(23, 22)).toEqual([1]);
  });
});
