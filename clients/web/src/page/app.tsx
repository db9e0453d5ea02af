/** The start screen, or the session. */

import { type ReactElement, useEffect, useSyncExternalStore } from "react";
import { SessionScreen } from "./session/session_screen.tsx";
import type { Sounds } from "./sound/index.ts";
import { StartScreen } from "./start/start_screen.tsx";
import type { Visit } from "./visit.ts";

export function App({ visit, sounds }: { visit: Visit; sounds: Sounds }): ReactElement {
  const session = useSyncExternalStore(visit.subscribe, () => visit.session);
  useEffect(() => {
    document.title = session ? `${session.code} - Tickroom` : "Tickroom";
  }, [session]);
  if (session === null) return <StartScreen visit={visit} />;
  // A session of its own is a screen of its own: nothing of the last one stays.
  return <SessionScreen key={visit.count} visit={visit} session={session} sounds={sounds} />;
}
