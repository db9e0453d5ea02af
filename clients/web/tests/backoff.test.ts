import { describe, expect, it } from "vitest";
import { Backoff } from "../src/core/backoff.ts";

describe("backoff", () => {
  it("doubles up to a second; the first wait is anything from nothing on, half of each other one is the same for all", () => {
    const [most, half, least] = [1, 0.5, 0].map((chance) => new Backoff(() => chance));
    expect(Array.from({ length: 4 }, () => most!.next(0))).toEqual([400, 800, 1000, 1000]);
    expect(Array.from({ length: 4 }, () => half!.next(0))).toEqual([200, 600, 750, 750]);
    expect(Array.from({ length: 4 }, () => least!.next(0))).toEqual([0, 400, 500, 500]);
  });

  it("goes up to a third of the time away, and to six seconds", () => {
    const most = new Backoff(() => 1);
    for (let attempts = 0; attempts < 6; attempts++) most.next(1000);
    expect([3000, 4000, 7000, 19_000, 30_000].map((atMs) => most.next(atMs))).toEqual([1000, 1000, 2000, 6000, 6000]);
    // A lone attempt after a long one that hung is the second, however late.
    const hung = new Backoff(() => 1);
    hung.next(0);
    expect(hung.next(12_000)).toBe(800);
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

  it("counts the minute from the first failure, whenever that is", () => {
    const backoff = new Backoff(() => 0.5);
    expect(backoff.next(1_000_000)).not.toBeNull();
    expect(backoff.next(1_060_000)).not.toBeNull();
    expect(backoff.next(1_060_001)).toBeNull();
  });

  it("starts again when told so", () => {
    const backoff = new Backoff(() => 1);
    backoff.next(0);
    backoff.next(0);
    backoff.reset();
    expect(backoff.attempts).toBe(0);
    expect(backoff.next(100_000)).toBe(400);
  });
});
