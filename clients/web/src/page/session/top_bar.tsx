/** Code, round clock, connection, mute and leave: there in every phase. */

import type { ReactElement } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { roundOf } from "../glances.ts";
import { useGlance } from "../hooks.ts";
import { Icon } from "../parts/icons.tsx";
import type { Say } from "../toasts.ts";
import { clockOf } from "../words.ts";
import { ConnectionIndicator } from "./connection_indicator.tsx";
import { copyLink } from "./invite.tsx";

interface Props {
  readonly session: ArenaSession;
  readonly muted: boolean;
  readonly toggleMute: () => void;
  readonly leave: () => void;
  readonly say: Say;
}

export function TopBar({ session, muted, toggleMute, leave, say }: Props): ReactElement {
  return (
    <div className="top">
      <Clock session={session} />
      <button
        type="button"
        className="top-code"
        aria-label={`Copy link to session ${session.code}`}
        title="Copy link"
        onClick={() => copyLink(session.code, say)}
      >
        {session.code}
        <Icon name="copy" />
      </button>
      <ConnectionIndicator session={session} />
      <button
        type="button"
        className="round-button"
        aria-label="Mute"
        aria-pressed={muted}
        title="Mute (M)"
        onClick={toggleMute}
      >
        <Icon name={muted ? "mute" : "sound"} />
      </button>
      <button type="button" className="leave" onClick={leave}>
        <Icon name="leave" />
        <span>Leave</span>
      </button>
    </div>
  );
}

/** Not a live region: a clock that is read aloud every second says nothing else any more. */
function Clock({ session }: { session: ArenaSession }): ReactElement {
  const { phase, leftS } = useGlance(session, roundOf);
  const words = { joining: "", lobby: "Lobby", countdown: "Get ready", active: clockOf(leftS), finished: "Results" };
  const soon = phase === "active" && leftS <= 10;
  return (
    <div className="clock" role="timer" aria-label="Round clock" aria-live="off" data-soon={soon} data-phase={phase}>
      {words[phase]}
    </div>
  );
}
