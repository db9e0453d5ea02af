/** How the connection is: a colour, bars, a word, the round trip. Not a live region: what matters is said by the interruption. */

import type { ReactElement } from "react";
import { useConnection } from "../../react/index.ts";
import type { ArenaSession } from "../arena_session.ts";
import { useGlance } from "../hooks.ts";

const STEP_MS = 5; // a round trip that dances by a millisecond is not worth a rendering

export function ConnectionIndicator({ session }: { session: ArenaSession }): ReactElement {
  const view = useConnection(session);
  const connection = view?.state.name ?? "connecting";
  const quality = view?.quality ?? "lost";
  const rttMs = useGlance(session, ({ statistics }) => STEP_MS * Math.ceil((statistics.rttMs || 0) / STEP_MS));
  const live = connection === "live";
  const words = live ? QUALITY_WORDS[quality] : CONNECTION_WORDS[connection];
  const title = live && rttMs > 0 ? `Connection: ${words}, about ${rttMs} ms there and back` : `Connection: ${words}`;
  return (
    <div className="connection" data-connection={connection} data-quality={live ? quality : "lost"} title={title}>
      <svg className="bars" viewBox="0 0 16 12" aria-hidden="true" focusable="false">
        <rect x="0" y="8" width="4" height="4" rx="1" />
        <rect x="6" y="4" width="4" height="8" rx="1" />
        <rect x="12" y="0" width="4" height="12" rx="1" />
      </svg>
      <span className="unseen">Connection: </span>
      <span className="connection-words">{words}</span>
      {live && rttMs > 0 && <span className="connection-ms">{rttMs} ms</span>}
    </div>
  );
}

const QUALITY_WORDS: Record<string, string> = { good: "Good", poor: "Poor", lost: "No answer" };
const CONNECTION_WORDS: Record<string, string> = {
  connecting: "Connecting",
  reconnecting: "Retrying",
  closed: "Closed",
};
