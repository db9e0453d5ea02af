/** For who has no seat: that it is so, and a seat when one is free. */

import type { ReactElement } from "react";
import { usePlayers } from "../../react/index.ts";
import type { ArenaSession } from "../arena_session.ts";
import { Icon } from "../parts/icons.tsx";
import type { Visit } from "../visit.ts";

export function WatchBanner({ session, visit }: { session: ArenaSession; visit: Visit }): ReactElement {
  const players = usePlayers(session);
  const free = (session.welcome?.rows[0] ?? 0) - players.length;
  return (
    <div className="watch-banner">
      <Icon name="eye" />
      <span>You are watching</span>
      {free > 0 ? (
        <button type="button" className="first" onClick={() => visit.enter({ code: session.code, watch: false })}>
          Take a seat
        </button>
      ) : (
        <span className="quiet">All seats are taken</span>
      )}
    </div>
  );
}
