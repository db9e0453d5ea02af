/** One session on the screen: the arena, and around it what its phase needs. */

import { type ReactElement, useEffect, useMemo, useRef, useState } from "react";
import { useConnection } from "../../react/index.ts";
import type { ArenaView } from "../arena/view.ts";
import type { ArenaSession } from "../arena_session.ts";
import { SessionChat } from "../chat/session_chat.tsx";
import { type Phase, roundOf } from "../glances.ts";
import { useGlance, useMedia, useRanking } from "../hooks.ts";
import { rememberMute } from "../memory.ts";
import { ToastList } from "../parts/toast_list.tsx";
import { useAway } from "../people/use_away.ts";
import { useWatching } from "../people/use_watching.ts";
import type { Sounds } from "../sound/index.ts";
import { announcePeople, Toasts } from "../toasts.ts";
import type { Visit } from "../visit.ts";
import { BetweenRounds } from "./between_rounds.tsx";
import { Countdown } from "./countdown.tsx";
import { GameHelp } from "./game_help.tsx";
import { Interruption } from "./interruption.tsx";
import { Lobby } from "./lobby.tsx";
import { OverCard } from "./over_card.tsx";
import { ResultsCard } from "./results_card.tsx";
import { Scores } from "./scores.tsx";
import { Stage } from "./stage.tsx";
import { StorageNotice } from "./storage_notice.tsx";
import { TopBar } from "./top_bar.tsx";
import { TouchControls } from "./touch_controls.tsx";
import { useMuteKey } from "./use_mute_key.ts";
import { WatchBanner } from "./watch_banner.tsx";

interface Props {
  readonly visit: Visit;
  readonly session: ArenaSession;
  readonly sounds: Sounds;
}

const COMPACT = "(max-width: 899px), (max-height: 540px)"; // as compact.css has it

const SCREENS: Record<Phase, string> = {
  joining: "joining",
  lobby: "lobby",
  countdown: "game",
  active: "game",
  finished: "results",
};

export function SessionScreen({ visit, session, sounds }: Props): ReactElement {
  const toasts = useMemo(() => new Toasts(), []);
  const view = useRef<ArenaView | null>(null);
  const connection = useConnection(session)?.state ?? session.connection;
  const watching = useWatching(session);
  const phase = useGlance(session, (now, nowMs) => roundOf(now, nowMs).phase);
  const ranking = useRanking(session);
  const compact = useMedia(COMPACT);
  const [muted, toggleMute] = useMute(sounds);
  useEffect(() => announcePeople(session, toasts.say), [session, toasts]);
  // Whoever cannot see the screen change is told by the focus.
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useMuteKey(toggleMute);
  useAway(session);
  useEffect(() => visit.noteWatching(watching), [visit, watching]);
  useEffect(() => {
    addEventListener("click", giveFocusBack);
    return () => removeEventListener("click", giveFocusBack);
  }, []);
  const screen = connection.name === "closed" ? "over" : SCREENS[phase];
  const playing = screen === "game" || screen === "lobby";

  return (
    <div className="session" data-screen={screen} data-phase={phase} data-watching={watching}>
      <h1 className="unseen" tabIndex={-1} ref={heading}>
        Session {session.code}
      </h1>
      <p className="unseen" role="status">
        {phase === "active" && "The round has started."}
      </p>
      <div className="field">
        <Stage session={session} client={visit.client} sounds={sounds} view={view} say={toasts.say} />
        {watching && screen !== "over" && <WatchBanner session={session} say={toasts.say} />}
        {!watching && <TouchControls session={session} shown={playing} />}
        {phase === "countdown" && <Countdown session={session} />}
        {screen === "joining" && <p className="joining">Joining {session.code} ...</p>}
        <Interruption session={session} />
        <StorageNotice session={session} />
        <ToastList toasts={toasts} />
      </div>
      <aside className="side" aria-label="Session" inert={screen === "over"}>
        <TopBar session={session} muted={muted} toggleMute={toggleMute} leave={() => visit.leave()} say={toasts.say} />
        {screen === "lobby" && <Lobby session={session} say={toasts.say} />}
        {screen === "game" && <Scores session={session} />}
        {screen === "results" && !compact && <BetweenRounds session={session} say={toasts.say} />}
        {screen === "game" && <GameHelp watching={watching} netGraph={() => view.current?.toggleNetGraph()} />}
      </aside>
      {screen === "results" && <ResultsCard session={session} ranking={ranking} say={toasts.say} compact={compact} />}
      {connection.name === "closed" && <OverCard visit={visit} session={session} ending={connection} />}
      <SessionChat session={session} screen={screen} say={toasts.say} />
    </div>
  );
}

/** After a click (not a key press) on a button the space bar is for the dash again. */
function giveFocusBack(event: MouseEvent): void {
  if (event.detail > 0 && document.activeElement instanceof HTMLButtonElement) document.activeElement.blur();
}

function useMute(sounds: Sounds): [muted: boolean, toggle: () => void] {
  const [muted, setMuted] = useState(sounds.muted);
  const toggle = () => {
    sounds.muted = !sounds.muted;
    rememberMute(sounds.muted);
    setMuted(sounds.muted);
  };
  return [muted, toggle];
}
