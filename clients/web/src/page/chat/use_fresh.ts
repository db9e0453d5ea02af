/** The lines that came a moment ago, for who has the chat folded. */

import { useEffect, useRef, useState } from "react";
import type { ChatLine } from "../../chat/index.ts";

/** Those of `lines` that came in the last `shownMs` while this was mounted. */
export function useFresh(lines: readonly ChatLine[], shownMs: number): readonly ChatLine[] {
  const newest = lines.at(-1)?.id ?? 0;
  const known = useRef(newest); // what was there before is history
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>());
  const [fresh, setFresh] = useState<ReadonlySet<number>>(new Set());
  useEffect(() => {
    const added = lines.filter(({ id }) => id > known.current).map(({ id }) => id);
    if (added.length === 0) return;
    known.current = newest;
    setFresh((before) => new Set([...before, ...added]));
    const timer = setTimeout(() => {
      timers.current.delete(timer);
      setFresh((before) => new Set([...before].filter((id) => !added.includes(id))));
    }, shownMs);
    timers.current.add(timer);
  }, [lines, newest, shownMs]);
  useEffect(() => {
    const running = timers.current;
    return () => {
      for (const timer of running) clearTimeout(timer);
    };
  }, []);
  return lines.filter(({ id }) => fresh.has(id));
}
