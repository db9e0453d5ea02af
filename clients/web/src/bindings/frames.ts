/** The browser's next display frame; where there is no display, a timer of the same pace. */

const FRAME_MS = 16;

/** Call `act` at the next display frame; the answer calls it off. */
export function nextFrame(act: () => void): () => void {
  if (typeof requestAnimationFrame === "function") {
    const frame = requestAnimationFrame(act);
    return () => cancelAnimationFrame(frame);
  }
  const timer = setTimeout(act, FRAME_MS);
  return () => clearTimeout(timer);
}
