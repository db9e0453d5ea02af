/** What the word for a connection is made of: the figures of the last seconds, looked at twice a second. */

import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Connection } from "../src/core/connection.ts";
import { QualityWatch } from "../src/core/quality_watch.ts";
import { Statistics } from "../src/core/statistics.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A watch of a connection on which all is well; the words that it tells. */
function watched(): { statistics: Statistics; words: string[]; watch: QualityWatch } {
  const statistics = new Statistics();
  const words: string[] = [];
  const connection = { state: { name: "live" }, online: true, silenceMs: () => 100, traffic: {} };
  const watch = new QualityWatch(connection as unknown as Connection, statistics, (word) => words.push(word));
  watch.start();
  return { statistics, words, watch };
}

function pass(seconds: number, statistics: Statistics, inputs: number, late: number): void {
  for (let second = 0; second < seconds; second++) {
    statistics.inputs += inputs;
    statistics.lateInputs += late;
    vi.advanceTimersByTime(1000);
  }
}

it("one late input of a player who stands still is no poor connection", () => {
  const { statistics, words, watch } = watched();
  pass(10, statistics, 1, 0);
  pass(1, statistics, 1, 1);
  pass(10, statistics, 1, 0);
  expect(words).toEqual(["good"]);
  watch.stop();
});

it("but several are, and it is good again when they are over", () => {
  const { statistics, words, watch } = watched();
  pass(10, statistics, 4, 0);
  pass(3, statistics, 4, 1);
  expect(words).toEqual(["good", "poor"]);
  pass(10, statistics, 4, 0);
  expect(words).toEqual(["good", "poor", "good"]);
  watch.stop();
  expect(vi.getTimerCount()).toBe(0);
});

it("keeps a sample a second, of counters what was added", () => {
  const { statistics, watch } = watched();
  pass(3, statistics, 7, 0);
  expect(statistics.history.inputs.values()).toEqual([7, 7, 7]);
  watch.stop();
});
