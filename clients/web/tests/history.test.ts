import { describe, expect, it } from "vitest";
import { History } from "../src/core/history.ts";
import { Layout } from "../src/core/layout.ts";
import { Replica } from "../src/core/replica.ts";

const X = 0; // gliding
const KIND = 1; // plain
const LAYOUT = new Layout([{ name: "t", columns: ["x", "kind"], gliding: [true, false] }], [1]);

function started(): { replica: Replica; history: History } {
  const replica = new Replica(LAYOUT);
  replica.loadKeyframe(100, [1000, 7], [10]);
  const history = new History(LAYOUT, 30);
  history.record(replica, 0);
  return { replica, history };
}

describe("history", () => {
  it("has nothing before the first frame", () => {
    expect(new History(LAYOUT, 30).at(5, 0)).toBeNull();
  });

  it("goes on with the last motion while nothing is heard, but not for ever", () => {
    const { history } = started();
    expect(history.at(100, 0)!.gliding(X)).toBe(1000);
    expect(history.at(102.5, 0)!.gliding(X)).toBe(1025);
    expect(history.at(200, 0)!.gliding(X)).toBe(1120); // 12 ticks: 400 ms
  });

  it("glides up to the tick before a surprise, and puts the surprise into the last step", () => {
    const { replica, history } = started();
    replica.applyDelta([2, 104, -1, 3, 60, 1]); // at 104: x is 1040 + 60, kind is 8
    history.record(replica, 0);
    expect(history.at(102, 0)!.gliding(X)).toBe(1020);
    expect(history.at(103, 0)!.gliding(X)).toBe(1030);
    expect(history.at(103.5, 0)!.gliding(X)).toBe(1065);
    expect(history.at(103.5, 0)!.plain(KIND)).toBe(7);
    expect(history.at(104, 0)!.gliding(X)).toBe(1100);
    expect(history.at(104, 0)!.plain(KIND)).toBe(8);
    expect(history.at(105, 0)!.gliding(X)).toBe(1170);
  });

  it("shows the oldest it has for what is older", () => {
    const { history } = started();
    expect(history.at(50, 0)!.gliding(X)).toBe(1000);
    expect(history.at(50, 0)!.tick).toBe(100);
  });

  it("forgets another life of the session", () => {
    const { replica, history } = started();
    replica.loadKeyframe(3, [5, 1], [0]);
    history.record(replica, 0);
    expect(history.at(100, 0)!.gliding(X)).toBe(5);
  });

  it("keeps a bounded number of frames", () => {
    const { replica, history } = started();
    for (let tick = 101; tick < 400; tick++) {
      replica.applyDelta([2, tick & 127]);
      history.record(replica, 0);
    }
    expect(history.at(101, 0)!.tick).toBe(352);
    expect(history.at(399, 0)!.gliding(X)).toBe(1000 + 299 * 10);
  });
});

describe("a forecast that was drawn and was wrong", () => {
  it("is blended into what was so, without a step", () => {
    const { replica, history } = started();
    expect(history.at(106, 0)!.gliding(X)).toBe(1060);
    replica.applyDelta([2, 104, -1, 1, -10]); // at 104 it stood still: x is 1030 there, and stays
    history.record(replica, 0);
    expect(history.at(106, 0)!.gliding(X)).toBe(1060);
    const after = history.at(106, 100)!.gliding(X);
    expect(after).toBeGreaterThan(1030);
    expect(after).toBeLessThan(1045);
    expect(history.at(106, 3000)!.gliding(X)).toBe(1030);
  });

  it("is left at once for a jump, which no motion explains", () => {
    const { replica, history } = started();
    history.at(106, 0);
    replica.applyDelta([2, 104, -1, 1, 5000]);
    replica.applyDelta([2, 105, -1, 1, -5000]); // a teleport's second row: its rate is taken back
    history.record(replica, 0);
    expect(history.at(106, 0)!.gliding(X)).toBe(1000 + 50 + 5000 + 10);
  });

  it("is left at once for a jump, also what was still being blended out", () => {
    const { replica, history } = started();
    history.at(106, 0);
    replica.applyDelta([2, 104, -1, 1, -10]); // it stood still from 104 on
    history.record(replica, 0);
    expect(history.at(106, 10)!.gliding(X)).toBeGreaterThan(1040);
    replica.applyDelta([2, 105, -1, 1, 5000]);
    replica.applyDelta([2, 106, -1, 1, -5000]);
    history.record(replica, 10);
    expect(history.at(106, 10)!.gliding(X)).toBe(6030);
  });

  it("costs nothing when it was right", () => {
    const { replica, history } = started();
    history.at(106, 0);
    replica.applyDelta([2, 104]);
    history.record(replica, 0);
    expect(history.at(106, 0)!.gliding(X)).toBe(1060);
  });
});
