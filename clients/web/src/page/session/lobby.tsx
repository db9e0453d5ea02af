/**
 * Before the first round: how to get friends in, who is here, and the way to the start. Beside the arena, or on a phone
 * a sheet over it that folds away, for everybody can run about already.
 */

import { type ReactElement, useId, useState } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { usePeople } from "../hooks.ts";
import { Icon } from "../parts/icons.tsx";
import { PeoplePanel } from "../people/people_panel.tsx";
import { useSeatCount } from "../people/use_seat_count.ts";
import type { Say } from "../toasts.ts";
import { counted } from "../words.ts";
import { Invite } from "./invite.tsx";
import { ReadyButtons } from "./ready_buttons.tsx";
import { SettingsPanel } from "./settings_panel.tsx";

export function Lobby({ session, say }: { session: ArenaSession; say: Say }): ReactElement {
  const [folded, setFolded] = useState(false);
  const body = useId();
  const people = usePeople(session);
  const seats = useSeatCount(session);
  const isHost = people.some(({ own, host }) => own && host);
  const host = people.find((person) => person.host);
  return (
    <section className="lobby" data-folded={folded} aria-labelledby={`${body}-title`}>
      <button
        type="button"
        className="fold plain"
        aria-expanded={!folded}
        aria-controls={body}
        onClick={() => setFolded(!folded)}
      >
        <span className="fold-code">{session.code}</span>
        <span className="fold-count">
          {people.length} of {counted(seats, "seat")}
        </span>
        <span className="unseen">{folded ? "Show the lobby" : "Hide the lobby"}</span>
        <Icon name={folded ? "up" : "down"} />
      </button>
      <h2 id={`${body}-title`} className="unseen">
        Lobby
      </h2>
      <div className="lobby-body" id={body} hidden={folded}>
        <Invite code={session.code} say={say} />
        <div className="lobby-people">
          <h3>
            Who is here <span className="quiet">{`${people.length} of ${seats}`}</span>
          </h3>
          <PeoplePanel session={session} say={say} />
        </div>
        <SettingsPanel session={session} isHost={isHost} say={say} />
      </div>
      {!session.watching && <ReadyButtons session={session} people={people} isHost={isHost} say={say} />}
      <p className="lobby-hint">{hintOf(people.length, isHost, host?.name, session.watching)}</p>
    </section>
  );
}

function hintOf(here: number, isHost: boolean, hostName: string | undefined, watching: boolean): string {
  if (watching) return "The round starts when the players are ready.";
  if (isHost) return here > 1 ? "Start when you like; all ready starts it too." : "Invite somebody, or start alone.";
  return `All ready starts the round${hostName ? `, and ${hostName} can at any time` : ""}. Run about meanwhile.`;
}
