import { describe, expect, it } from "vitest";
import { History } from "../src/core/history.ts";
import { Layout } from "../src/core/layout.ts";
import { Replica } from "../src/core/replica.ts";

const X = 0; // gliding
const KIND = 1; // plain

function started(): { replica: Replica; history: History } {
  const replica = new Replica(new Layout([{ name: "t", gliding: [true, false] }], [1]));
  replica.loadKeyframe(100, [1000, 7], [10]);
  const history = new History(30);
  history.record(replica);
  return { replica, history };
}

describe("history", () => {
  it("has nothing before the first frame", () => {
    expect(new History(30).at(5)).toBeNull();
  });

  it("goes on with the last motion while nothing is heard, but not for ever", () => {
    const { history } = started();
    expect(history.at(100)!.gliding(X)).toBe(1000);
    expect(history.at(102.5)!.gliding(X)).toBe(1025);
    expect(history.at(200)!.gliding(X)).toBe(1120); // 12 ticks: 400 ms
  });

  it("glides up to the tick before a surprise, and puts the surprise into the last step", () => {
    const { replica, history } = started();
    replica.applyDelta([2, 104, -1, 3, 60, 1]); // at 104: x is 1040 + 60, kind is 8
    history.record(replica);
    expect(history.at(102)!.gliding(X)).toBe(1020);
    expect(history.at(103)!.gliding(X)).toBe(1030);
    expect(history.at(103.5)!.gliding(X)).toBe(1065);
    expect(history.at(103.5)!.plain(KIND)).toBe(7);
    expect(history.at(104)!.gliding(X)).toBe(1100);
    expect(history.at(104)!.plain(KIND)).toBe(8);
    expect(history.at(105)!.gliding(X)).toBe(1170);
  });

  it("shows the oldest it has for what is older", () => {
    const { history } = started();
    expect(history.at(50)!.gliding(X)).toBe(1000);
    expect(history.at(50)!.tick).toBe(100);
  });

  it("forgets another life of the session", () => {
    const { replica, history } = started();
    replica.loadKeyframe(3, [5, 1], [0]);
    history.record(replica);
    expect(history.at(100)!.gliding(X)).toBe(5);
  });

  it("keeps a bounded number of frames", () => {
    const { replica, history } = started();
    for (let tick = 101; tick < 400; tick++) {
      replica.applyDelta([2, tick & 127]);
      history.record(replica);
    }
    expect(history.at(101)!.tick).toBe(352);
    expect(history.at(399)!.gliding(X)).toBe(1000 + 299 * 10);
  });
});
