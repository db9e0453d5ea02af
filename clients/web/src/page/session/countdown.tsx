/** Three, two, one, over the arena. */

import type { ReactElement } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { roundOf } from "../glances.ts";
import { useGlance } from "../hooks.ts";

export function Countdown({ session }: { session: ArenaSession }): ReactElement {
  const seconds = useGlance(session, (now, nowMs) => roundOf(now, nowMs).startsInS);
  return (
    <div className="countdown-layer">
      <p className="unseen" role="status">
        Get ready. The round starts in a moment.
      </p>
      <p className="get-ready" aria-hidden="true">
        Get ready
      </p>
      {seconds !== null && (
        <p className="countdown" aria-hidden="true" key={seconds}>
          {seconds}
        </p>
      )}
    </div>
  );
}
