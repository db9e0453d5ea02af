/** A seat's colour and mark, as the arena draws them. The name stands beside it, so it is silent. */

import type { ReactElement } from "react";
import { colourOfSeat, MARK_INK, MARK_SHAPES, markOfSeat } from "../palette.ts";

export function SeatMark({ seat }: { seat: number }): ReactElement {
  return (
    <svg className="seat-mark" viewBox="-14 -14 28 28" aria-hidden="true" focusable="false">
      <circle r="12" fill={colourOfSeat(seat)} stroke="#fff" strokeWidth="2" />
      <MarkPath seat={seat} />
    </svg>
  );
}

/** The mark alone, around (0, 0) of an SVG. */
export function MarkPath({ seat }: { seat: number }): ReactElement | null {
  const { path, filled } = MARK_SHAPES[markOfSeat(seat)];
  if (path === "") return null;
  return <path d={path} fill={filled ? MARK_INK : "none"} stroke={filled ? "none" : MARK_INK} strokeWidth="2.6" />;
}
