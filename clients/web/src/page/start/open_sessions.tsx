/** The public sessions, as they come and go. */

import type { ReactElement } from "react";
import { type Listing, Status } from "../../generated/protocol.ts";
import { useLobby } from "../../react/index.ts";
import type { ArenaClient } from "../arena_session.ts";
import { MAP_NAMES } from "../choices.ts";
import { Icon } from "../parts/icons.tsx";
import { capitalised } from "../words.ts";

const MOST = 30;

interface Props {
  readonly client: ArenaClient;
  readonly enter: (code: string, watch: boolean) => void;
}

export function OpenSessions({ client, enter }: Props): ReactElement {
  const { sessions, error, isLoading } = useLobby(client);
  const hint = hintOf(sessions.length, error !== null, isLoading);
  return (
    <section className="panel open-panel" aria-labelledby="open-title">
      <h2 id="open-title">Open sessions</h2>
      {hint && <p className="hint">{hint}</p>}
      {sessions.length > 0 && (
        <ul className="open-sessions">
          {inOrder(sessions).map((session) => (
            <SessionLine key={session.code} session={session} enter={enter} />
          ))}
        </ul>
      )}
    </section>
  );
}

function hintOf(count: number, isFailing: boolean, isLoading: boolean): string {
  if (isLoading) return "Looking ...";
  if (isFailing) return "The server does not answer. Trying again by ourselves.";
  return count === 0 ? "None yet. Create the first, or use quick play." : "";
}

const STATUS_WORDS: Readonly<Record<number, string>> = {
  [Status.Waiting]: "not begun",
  [Status.Active]: "in a round",
  [Status.Finished]: "between rounds",
};

function SessionLine({ session, enter }: { session: Listing; enter: Props["enter"] }): ReactElement {
  const { code, players, seats, status, settings } = session;
  const full = players >= seats;
  const map = MAP_NAMES[settings.map ?? -1];
  return (
    <li data-code={code}>
      <div className="session-what">
        <strong className="session-code">
          {code}
          <Barrier settings={settings} />
        </strong>
        <span className="hint">
          {map && `${capitalised(map)}, `}
          {STATUS_WORDS[status]}
        </span>
      </div>
      <span className="session-seats">
        <Icon name="people" />
        <span className="unseen">Players: </span>
        {players}/{seats}
      </span>
      <span className="session-buttons">
        <button type="button" disabled={full} aria-label={`Join session ${code}`} onClick={() => enter(code, false)}>
          {full ? "Full" : "Join"}
        </button>
        <button
          type="button"
          className="plain"
          aria-label={`Watch session ${code}`}
          title="Watch"
          onClick={() => enter(code, true)}
        >
          <Icon name="eye" />
        </button>
      </span>
    </li>
  );
}

/** Said before somebody tries. */
function Barrier({ settings }: Pick<Listing, "settings">): ReactElement | null {
  const words = settings.locked ? "Locked by its host" : settings.password ? "Asks for a password" : "";
  if (words === "") return null;
  return (
    <span className="barrier" title={words}>
      <Icon name="lock" />
      <span className="unseen">{words}</span>
    </span>
  );
}

/** With a free seat first; then the fuller ones, for nobody likes to play alone. */
function inOrder(sessions: readonly Listing[]): Listing[] {
  const isFull = ({ players, seats }: Listing) => Number(players >= seats);
  return [...sessions].sort((one, other) => isFull(one) - isFull(other) || other.players - one.players).slice(0, MOST);
}
