/** The connection is lost and is being made anew: why, when, and a way to hurry. */

import type { ReactElement } from "react";
import { useConnection } from "../../react/index.ts";
import type { ArenaSession } from "../arena_session.ts";
import { useGlance, useLastClosing, useLasting, useOnline } from "../hooks.ts";
import { interruptionOf, nextTryIn } from "../words.ts";

const SOON_MS = 400; // a move to another node takes 100 ms, and most first attempts less than this: not worth a word

export function Interruption({ session }: { session: ArenaSession }): ReactElement {
  const state = useConnection(session)?.state ?? session.connection;
  const seconds = useGlance(session, ({ connection }, nowMs) =>
    connection.name === "reconnecting" ? Math.max(0, Math.ceil((connection.retryAtMs - nowMs) / 1000)) : 0,
  );
  const closing = useLastClosing(session);
  const online = useOnline();
  const away = useLasting(
    state.name === "reconnecting" || (state.name === "connecting" && session.welcome !== null),
    SOON_MS,
  );
  // The region is there before the words are, and says them once: the countdown beside it is for the eyes only.
  return (
    <div className="interruption" data-shown={away}>
      <p role="alert">{away && interruptionOf(closing, online, session.resumeKey !== null)}</p>
      {away && (
        <>
          <span className="next-try" aria-hidden="true">
            {nextTryIn(seconds)}
          </span>
          <button type="button" onClick={() => session.reconnect()}>
            Try now
          </button>
        </>
      )}
    </div>
  );
}
