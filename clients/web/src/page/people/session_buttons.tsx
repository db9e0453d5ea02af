/** What concerns everybody: the host locks the session and adds bots; whoever has a seat may rather watch. */

import type { ReactElement } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { ask } from "../ask.ts";
import { useTold } from "../hooks.ts";
import { Icon } from "../parts/icons.tsx";

interface Props {
  readonly session: ArenaSession;
  readonly isHost: boolean;
  readonly isFull: boolean;
  readonly say: (words: string) => void;
}

export function SessionButtons({ session, isHost, isFull, say }: Props): ReactElement {
  const locked = useTold(session, ["settings", "welcome"], () => session.settings.locked === 1);
  const watching = useTold(session, ["welcome"], () => session.watching);
  return (
    <div className="session-tools">
      {isHost && (
        <>
          <button
            type="button"
            className="small"
            aria-pressed={locked}
            title={locked ? "Nobody new may come in" : "Let nobody new in"}
            onClick={() => ask(session, say, "lock", locked ? 0 : 1)}
          >
            <Icon name={locked ? "lock" : "unlock"} />
            {locked ? "Locked" : "Lock"}
          </button>
          <button type="button" className="small" disabled={isFull} onClick={() => ask(session, say, "add_bot")}>
            <Icon name="bot" />
            Add bot
          </button>
        </>
      )}
      {!watching && (
        <button
          type="button"
          className="small plain"
          title="Give the seat up and look on"
          onClick={() => ask(session, say, "stand")}
        >
          <Icon name="eye" />
          Watch instead
        </button>
      )}
    </div>
  );
}
