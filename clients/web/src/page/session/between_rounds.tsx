/** Beside the results, or on a small screen folded into them: who is still here and ready, and the settings of the next round. */

import type { ReactElement } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { usePeople } from "../hooks.ts";
import { PeoplePanel } from "../people/people_panel.tsx";
import { SettingsPanel } from "./settings_panel.tsx";

export function BetweenRounds({ session, say }: { session: ArenaSession; say: (words: string) => void }): ReactElement {
  const people = usePeople(session);
  const isHost = people.some(({ own, host }) => own && host);
  return (
    <section className="between" aria-labelledby="between-title">
      <h2 id="between-title">Who is here</h2>
      <PeoplePanel session={session} say={say} />
      <SettingsPanel session={session} isHost={isHost} say={say} />
    </section>
  );
}
