/** Who has a seat: colour, mark, name; host, bot, how they are; and behind a button what may be done about them. */

import { type ReactElement, useState } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { ask } from "../ask.ts";
import { useSessionChat } from "../chat/use_session_chat.ts";
import type { Person } from "../glances.ts";
import { useAbsences } from "../hooks.ts";
import { Icon } from "../parts/icons.tsx";
import { SeatMark } from "../parts/seat_mark.tsx";
import { PersonButtons } from "./person_buttons.tsx";
import { PersonState } from "./person_state.tsx";

interface Props {
  readonly session: ArenaSession;
  readonly people: readonly Person[];
  readonly isHost: boolean;
  readonly say: (words: string) => void;
}

export function PeopleList({ session, people, isHost, say }: Props): ReactElement {
  const absences = useAbsences(session);
  const [chosen, setChosen] = useState<number | null>(null);
  return (
    <ul className="people">
      {people.map((person) => (
        <li key={person.player} data-own={person.own} data-away={!person.connected}>
          <SeatMark seat={person.seat} />
          <span className="who">
            <bdi className="who-name">{person.name}</bdi>
            {person.own && <span className="tag">you</span>}
            {person.host && (
              <span className="crown" title="Host">
                <Icon name="crown" />
                <span className="unseen">Host</span>
              </span>
            )}
            {person.bot && <span className="tag">bot</span>}
            <Silence session={session} person={person.player} />
          </span>
          <PersonState session={session} person={person} until={absences.get(person.player)} />
          {!person.own && !person.bot && (
            <MoreButton
              name={person.name}
              isOpen={chosen === person.player}
              toggle={() => setChosen(chosen === person.player ? null : person.player)}
            />
          )}
          {isHost && !person.own && <KickButton session={session} person={person} say={say} />}
          {chosen === person.player && (
            <PersonButtons
              session={session}
              somebody={{ person: person.player, name: person.name, bot: person.bot, seated: true }}
              isHost={isHost}
              say={say}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

export function MoreButton(props: { name: string; isOpen: boolean; toggle: () => void }): ReactElement {
  return (
    <button
      type="button"
      className="kick plain"
      aria-label={`More about ${props.name}`}
      aria-expanded={props.isOpen}
      title="More"
      onClick={props.toggle}
    >
      <Icon name="more" />
    </button>
  );
}

/** That somebody is not heard, by us or by all. */
export function Silence({ session, person }: { session: ArenaSession; person: number }): ReactElement | null {
  const chat = useSessionChat(session);
  if (chat?.silenced.has(person)) return <span className="tag">silenced</span>;
  return chat?.muted.has(person) ? <span className="tag">ignored</span> : null;
}

function KickButton({ session, person, say }: { session: ArenaSession; person: Person; say: Props["say"] }) {
  return (
    <button
      type="button"
      className="kick plain"
      aria-label={`Kick ${person.name}`}
      title={`Kick ${person.name}`}
      onClick={() => ask(session, say, "kick", person.player)}
    >
      <Icon name="kick" />
    </button>
  );
}
