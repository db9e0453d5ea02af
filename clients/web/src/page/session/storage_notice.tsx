/** The server cannot save what happens: said calmly, for there is nothing to do, until the game goes on. */

import { type ReactElement, useEffect, useState } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { Icon } from "../parts/icons.tsx";
import { STORAGE_AWAY } from "../words.ts";

const SHOWN_MS = 10_000; // the server closes the connection before; who is told nothing more is not told this for ever

export function StorageNotice({ session }: { session: ArenaSession }): ReactElement {
  const away = useStorageAway(session);
  // The region is there before the words are, or they are often not read.
  return (
    <div className="storage-notice" role="status" data-shown={away}>
      {away && (
        <>
          <Icon name="clock" />
          <span>{STORAGE_AWAY}</span>
        </>
      )}
    </div>
  );
}

/** From the server's word until the next state, or until the connection is lost: that has words of its own. */
function useStorageAway(session: ArenaSession): boolean {
  const [away, setAway] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = () => {
      clearTimeout(timer);
      setAway(false);
    };
    const stops = [
      session.on("error", ({ reason }) => {
        if (reason !== "storage_away") return;
        clearTimeout(timer);
        timer = setTimeout(end, SHOWN_MS);
        setAway(true);
      }),
      session.on("state", end),
      session.on("connection", end),
    ];
    return () => {
      clearTimeout(timer);
      for (const stop of stops) stop();
    };
  }, [session]);
  return away;
}
