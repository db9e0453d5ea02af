import { describe, expect, it } from "vitest";
import { colourOfSeat, MARK_SHAPES, MARKS, markOfSeat, PLAYER_COLOURS } from "../src/page/palette.ts";

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

// Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009),
// severity 1.0, in linear RGB.
const VISIONS: Record<string, Matrix> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};
const XYZ: Matrix = [
  [0.4124, 0.3576, 0.1805],
  [0.2126, 0.7152, 0.0722],
  [0.0193, 0.1192, 0.9505],
];

/** CIE 1976 difference of the most alike two of `colours`: below about 2.3 nobody sees one. */
function leastDifference(colours: readonly string[], vision: Matrix): number {
  const seen = colours.map((colour) => labOf(apply(vision, linearOf(colour)).map(clip) as unknown as Triple));
  const pairs = seen.flatMap((one, at) => seen.slice(at + 1).map((other) => [one, other] as const));
  return Math.min(...pairs.map(([one, other]) => Math.hypot(...one.map((value, at) => value - other[at]!))));
}

function linearOf(colour: string): Triple {
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as unknown as Triple;
}

function apply(matrix: Matrix, [a, b, c]: Triple): Triple {
  return matrix.map((row) => row[0] * a + row[1] * b + row[2] * c) as unknown as Triple;
}

function labOf(linear: Triple): Triple {
  const [x, y, z] = apply(XYZ, linear);
  const [fx, fy, fz] = [x / 0.95047, y, z / 1.08883].map((value) =>
    value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116,
  ) as unknown as Triple;
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

function clip(value: number): number {
  return Math.min(1, Math.max(0, value));
}

describe("the palette", () => {
  it.each(Object.keys(VISIONS))("tells eight players apart by colour with %s", (vision) => {
    expect(new Set(PLAYER_COLOURS).size).toBe(8);
    expect(leastDifference(PLAYER_COLOURS, VISIONS[vision]!)).toBeGreaterThan(15);
  });

  it("and the measure finds colours that are not told apart", () => {
    expect(leastDifference(["#7a9a00", "#b08a00"], VISIONS.deuteranopia!)).toBeLessThan(15);
    expect(leastDifference(["#7a9a00", "#b08a00"], VISIONS.usual!)).toBeGreaterThan(15);
  });

  it("gives the first eight seats marks of their own as well, and 64 seats a pair that nobody else has", () => {
    const seats = Array.from({ length: 64 }, (_, seat) => seat);
    expect(new Set(seats.slice(0, 8).map(markOfSeat)).size).toBe(8);
    expect(new Set(seats.map((seat) => `${colourOfSeat(seat)} ${markOfSeat(seat)}`)).size).toBe(64);
  });

  it("draws every mark but the plain one, inside the body", () => {
    for (const mark of MARKS) {
      const { path } = MARK_SHAPES[mark];
      expect(path === "").toBe(mark === "plain");
      for (const [number] of path.matchAll(/-?\d+(\.\d+)?/g)) expect(Math.abs(Number(number))).toBeLessThanOrEqual(11);
    }
  });
});
