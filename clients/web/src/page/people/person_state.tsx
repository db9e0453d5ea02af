/** How somebody with a seat is: ready, not there, or waiting for the next round. */

import type { ReactElement } from "react";
import { Presence, Status } from "../../generated/protocol.ts";
import { useSessionState } from "../../react/index.ts";
import type { ArenaSession } from "../arena_session.ts";
import type { Person } from "../glances.ts";
import { useGlance } from "../hooks.ts";
import { Icon } from "../parts/icons.tsx";

interface Props {
  readonly session: ArenaSession;
  readonly person: Person;
  /** The tick until which the seat of somebody who dropped is kept. */
  readonly until: number | undefined;
}

export function PersonState({ session, person, until }: Props): ReactElement | null {
  const presence = useSessionState(session, ({ seats }) => seats.at(person.seat)?.presence, Object.is, {
    everyMs: 100,
  });
  const isRunning = useSessionState(session, (state) => state.session.status === Status.Active) ?? false;
  if (!person.connected) return <Dropped session={session} until={until} />;
  if (presence === Presence.Away) {
    return (
      <span className="is-away" title="Does not look at the page">
        <Icon name="idle" />
        away
      </span>
    );
  }
  if (presence === Presence.Waiting) {
    return (
      <span className="quiet" title="Plays from the next round on">
        next round
      </span>
    );
  }
  if (person.bot || isRunning) return null; // who plays is ready
  return person.ready ? (
    <span className="is-ready">
      <Icon name="check" />
      ready
    </span>
  ) : (
    <span className="quiet">not ready</span>
  );
}

function Dropped({ session, until }: Omit<Props, "person">): ReactElement {
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
