/** Ready, and for the host: start now. */

import type { ReactElement } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { ask } from "../ask.ts";
import type { Person } from "../glances.ts";
import { Icon } from "../parts/icons.tsx";

interface Props {
  readonly session: ArenaSession;
  readonly people: readonly Person[];
  readonly isHost: boolean;
  readonly say: (words: string) => void;
}

export function ReadyButtons({ session, people, isHost, say }: Props): ReactElement {
  const ready = people.some(({ own, ready }) => own && ready);
  const humans = people.filter(({ bot, connected }) => !bot && connected); // whoever is away holds nobody up
  const readyCount = humans.filter(({ ready }) => ready).length;
  return (
    <div className="ready-buttons">
      <button
        type="button"
        className={isHost ? "ready" : "ready first"}
        aria-pressed={ready}
        onClick={() => ask(session, say, "ready", ready ? 0 : 1)}
      >
        <span className="tick" aria-hidden="true">
          {ready && <Icon name="check" />}
        </span>
        Ready
        <span className="ready-count" aria-hidden="true">{`${readyCount}/${humans.length}`}</span>
      </button>
      {isHost && (
        <button type="button" className="first" onClick={() => ask(session, say, "start")}>
          <Icon name="play" />
          Start
        </button>
      )}
    </div>
  );
}
