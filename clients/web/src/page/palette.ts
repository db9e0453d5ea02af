/**
 * Colours. Players: Okabe and Ito, "Color Universal Design" (2008), told apart with any colour vision; from the eighth
 * seat on they come again, with another mark.
 */

import { element } from "./element.ts";

export const PLAYER_COLOURS = ["#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#f0e442", "#d55e00", "#0072b2"] as const;
export const MARKS = ["plain", "ring", "dot", "bar"] as const;
export type Mark = (typeof MARKS)[number];

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
  return MARKS[Math.floor(seat / PLAYER_COLOURS.length) % MARKS.length]!;
}

/** A seat's colour and mark, for lists. */
export function seatDot(seat: number): HTMLElement {
  const dot = element("span", { class: "dot", "aria-hidden": "true", "data-mark": markOfSeat(seat) });
  dot.style.backgroundColor = colourOfSeat(seat);
  return dot;
}
