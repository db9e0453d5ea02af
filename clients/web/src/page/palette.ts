/**
 * Colours and marks. Players: the seven colours of Okabe and Ito, "Color Universal Design" (2008), and a white: told
 * apart with any colour vision (tests/page_palette.test.ts computes how well). Each seat has a mark as well, so that
 * colour is never the only sign: all eight of the first eight seats differ in both, and all of 64 in one of them.
 */

export const PLAYER_COLOURS = [
  "#e69f00",
  "#56b4e9",
  "#009e73",
  "#cc79a7",
  "#f0e442",
  "#d55e00",
  "#0072b2",
  "#e8ecf5",
] as const;
export const MARKS = ["plain", "dot", "bar", "ring", "cross", "triangle", "half", "bars"] as const;
export type Mark = (typeof MARKS)[number];

/** A mark as an SVG path around (0, 0), for a body of radius 12; filled, or a line 2.6 wide. */
export interface MarkShape {
  readonly path: string;
  readonly filled: boolean;
}

export const MARK_SHAPES: Record<Mark, MarkShape> = {
  plain: { path: "", filled: true },
  dot: { path: "M -4.5 0 A 4.5 4.5 0 1 0 4.5 0 A 4.5 4.5 0 1 0 -4.5 0 Z", filled: true },
  bar: { path: "M 0 -7.5 L 0 7.5", filled: false },
  ring: { path: "M -6.5 0 A 6.5 6.5 0 1 0 6.5 0 A 6.5 6.5 0 1 0 -6.5 0 Z", filled: false },
  cross: { path: "M -6.5 0 L 6.5 0 M 0 -6.5 L 0 6.5", filled: false },
  triangle: { path: "M 0 -7 L 6.5 5 L -6.5 5 Z", filled: true },
  half: { path: "M -11 0 A 11 11 0 0 0 11 0 Z", filled: true },
  bars: { path: "M -4 -7 L -4 7 M 4 -7 L 4 7", filled: false },
};
export const MARK_INK = "#10182a";

export const ITEM_COLOURS: Record<number, string> = {
  1: "#ffd166",
  2: "#7ee8fa",
  3: "#9be564",
  4: "#ff6b6b",
  5: "#8ab4ff",
};

export function colourOfSeat(seat: number): string {
  return PLAYER_COLOURS[seat % PLAYER_COLOURS.length]!;
}

export function markOfSeat(seat: number): Mark {
  return MARKS[(seat + Math.floor(seat / PLAYER_COLOURS.length)) % MARKS.length]!;
}
