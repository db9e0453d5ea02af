/** Who has how many points, best first. On a phone: the first three and the own line, as chips. */

import type { ReactElement } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { byScore } from "../glances.ts";
import { usePeople } from "../hooks.ts";
import { Icon } from "../parts/icons.tsx";
import { SeatMark } from "../parts/seat_mark.tsx";

export function Scores({ session }: { session: ArenaSession }): ReactElement {
  const standings = byScore(usePeople(session));
  return (
    <ol className="scores" aria-label="Scores">
      {standings.map(({ player, seat, name, bot, connected, own, score }) => (
        <li key={player} data-own={own} data-away={!connected}>
          <SeatMark seat={seat} />
          <span className="who">
            <span className="who-name">{name}</span>
            {own && <span className="unseen">, you</span>}
            {bot && <span className="tag">bot</span>}
            {!connected && (
              <span className="tag" title="Connection lost, seat kept">
                <Icon name="away" />
                away
              </span>
            )}
          </span>
          <span className="points">{score}</span>
        </li>
      ))}
    </ol>
  );
}
