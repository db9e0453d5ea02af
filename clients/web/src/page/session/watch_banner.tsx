/** For who has no seat: that it is so, and a seat when one is free. */

import type { ReactElement } from "react";
import { usePlayers } from "../../react/index.ts";
import type { ArenaSession } from "../arena_session.ts";
import { ask } from "../ask.ts";
import { Icon } from "../parts/icons.tsx";
import { useSeatCount } from "../people/use_seat_count.ts";

interface Props {
  readonly session: ArenaSession;
  readonly say: (words: string) => void;
}

export function WatchBanner({ session, say }: Props): ReactElement {
  const players = usePlayers(session);
  const free = useSeatCount(session) - players.length;
  return (
    <div className="watch-banner">
      <Icon name="eye" />
      <span>You are watching</span>
      {free > 0 ? (
        <button type="button" className="first" onClick={() => ask(session, say, "sit")}>
          Take a seat
        </button>
      ) : (
        <span className="quiet">All seats are taken</span>
      )}
    </div>
  );
}
