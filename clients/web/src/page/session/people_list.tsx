/** Who has a seat: colour, mark, name; host, bot, ready or away. The host can remove others. */

import type { ReactElement } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { ask } from "../ask.ts";
import type { Person } from "../glances.ts";
import { useAbsences, useGlance } from "../hooks.ts";
import { Icon } from "../parts/icons.tsx";
import { SeatMark } from "../parts/seat_mark.tsx";

interface Props {
  readonly session: ArenaSession;
  readonly people: readonly Person[];
  readonly isHost: boolean;
  readonly say: (words: string) => void;
}

export function PeopleList({ session, people, isHost, say }: Props): ReactElement {
  const absences = useAbsences(session);
  return (
    <ul className="people">
      {people.map((person) => (
        <li key={person.player} data-own={person.own} data-away={!person.connected}>
          <SeatMark seat={person.seat} />
          <span className="who">
            <span className="who-name">{person.name}</span>
            {person.own && <span className="tag">you</span>}
            {person.host && (
              <span className="crown" title="Host">
                <Icon name="crown" />
                <span className="unseen">Host</span>
              </span>
            )}
            {person.bot && <span className="tag">bot</span>}
          </span>
          <PersonState session={session} person={person} until={absences.get(person.player)} />
          {isHost && !person.own && (
            <button
              type="button"
              className="kick plain"
              aria-label={`Kick ${person.name}`}
              title={`Kick ${person.name}`}
              onClick={() => ask(session, say, "kick", person.player)}
            >
              <Icon name="kick" />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

interface StateProps {
  readonly session: ArenaSession;
  readonly person: Person;
  readonly until: number | undefined;
}

function PersonState({ session, person, until }: StateProps): ReactElement | null {
  if (!person.connected) return <Away session={session} until={until} />;
  if (person.bot) return null;
  return person.ready ? (
    <span className="is-ready">
      <Icon name="check" />
      ready
    </span>
  ) : (
    <span className="quiet">not ready</span>
  );
}

function Away({ session, until }: { session: ArenaSession; until: number | undefined }): ReactElement {
  const seconds = useGlance(session, ({ clock, welcome }, nowMs) => {
    if (until === undefined || !clock || !welcome) return null;
    return Math.max(0, Math.ceil((until - clock.tickAt(nowMs)) / welcome.tickHz));
  });
  return (
    <span className="is-away" title="Connection lost; the seat is kept this long">
      <Icon name="away" />
      away{seconds !== null && ` ${seconds} s`}
    </span>
  );
}
