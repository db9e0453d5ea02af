import { describe, expect, it } from "vitest";
import { type Judgement, judgeQuality, type LinkReading, UNJUDGED } from "../src/core/quality.ts";

const FINE: LinkReading = { connection: "live", online: true, silenceMs: 100, rttMs: 40, jitterMs: 5, lateRate: 0 };
const GOOD: Judgement = { quality: "good", betterSinceMs: null, settled: true };

/** The words after each of these readings, one a second. */
function judge(readings: readonly Partial<LinkReading>[], from: Judgement = GOOD): string[] {
  let judgement = from;
  return readings.map((reading, second) => {
    judgement = judgeQuality(judgement, { ...FINE, ...reading }, second * 1000);
    return judgement.quality;
  });
}

describe("quality", () => {
  it("is what the first live reading says, and lost before it", () => {
    expect(judge([{ connection: "connecting" }, {}], UNJUDGED)).toEqual(["lost", "good"]);
    expect(judge([{ rttMs: 400 }, {}], UNJUDGED)).toEqual(["poor", "poor"]);
  });

  it.each<[string, Partial<LinkReading>, Partial<LinkReading>]>([
    ["round trip", { rttMs: 250 }, { rttMs: 249 }],
    ["jitter", { jitterMs: 60 }, { jitterMs: 59 }],
    ["late inputs", { lateRate: 0.05 }, { lateRate: 0.049 }],
    ["silence", { silenceMs: 700 }, { silenceMs: 699 }],
  ])("becomes poor at once by %s, and only at its limit", (_, at, below) => {
    expect(judge([below, at])).toEqual(["good", "poor"]);
  });

  it.each<[string, Partial<LinkReading>, Partial<LinkReading>]>([
    ["round trip", { rttMs: 200 }, { rttMs: 199 }],
    ["jitter", { jitterMs: 40 }, { jitterMs: 39 }],
    ["late inputs", { lateRate: 0.02 }, { lateRate: 0.019 }],
    ["silence", { silenceMs: 400 }, { silenceMs: 399 }],
  ])("becomes good again when %s is better by far for three seconds", (_, notYet, enough) => {
    const poor: Judgement = { quality: "poor", betterSinceMs: null, settled: true };
    expect(judge(Array(6).fill(notYet), poor)).toEqual(Array(6).fill("poor"));
    expect(judge(Array(4).fill(enough), poor)).toEqual(["poor", "poor", "poor", "good"]);
  });

  it("does not flicker when a reading swings around a limit", () => {
    const swinging = Array.from({ length: 60 }, (_, second) => ({ rttMs: second % 2 ? 240 : 260 }));
    expect(new Set(judge(swinging))).toEqual(new Set(["poor"]));
    const dipping = Array.from({ length: 60 }, (_, second) => ({ jitterMs: second % 3 ? 10 : 90 }));
    expect(new Set(judge(dipping))).toEqual(new Set(["poor"]));
  });

  it("is lost at once, poor when the server is heard, and good three seconds later", () => {
    for (const gone of [
      { connection: "reconnecting" },
      { connection: "closed" },
      { silenceMs: 2500 },
      { online: false, silenceMs: 300 },
    ] satisfies Partial<LinkReading>[]) {
      expect(judge([{}, gone, {}, {}, {}, {}])).toEqual(["good", "lost", "poor", "poor", "poor", "good"]);
    }
  });

  it("believes the server, that is heard, more than a machine that says it has no network", () => {
    expect(judge([{ online: false, silenceMs: 250 }])).toEqual(["good"]);
  });

  it("is the same answer for the same arguments", () => {
    const before = Object.freeze({ ...GOOD });
    const reading = Object.freeze({ ...FINE, rttMs: 300 });
    expect(judgeQuality(before, reading, 5)).toEqual(judgeQuality(before, reading, 5));
  });
});
