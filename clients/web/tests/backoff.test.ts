import { describe, expect, it } from "vitest";
import { Backoff } from "../src/core/backoff.ts";

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
