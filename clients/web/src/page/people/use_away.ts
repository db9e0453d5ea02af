/** The others are told when this page is out of sight for a while, and when it is back. */

import { useEffect } from "react";
import type { ArenaSession } from "../arena_session.ts";

const OUT_OF_SIGHT_MS = 15_000; // a look at a message in another tab is not being away

export function useAway(session: ArenaSession): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isAway = false;
    const tell = (away: boolean) => {
      // Not in a queue: after a drop the server has us as there, and the page may be looked at again by then.
      if (session.seat >= 0 && session.send("away", [away ? 1 : 0])) isAway = away;
    };
    const look = () => {
      clearTimeout(timer);
      if (document.hidden) timer = setTimeout(() => tell(true), OUT_OF_SIGHT_MS);
      else if (isAway) tell(false);
    };
    look();
    document.addEventListener("visibilitychange", look);
    const stop = session.on("resume", () => {
      isAway = false;
      look();
    });
    return () => {
      stop();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [session]);
}
