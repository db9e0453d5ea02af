/** What others call whoever plays here. */

import { NAME_MAX_CHARACTERS } from "../generated/protocol.ts";

// What the server refuses in a name (docs/protocol.md, section 3). Keyboards put some of it there unasked: the joiner
// (U+200D) inside an emoji of several people, direction marks around Hebrew and Arabic, tabs from a spreadsheet.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}]/gu;
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
const BLANK = /[\u115f\u1160\u2800\u3164\uffa0]/gu; // letters and symbols that show nothing

/** What was typed as a name that the server takes; empty if nothing of it can be seen. */
export function cleanName(typed: string): string {
  const clean = typed.replace(/\s+/gu, " ").replace(UNSEEN, "").normalize("NFC").replace(/ +/g, " ").trim();
  if (!VISIBLE.test(clean.replace(BLANK, ""))) return "";
  return [...clean].slice(0, NAME_MAX_CHARACTERS).join("").trim();
}

/** A name for whoever gave none. */
export function guestName(): string {
  return `Guest ${100 + Math.floor(Math.random() * 900)}`;
}

const FIGURE_CHARACTERS = 14;

/** As it stands under a figure: two dozen capitals would lie across half a phone's view, and the lists have it whole. */
export function shortName(name: string): string {
  const characters = [...name];
  if (characters.length <= FIGURE_CHARACTERS) return name;
  return `${characters
    .slice(0, FIGURE_CHARACTERS - 1)
    .join("")
    .trim()}…`;
}
