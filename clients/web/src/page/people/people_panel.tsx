/** Who is here: seats, watchers, and what may be done. In the lobby, between rounds, and beside a running game. */

import type { ReactElement } from "react";
import { useWatchers } from "../../react/index.ts";
import type { ArenaSession } from "../arena_session.ts";
import { usePeople, useTold } from "../hooks.ts";
import { PeopleList } from "./people_list.tsx";
import { SessionButtons } from "./session_buttons.tsx";
import { useSeatCount } from "./use_seat_count.ts";
import { WatchersList, type Watching } from "./watchers_list.tsx";

/** In the order in which they came. */
function watchersIn(watchers: ReadonlyMap<number, string>): Watching[] {
  return [...watchers].map(([person, nickname]) => ({ person, nickname }));
}

interface Props {
  readonly session: ArenaSession;
  readonly say: (words: string) => void;
}

export function PeoplePanel({ session, say }: Props): ReactElement {
  const people = usePeople(session);
  const watchers = watchersIn(useWatchers(session));
  const seats = useSeatCount(session);
  const ownId = useTold(session, ["welcome"], () => session.welcome?.player ?? 0);
  const isHost = people.some(({ own, host }) => own && host);
  return (
    <div className="people-panel">
      <PeopleList session={session} people={people} isHost={isHost} say={say} />
      <WatchersList session={session} watchers={watchers} ownId={ownId} isHost={isHost} say={say} />
      <SessionButtons session={session} isHost={isHost} isFull={people.length >= seats} say={say} />
    </div>
  );
}
