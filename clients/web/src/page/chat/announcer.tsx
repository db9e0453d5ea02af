/**
 * New lines for a screen reader. Not each as it comes: a lively chat would leave no room for the game. What comes within
 * GATHER_MS is one announcement, and own lines are none.
 */

import { type ReactElement, useEffect, useRef, useState } from "react";
import type { ChatLine } from "../../chat/index.ts";
import { announcementOf } from "./words.ts";

const GATHER_MS = 3000;

export function Announcer({ lines }: { lines: readonly ChatLine[] }): ReactElement {
  const newest = lines.at(-1)?.id ?? 0;
  const latest = useRef(lines);
  latest.current = lines;
  const told = useRef(newest);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [words, setWords] = useState("");
  useEffect(() => {
    if (newest <= told.current || timer.current !== undefined) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      const untold = latest.current.filter(({ id, own, deleted }) => id > told.current && !own && !deleted);
      told.current = latest.current.at(-1)?.id ?? told.current;
      if (untold.length > 0) setWords(announcementOf(untold));
    }, GATHER_MS);
  }, [newest]);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      timer.current = undefined;
    },
    [],
  );
  return (
    <p className="unseen" role="status" data-chat-announcer>
      {words}
    </p>
  );
}
