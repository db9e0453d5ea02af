/** Who looks on without a seat. */

import { type ReactElement, useState } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { Icon } from "../parts/icons.tsx";
import { counted } from "../words.ts";
import { MoreButton, Silence } from "./people_list.tsx";
import { PersonButtons } from "./person_buttons.tsx";

export interface Watching {
  readonly person: number;
  readonly nickname: string;
}

interface Props {
  readonly session: ArenaSession;
  readonly watchers: readonly Watching[];
  readonly ownId: number;
  readonly isHost: boolean;
  readonly say: (words: string) => void;
}

export function WatchersList({ session, watchers, ownId, isHost, say }: Props): ReactElement | null {
  const [chosen, setChosen] = useState<number | null>(null);
  if (watchers.length === 0) return null;
  return (
    <div className="watchers">
      <h4 className="quiet">{counted(watchers.length, "watcher")}</h4>
      <ul className="people" aria-label="Watchers">
        {watchers.map(({ person, nickname }) => (
          <li key={person} data-own={person === ownId}>
            <span className="no-seat-mark">
              <Icon name="eye" />
            </span>
            <span className="who">
              <bdi className="who-name">{nickname}</bdi>
              {person === ownId && <span className="tag">you</span>}
              <Silence session={session} person={person} />
            </span>
            {person !== ownId && (
              <MoreButton
                name={nickname}
                isOpen={chosen === person}
                toggle={() => setChosen(chosen === person ? null : person)}
              />
            )}
            {chosen === person && (
              <PersonButtons
                session={session}
                somebody={{ person, name: nickname, bot: false, seated: false }}
                isHost={isHost}
                say={say}
              />
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
