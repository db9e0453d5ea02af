/** What is said over somebody's head when they win or lose something. */

import { ItemKind } from "../../generated/protocol.ts";
import { ITEM_COLOURS } from "../palette.ts";

export const LOSS_COLOUR = "#ff9d76";

/** Those that every round says, with their colours. */
export const COMMON_POPS: readonly (readonly [said: string, colour: string])[] = [
  ["+10", ITEM_COLOURS[ItemKind.Coin]!],
  ["+50", ITEM_COLOURS[ItemKind.Gem]!],
  ["-10", LOSS_COLOUR],
  ["-20", LOSS_COLOUR],
  ["-30", LOSS_COLOUR],
];

const POWERS: Readonly<Record<number, string>> = {
  [ItemKind.Boots]: "Boots",
  [ItemKind.Magnet]: "Magnet",
  [ItemKind.Shield]: "Shield",
};

/** What a pick says: its points, or, to oneself, its name; what others wear is seen on them. */
export function popOfPick(kind: number, points: number, own: boolean): string {
  if (points > 0) return `+${points}`;
  return own ? (POWERS[kind] ?? "") : "";
}
