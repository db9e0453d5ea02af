import { describe, expect, it } from "vitest";
import { cleanCode } from "../src/core/code.ts";
import { CLOSE_CODES, ERROR_CODES } from "../src/generated/protocol.ts";
import { codeInText, destinationOf, isThisMachine, linkTo } from "../src/page/address.ts";
import { choicesWith } from "../src/page/choices.ts";
import { type Person, rankingFromScores } from "../src/page/glances.ts";
import { pathOf } from "../src/page/parts/qr_code.tsx";
import { headlineOf } from "../src/page/session/results_card.tsx";
import {
  apiFaultOf,
  arrivalsOf,
  clockOf,
  departureOf,
  endingOf,
  interruptionOf,
  lengthOf,
  nextTryIn,
  ordinalOf,
  refusalOf,
} from "../src/page/words.ts";

describe("codes", () => {
  it("come out clean while they are typed", () => {
    expect(cleanCode(" k7p-2qx ")).toBe("K7P2QX");
    expect(cleanCode("O0I1L")).toBe("");
    expect(cleanCode("ABCDEFGH")).toBe("ABCDEF");
  });

  it("are found in what is pasted: a code in any form, or a link", () => {
    expect(codeInText("k7p 2qx")).toBe("K7P2QX");
    expect(codeInText("  https://play.example/#K7P2QX\n")).toBe("K7P2QX");
    expect(codeInText("https://play.example/page/?code=k7p2qx")).toBe("K7P2QX");
    expect(codeInText("https://play.example/#K7P2QX?watch")).toBe("K7P2QX");
    expect(codeInText("https://play.example/")).toBe(""); // and not PAYEXA, of its letters
  });
});

describe("addresses", () => {
  const where = (address: string) => destinationOf(new URL(address));

  it("lead to a session, in either form, whole or not at all", () => {
    expect(where("http://h/?code=k7p2qx")).toEqual({ code: "K7P2QX", watch: false });
    expect(where("http://h/#K7P2QX")).toEqual({ code: "K7P2QX", watch: false });
    expect(where("http://h/#K7P2Q")).toBeNull();
    expect(where("http://h/#K7P2QXX")).toBeNull();
    expect(where("http://h/")).toBeNull();
  });

  it("say whether to watch", () => {
    expect(where("http://h/#K7P2QX?watch")).toEqual({ code: "K7P2QX", watch: true });
    expect(where("http://h/?code=K7P2QX&watch")).toEqual({ code: "K7P2QX", watch: true });
    expect(where("http://h/#K7P2QX?other")).toEqual({ code: "K7P2QX", watch: false });
  });

  it("are made so that they lead back, with nothing else of the page's own", () => {
    for (const watch of [false, true]) {
      const link = linkTo({ code: "K7P2QX", watch }, new URL("https://play.example/room/?code=222222#999999"));
      expect(link).toBe(`https://play.example/room/#K7P2QX${watch ? "?watch" : ""}`);
      expect(where(link)).toEqual({ code: "K7P2QX", watch });
    }
  });

  it("of this machine are known as such", () => {
    expect(["localhost", "127.0.0.1", "127.3.2.1", "[::1]"].map(isThisMachine)).not.toContain(false);
    expect(["play.example", "192.168.0.7", "127.example.org", "localhost.example"].map(isThisMachine)).not.toContain(
      true,
    );
  });
});

describe("words", () => {
  it("there are some for every way a session of ours can end, with a way out", () => {
    const lost = endingOf(1006);
    for (const [code, { retryable }] of Object.entries(CLOSE_CODES)) {
      const ending = endingOf(Number(code));
      if (!retryable) expect(ending, code).not.toBe(lost);
      expect(ending.ways, code).toContain("start");
    }
  });

  it("the first way out is the one that helps", () => {
    const first = (code: number) => endingOf(code).ways[0];
    expect([4004, 4005, 4006, 4012, 4013, 1006].map(first)).toEqual([
      "start",
      "watch",
      "reload",
      "again",
      "start",
      "again",
    ]);
    expect(endingOf(4013).ways).not.toContain("again"); // a kicked player is not offered to try it once more
  });

  it("each refusal that a button of the page can meet has its own", () => {
    const usual = refusalOf("something new");
    const server = Object.values(ERROR_CODES).map(({ reason }) => reason as string);
    for (const reason of ["not_host", "wrong_status", "bad_arguments", "no_such_player", "too_many_requests"]) {
      expect(server).toContain(reason);
      expect(refusalOf(reason)).not.toBe(usual);
    }
    for (const reason of ["lost", "timeout", "queue_full", "closed"]) expect(refusalOf(reason)).not.toBe(usual);
  });

  it("an interruption says why, and claims no seat that never was", () => {
    expect(interruptionOf(null, true, true)).toBe("Connection lost. Your seat is kept.");
    expect(interruptionOf(null, true, false)).not.toMatch(/seat/);
    expect(interruptionOf(4010, true, true)).toMatch(/restarting/);
    expect(interruptionOf(1012, true, false)).not.toMatch(/seat/);
    expect(interruptionOf(4010, false, true)).toMatch(/offline/);
    expect([nextTryIn(3), nextTryIn(0)]).toEqual(["Next try in 3 s", "Trying now ..."]);
  });

  it("a fault of the server that we do not know is said in its words", () => {
    expect(apiFaultOf("settings_invalid", "seats must be 1 to 64")).toBe("Seats must be 1 to 64");
    expect(apiFaultOf("unreachable", "whatever")).toMatch(/Check your network/);
  });

  it("people come and go in sentences", () => {
    expect(arrivalsOf(["Ann"])).toBe("Ann joined");
    expect(arrivalsOf(["Ann", "Ben"])).toBe("Ann and Ben joined");
    expect(arrivalsOf(["Ann", "Ben", "Cleo"])).toBe("Ann and 2 others joined");
    expect(departureOf("kicked")).toBe("was removed by the host");
    expect(departureOf("something new")).toBe("left");
  });

  it("a clock never shows less than nothing", () => {
    expect([83, 0.2, -3].map(clockOf)).toEqual(["1:23", "0:01", "0:00"]);
    expect([30, 60, 90, 180].map(lengthOf)).toEqual(["30 seconds", "1 minute", "1.5 minutes", "3 minutes"]);
    expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 63].map(ordinalOf).join(" ")).toBe(
      "1st 2nd 3rd 4th 11th 12th 13th 21st 22nd 63rd",
    );
  });
});

describe("results", () => {
  const person = (seat: number, score: number, own = false): Person => ({
    player: seat + 1,
    seat,
    name: `P${seat}`,
    score,
    own,
    bot: false,
    connected: true,
    ready: false,
    host: false,
  });

  it("made of scores, equal ones share a place, and the one after two firsts is third", () => {
    const lines = rankingFromScores([person(2, 50), person(0, 50), person(1, 10)]);
    expect(lines.map(({ seat, place }) => [seat, place])).toEqual([
      [2, 1],
      [0, 1],
      [1, 3],
    ]);
  });

  it("have a headline", () => {
    const headline = (...people: Person[]) => headlineOf(rankingFromScores(people));
    expect(headline(person(0, 50), person(1, 20))).toBe("P0 won");
    expect(headline(person(0, 50, true), person(1, 20))).toBe("You won");
    expect(headline(person(0, 50, true), person(1, 50))).toBe("P1 and you won");
    expect(headline(person(0, 9), person(1, 9), person(2, 9))).toBe("3 players share the first place");
    expect(headline(person(0, 0), person(1, 0))).toBe("Nobody scored");
  });
});

describe("forms", () => {
  it("show a value that is none of their choices, in its order", () => {
    expect(choicesWith([60, 120], 120)).toEqual([60, 120]);
    expect(choicesWith([60, 120], 75)).toEqual([60, 75, 120]);
  });
});

describe("QR codes", () => {
  it("draw each dark module once, and nothing else", () => {
    const { path, size } = pathOf("https://play.example/#K7P2QX");
    const drawn = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    for (const [, x, y, width] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
      for (let at = 0; at < Number(width); at++) drawn[Number(y)]![Number(x) + at]! += 1;
    }
    const dark = drawn.flat();
    expect(Math.max(...dark)).toBe(1);
    // The three finder patterns, 7 by 7 with a ring of light inside: 33 dark modules each, in three corners.
    const corner = (top: number, left: number) =>
      drawn
        .slice(top, top + 7)
        .flatMap((row) => row.slice(left, left + 7))
        .filter(Boolean).length;
    const far = size - 2 - 7;
    expect([corner(2, 2), corner(2, far), corner(far, 2)]).toEqual([33, 33, 33]);
    expect(
      drawn
        .slice(0, 2)
        .flat()
        .every((module) => module === 0),
    ).toBe(true);
  });
});
