/** Arrow keys and WASD for the direction, space for the dash. */

import type { Steering } from "./steering.ts";

const DIRECTIONS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [-1, 0],
  KeyA: [-1, 0],
  ArrowRight: [1, 0],
  KeyD: [1, 0],
  ArrowUp: [0, -1],
  KeyW: [0, -1],
  ArrowDown: [0, 1],
  KeyS: [0, 1],
};
const DASH = "Space";
const TYPING = "input, select, textarea, [contenteditable]:not([contenteditable=false])";
const DASH_TAKEN = `${TYPING}, button, a[href], summary, [role=button]`; // what the space bar presses
const DIALOG = "dialog, [role=dialog]";

/** Steer by keyboard until the answer is called. By `code`, the place of a key: WASD lies well on any layout. */
export function listenToKeyboard(target: Window, steering: Steering): () => void {
  const down = new Set<string>();
  const listening = new AbortController();
  const { signal } = listening;
  const steer = () => {
    let x = 0;
    let y = 0;
    for (const code of down) {
      x += DIRECTIONS[code]?.[0] ?? 0;
      y += DIRECTIONS[code]?.[1] ?? 0;
    }
    steering.steer("keyboard", { x: Math.sign(x), y: Math.sign(y), dash: down.has(DASH) });
  };
  const press = (event: KeyboardEvent) => {
    if (!(event.code in DIRECTIONS || event.code === DASH) || event.ctrlKey || event.metaKey || event.altKey) return;
    const taken = event.code === DASH ? DASH_TAKEN : TYPING;
    if (event.target instanceof Element && event.target.closest(`${taken}, ${DIALOG}`)) return;
    event.preventDefault(); // no scrolling
    if (event.repeat) return;
    down.add(event.code);
    steer();
  };
  const release = (event: KeyboardEvent) => {
    if (down.delete(event.code)) steer();
  };
  const releaseAll = () => {
    if (down.size === 0) return;
    down.clear();
    steer();
  };
  target.addEventListener("keydown", press, { signal });
  target.addEventListener("keyup", release, { signal });
  target.addEventListener("blur", releaseAll, { signal }); // a key that goes up in another window is never heard of
  target.document.addEventListener("visibilitychange", releaseAll, { signal });
  target.document.addEventListener(
    "focusin",
    (event) => {
      if (event.target instanceof Element && event.target.closest(TYPING)) releaseAll();
    },
    { signal },
  );
  return () => {
    listening.abort();
    releaseAll();
  };
}
