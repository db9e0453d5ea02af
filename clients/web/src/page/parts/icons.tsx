/** Icons as lines of 24 by 24; they take the colour of the text and say nothing to a screen reader. */

import type { ReactElement } from "react";

const PATHS = {
  play: "M8 5v14l11-7z",
  copy: "M9 9h10v11H9zM5 15V4h10",
  share: "M12 15V4m0 0L8 8m4-4l4 4M5 13v7h14v-7",
  qr: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 14h2M14 18v2M18 18h2v2",
  sound: "M4 10v4h4l5 4V6L8 10zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11",
  mute: "M4 10v4h4l5 4V6L8 10zM17 9.5l5 5m0-5l-5 5",
  leave: "M14 4H5v16h9M10 12h11m0 0l-4-4m4 4l-4 4",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  crown: "M4 18h16M4 15l-1-8 5 4 4-6 4 6 5-4-1 8z",
  bot: "M12 3v4M5 7h14v11H5zM9 11.5v1.5M15 11.5v1.5M9 15.5h6",
  check: "M5 12.5l5 5L19 7",
  up: "M6 15l6-6 6 6",
  down: "M6 9l6 6 6-6",
  kick: "M6 6l12 12M18 6L6 18",
  graph: "M4 19V5M4 19h16M7 15l4-5 3 3 5-7",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2",
  people:
    "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.5-4 3-6 6.5-6s6 2 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 .8 3.2 2.6 3.5 5.5",
  chat: "M4 5h16v11H10l-5 4v-4H4z",
  send: "M4 12L20 4l-5 16-3.5-6.5zM11.5 13.5L20 4",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13M10 11v5M14 11v5",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  unlock: "M6 11h12v9H6zM8.5 11V7a3.5 3.5 0 0 1 6.8-1",
  plus: "M12 5v14M5 12h14",
  seat: "M7 4v9h10V4M5 13h14v4H5zM7 17v3M17 17v3",
  more: "M4.5 12a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M11.5 12a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M18.5 12a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0",
  idle: "M20 14A8 8 0 1 1 10 4a6.5 6.5 0 0 0 10 10z",
  away: "M4 9a12 12 0 0 1 16 0M7 12.5a7.5 7.5 0 0 1 10 0M12 18h.01M4 4l16 16",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): ReactElement {
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill={name === "play" ? "currentColor" : "none"} />
    </svg>
  );
}
