// @vitest-environment happy-dom
/** Names as the page sends them: the server refuses some, and whoever typed one would wait at the door for ever. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { ARENA } from "../src/generated/protocol.ts";
import { cleanName, shortName } from "../src/page/name.ts";
import { Visit } from "../src/page/visit.ts";
import { MockEnvironment, MockServer } from "../src/testing/index.ts";
import { mockClient } from "./mock_client.ts";

afterEach(() => vi.restoreAllMocks());

describe("a name", () => {
  it.each([
    ["  Zoë \t Ann ", "Zoë Ann"],
    ["\u{1f468}\u200d\u{1f469}\u200d\u{1f467}", "\u{1f468}\u{1f469}\u{1f467}"], // a family, without what joins it
    ["\u200fעדי\u200e", "עדי"],
    ["nearly \u202egnorw", "nearly gnorw"],
    ["e\u0301", "\u00e9"],
    ["half \ud83d", "half"],
    ["\u3164 \u200b", ""],
    ["\u0301", ""],
    ["x".repeat(30), "x".repeat(24)],
    ["\u{1f984}".repeat(30), "\u{1f984}".repeat(24)],
  ])("%j is sent as %j", (typed, sent) => {
    expect(cleanName(typed)).toBe(sent);
    expect(cleanName(sent)).toBe(sent);
  });

  it("is cut under a figure, by characters and never within one", () => {
    expect(shortName("W".repeat(14))).toBe("W".repeat(14));
    expect(shortName("W".repeat(15))).toBe(`${"W".repeat(13)}…`);
    expect(shortName("\u{1f984}".repeat(24))).toBe(`${"\u{1f984}".repeat(13)}…`);
  });

  it("is kept for the next session where the browser forbids storage", () => {
    const forbid = () => {
      throw new DOMException("forbidden", "SecurityError");
    };
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(forbid);
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(forbid);
    const server = new MockServer({ game: ARENA, seats: 2, settings: {}, assets: {} });
    const visit = new Visit(mockClient(server, new MockEnvironment()));
    visit.name = " Priva ";
    visit.enter({ code: "K7P2QX", watch: false });
    expect(visit.session?.nickname).toBe("Priva");
    visit.leave();
  });
});
