/** What the forms offer. The server takes more; these are the ones that make sense to somebody who plays. */

import { ARENA } from "../generated/protocol.ts";

export const MAP_NAMES: readonly string[] = ARENA.settings[0].choices;
export const MAP_SETTING = 0; // place in ARENA.settings
export const ITEMS_SETTING = 1;
export const SEAT_COUNTS = [2, 4, 8, 16, 32, 64] as const;
export const ROUND_LENGTHS_S = [60, 90, 120, 180, 300, 600] as const;
/** Items of a session; 0: as many as fit the seats. */
export const ITEM_COUNTS = [0, 16, 32, 64, 128, 200] as const;

/** `choices`, and `value` among them if it is none of them: a form must not claim another value than what holds. */
export function choicesWith(choices: readonly number[], value: number): readonly number[] {
  return choices.includes(value) ? choices : [...choices, value].sort((one, other) => one - other);
}
