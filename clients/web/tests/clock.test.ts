/** Clocks, with times handed in. */

import { describe, expect, it } from "vitest";
import { ServerClock } from "../src/core/clock.ts";
import { Playback } from "../src/core/playback.ts";
import { SteadyHand } from "../src/core/steady.ts";

const TICK_MS = 1000 / 30;

/** Where the clock is some seconds later, when it has come to rest, less those seconds. */
function settled(clock: ServerClock, nowMs: number): number {
  for (let at = nowMs; at < nowMs + 20_000; at += 10) clock.tickAt(at);
  return clock.tickAt(nowMs + 20_000) - 20_000 / TICK_MS;
}

describe("server clock", () => {
  const pong = (tick: number, ageUs: number) => ({ kind: "pong", echo: 1, tick, ageUs }) as const;

  it("runs at the tick rate from the welcome on", () => {
    const clock = new ServerClock(30, 100, 5000);
    expect(clock.tickAt(5000)).toBeCloseTo(100);
    expect(clock.tickAt(6000)).toBeCloseTo(130);
  });

  it("takes the first pong as it is: age and half the round trip", () => {
    const clock = new ServerClock(30, 0, 0);
    const { roundTripMs } = clock.receivePong(pong(300, 10_000), 1000, 1040);
    expect(roundTripMs).toBe(40);
    expect(clock.roundTripMs).toBe(40);
    expect(clock.tickAt(1040)).toBeCloseTo(300 + 30 / TICK_MS);
  });

  it("tells how long the way there was, by the clock as it stands", () => {
    const clock = new ServerClock(30, 0, 0);
    clock.receivePong(pong(30, 0), 980, 1020);
    expect(clock.receivePong(pong(60, 0), 1900, 2040).wayThereTicks).toBeCloseTo(100 / TICK_MS);
  });

  it("trusts the shortest round trip", () => {
    const clock = new ServerClock(30, 0, 0);
    clock.receivePong(pong(30, 0), 980, 1020); // the tick began at 1000
    clock.receivePong(pong(40, 0), 1300, 2100); // a bad one: it would say tick 52 at 2100
    expect(settled(clock, 2100)).toBeCloseTo(30 + 1100 / TICK_MS);
  });

  it("forgets a good round trip in time, for clocks drift", () => {
    const clock = new ServerClock(30, 0, 0);
    for (let second = 1; second <= 17; second++) {
      expect(clock.roundTripMs).toBe(second > 1 ? 2 : 0);
      const half = second === 1 ? 1 : 20;
      clock.receivePong(pong(30 * second, 0), 1000 * second - half, 1000 * second + half);
    }
    expect(clock.roundTripMs).toBe(40);
  });

  it("makes little good little by little, and much at once when it is behind", () => {
    const near = new ServerClock(30, 0, 0);
    near.receivePong(pong(30, 0), 970, 1030); // the tick began at 1000, or up to 30 ms before or after
    expect(near.tickAt(1990)).toBeCloseTo(59.7);
    near.receivePong(pong(60, 20_000), 1980, 2020); // better, and 20 ms further
    expect(near.tickAt(2025)).toBeLessThan(60.75 + 0.12);
    expect(settled(near, 2025)).toBeCloseTo(60 + 45 / TICK_MS);
    const far = new ServerClock(30, 0, 0);
    far.receivePong(pong(30, 0), 500, 1500);
    far.receivePong(pong(66, 0), 1980, 2020); // better, and 200 ms further
    expect(far.tickAt(2020)).toBeCloseTo(66.6);
  });

  it("believes nothing from before a stall in which the server skipped ticks, and waits for it", () => {
    const clock = new ServerClock(30, 0, 0);
    clock.receivePong(pong(30, 0), 999, 1001); // the shortest round trip of all
    const before = clock.tickAt(2990);
    clock.receivePong(pong(75, 0), 2980, 3020); // 15 ticks were skipped: without them it would be 90
    expect(clock.roundTripMs).toBe(40);
    expect(clock.tickAt(3100)).toBe(before);
    expect(settled(clock, 3100)).toBeCloseTo(75 + 100 / TICK_MS);
  });

  it("takes back less than a jump as well, when the round trips rule out what was", () => {
    const clock = new ServerClock(30, 0, 0);
    clock.receivePong(pong(30, 0), 990, 1010);
    clock.receivePong(pong(58, 0), 1990, 2010);
    expect(settled(clock, 2010)).toBeCloseTo(58.3);
  });

  it("is not long behind a frame that has come", () => {
    const clock = new ServerClock(30, 100, 0);
    clock.receiveTick(103, 0);
    expect(clock.tickAt(0)).toBe(103);
    clock.receiveTick(101, 0);
    expect(clock.tickAt(0)).toBe(103);
  });
});

describe("a steady hand", () => {
  it("never steps back, whatever its target does", () => {
    const hand = new SteadyHand(10, 4);
    const targets = [0, 1, 5, 2, -20, 7, 7, 100, 50, 101];
    const answers = targets.map((target, at) => hand.follow(target, at * 10));
    expect(answers).toEqual([...answers].sort((one, other) => one - other));
  });

  it("runs a tenth faster or slower while it is off, stands when far ahead, jumps when far behind", () => {
    const hand = new SteadyHand(10, 4);
    hand.follow(0, 0);
    expect(hand.follow(12, 100)).toBeCloseTo(11);
    expect(hand.follow(20, 200)).toBeCloseTo(20);
    expect(hand.follow(25, 300)).toBeCloseTo(20);
    expect(hand.follow(50, 400)).toBe(50);
  });

  it("is where it was when asked for an earlier time", () => {
    const hand = new SteadyHand(10, 4);
    hand.follow(5, 50);
    expect(hand.follow(3, 30)).toBe(5);
    expect(hand.follow(6, 60)).toBeCloseTo(6);
  });
});

describe("playback", () => {
  it("draws late enough that the next frame has come", () => {
    const playback = new Playback(TICK_MS);
    for (let tick = 1; tick <= 300; tick++) playback.receiveFrame(tick, tick + 0.3);
    expect(playback.tickAt(300.3, 10_000)).toBeLessThanOrEqual(299);
    expect(playback.tickAt(300.3, 10_000)).toBeGreaterThan(298);
    expect(playback.delayTicks).toBeCloseTo(1.3 + 0.15, 1);
  });

  it("waits for frames that take 200 ms at every tick rate, and for none longer than 300 ms", () => {
    for (const tickHz of [10, 30, 60]) {
      const playback = new Playback(1000 / tickHz);
      const lag = tickHz / 5;
      for (let tick = 1; tick <= 300; tick++) playback.receiveFrame(tick, tick + lag);
      expect(playback.tickAt(400, 10_000)).toBeLessThanOrEqual(400 - lag - 1);
      playback.receiveFrame(400, 400 + 5 * tickHz);
      for (let ms = 10_000; ms < 14_000; ms += 10) playback.tickAt(400, ms);
      expect(playback.delayTicks).toBeLessThanOrEqual(tickHz * 0.3 + 2);
    }
  });

  it("never goes back while the delay grows", () => {
    const playback = new Playback(TICK_MS);
    let last = playback.tickAt(0, 0);
    for (let frame = 1; frame < 200; frame++) {
      if (frame === 50) playback.receiveFrame(10, 11.5); // a burst of lag
      const now = playback.tickAt((frame * 16) / TICK_MS, frame * 16);
      expect(now).toBeGreaterThan(last);
      last = now;
    }
  });
});
