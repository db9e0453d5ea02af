/** Clock, lead, inputs, playback and backoff: everything that reckons with time, with times handed in. */

import { describe, expect, it } from "vitest";
import { Backoff } from "../src/core/backoff.ts";
import { ServerClock } from "../src/core/clock.ts";
import { Inputs } from "../src/core/inputs.ts";
import { Lead } from "../src/core/lead.ts";
import { Playback } from "../src/core/playback.ts";

const TICK_MS = 1000 / 30;

describe("server clock", () => {
  const pong = (tick: number, ageUs: number) => ({ kind: "pong", echo: 1, tick, ageUs }) as const;

  it("runs at the tick rate from the welcome on", () => {
    const clock = new ServerClock(30, 100, 5000);
    expect(clock.tickAt(5000)).toBeCloseTo(100);
    expect(clock.tickAt(6000)).toBeCloseTo(130);
  });

  it("takes the first pong as it is: age and half the round trip", () => {
    const clock = new ServerClock(30, 0, 0);
    clock.receivePong(pong(300, 10_000), 1000, 1040);
    expect(clock.roundTripMs).toBe(40);
    expect(clock.tickAt(1040)).toBeCloseTo(300 + 30 / TICK_MS);
  });

  it("trusts the shortest round trip", () => {
    const clock = new ServerClock(30, 0, 0);
    clock.receivePong(pong(30, 0), 980, 1020); // the tick began at 1000
    const before = clock.tickAt(2000);
    clock.receivePong(pong(40, 0), 1300, 2100); // a bad one: it would say tick 52 at 2100
    expect(clock.tickAt(2000)).toBeCloseTo(before);
  });

  it("moves little by little when little is wrong, at once when much is", () => {
    const near = new ServerClock(30, 0, 0);
    near.receivePong(pong(30, 0), 970, 1030); // the tick began at 1000, or up to 30 ms before or after
    near.receivePong(pong(60, 20_000), 1980, 2020); // better, and 20 ms further
    expect(near.tickAt(2000)).toBeCloseTo(60 + (0.25 * 20) / TICK_MS);
    const far = new ServerClock(30, 0, 0);
    far.receivePong(pong(30, 0), 500, 1500);
    far.receivePong(pong(66, 0), 1980, 2020); // better, and 200 ms further
    expect(far.tickAt(2000)).toBeCloseTo(66);
  });

  it("believes nothing from before a stall in which the server skipped ticks", () => {
    const clock = new ServerClock(30, 0, 0);
    clock.receivePong(pong(30, 0), 999, 1001); // the shortest round trip of all
    clock.receivePong(pong(75, 0), 2980, 3020); // 15 ticks were skipped: without them it would be 90
    expect(clock.tickAt(3000)).toBeCloseTo(75);
    expect(clock.roundTripMs).toBe(40);
    clock.receiveTick(80, 3180);
    expect(clock.tickAt(3180)).toBeCloseTo(80.4);
  });

  it("takes back less than a jump as well, when the round trips rule out what was", () => {
    const clock = new ServerClock(30, 0, 0);
    clock.receivePong(pong(30, 0), 990, 1010);
    clock.receivePong(pong(58, 0), 1990, 2010);
    expect(clock.tickAt(2000)).toBeCloseTo(58);
  });

  it("is never behind a frame that has come", () => {
    const clock = new ServerClock(30, 100, 0);
    clock.receiveTick(103, 0);
    expect(clock.tickAt(0)).toBe(103);
    clock.receiveTick(101, 0);
    expect(clock.tickAt(0)).toBe(103);
  });
});

describe("lead", () => {
  it("names the first tick that can still use the input", () => {
    expect(new Lead().nameTick(100, 0)).toBe(101);
    expect(new Lead().nameTick(100.6, 0)).toBe(102);
    expect(new Lead().nameTick(100, 3)).toBe(104);
  });

  it("grows with a late input, and shrinks slowly with those in time", () => {
    const lead = new Lead();
    const start = lead.marginTicks;
    lead.receiveStamp(100, 102);
    const grown = lead.marginTicks;
    expect(grown).toBeGreaterThan(start);
    lead.receiveStamp(103, 103);
    expect(lead.marginTicks).toBeLessThan(grown);
    expect(lead.marginTicks).toBeGreaterThan(start);
  });

  it("has a least and a most", () => {
    const lead = new Lead();
    for (let count = 0; count < 1000; count++) lead.receiveStamp(1, 1);
    expect(lead.marginTicks).toBeGreaterThan(0);
    for (let count = 0; count < 1000; count++) lead.receiveStamp(1, 100);
    expect(lead.marginTicks).toBeLessThanOrEqual(10);
  });
});

describe("inputs", () => {
  it("says at once what is held, then only changes, then once a second", () => {
    const inputs = new Inputs([0, 0, 0]);
    expect(inputs.next(10, 0)).toEqual({ kind: "input", tick: 10, values: [0, 0, 0] });
    expect(inputs.next(11, 33)).toBeNull();
    inputs.hold([127, 0, 0]);
    expect(inputs.next(12, 66)).toEqual({ kind: "input", tick: 12, values: [127, 0, 0] });
    inputs.hold([127, 0, 0]);
    expect(inputs.next(13, 100)).toBeNull();
    expect(inputs.next(42, 1066)).toEqual({ kind: "input", tick: 42, values: [127, 0, 0] });
  });

  it("names each tick once, a little ahead at most, and then the last change wins", () => {
    const inputs = new Inputs([0]);
    const ticks = [];
    for (const value of [1, 2, 3, 4, 5]) {
      inputs.hold([value]);
      ticks.push(inputs.next(10, 0)?.tick ?? null);
    }
    expect(ticks).toEqual([10, 11, 12, null, null]);
    expect(inputs.next(11, 33)).toEqual({ kind: "input", tick: 13, values: [5] });
  });

  it("starts again with a new welcome", () => {
    const inputs = new Inputs([0]);
    inputs.next(1000, 0);
    inputs.restart();
    expect(inputs.next(5, 1)?.tick).toBe(5);
  });

  it("says again what was refused as too early, as soon as the clock has been set back", () => {
    const inputs = new Inputs([0]);
    inputs.next(100, 0);
    inputs.acknowledge(100);
    inputs.hold([1]);
    expect(inputs.next(160, 100)?.tick).toBe(160);
    inputs.refuse(150);
    expect(inputs.lastTick).toBe(100);
    expect(inputs.next(162, 166)).toBeNull(); // the clock is as wrong as before
    expect(inputs.next(106, 200)).toEqual({ kind: "input", tick: 106, values: [1] });
    inputs.hold([2]);
    expect(inputs.next(107, 233)).toEqual({ kind: "input", tick: 107, values: [2] });
  });

  it("tries again after a second when the clock stays as it is", () => {
    const inputs = new Inputs([0]);
    inputs.next(160, 0);
    inputs.refuse(50);
    expect(inputs.next(189, 1049)).toBeNull();
    expect(inputs.next(190, 1050)?.tick).toBe(190);
  });

  it("names later ticks than the one acknowledged", () => {
    const inputs = new Inputs([0]);
    inputs.acknowledge(11);
    expect(inputs.next(10, 0)?.tick).toBe(12);
  });
});

describe("playback", () => {
  it("draws late enough that the next frame has come", () => {
    const playback = new Playback();
    for (let tick = 1; tick <= 300; tick++) playback.receiveFrame(tick, tick + 0.3);
    expect(playback.tickAt(300.3, 10_000)).toBeLessThanOrEqual(299);
    expect(playback.tickAt(300.3, 10_000)).toBeGreaterThan(298);
  });

  it("never goes back while the delay grows", () => {
    const playback = new Playback();
    let last = playback.tickAt(0, 0);
    for (let frame = 1; frame < 200; frame++) {
      if (frame === 50) playback.receiveFrame(10, 16); // a burst of lag
      const now = playback.tickAt((frame * 16) / TICK_MS, frame * 16);
      expect(now).toBeGreaterThan(last);
      last = now;
    }
  });
});

describe("backoff", () => {
  it("doubles up to a cap, anywhere between nothing and all of it", () => {
    const most = new Backoff(() => 1);
    expect(Array.from({ length: 7 }, () => most.next(0))).toEqual([400, 800, 1600, 3200, 6000, 6000, 6000]);
    expect(new Backoff(() => 0).next(0)).toBe(0);
  });

  it("ends, and starts again after a connection that lasted", () => {
    const backoff = new Backoff(() => 0.5);
    expect(backoff.next(0)).not.toBeNull();
    expect(backoff.next(59_000)).not.toBeNull();
    expect(backoff.next(61_000)).toBeNull();
    backoff.noteLife(100); // came and went
    expect(backoff.next(61_000)).toBeNull();
    backoff.noteLife(6000);
    expect(backoff.next(70_000)).toBe(200);
  });
});
