/** The chat where the screen and its size have it; none while joining, at the end, and in sessions without. */

import type { ReactElement } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { useMedia, usePeople } from "../hooks.ts";
import { PeoplePanel } from "../people/people_panel.tsx";
import { ChatArea, type Place } from "./chat_area.tsx";
import { useSessionChat } from "./use_session_chat.ts";

const SMALL = "(max-width: 899px), (max-height: 540px)"; // styles/compact.css: there is no side panel

interface Props {
  readonly session: ArenaSession;
  readonly screen: string;
  readonly say: (words: string) => void;
}

export function SessionChat({ session, screen, say }: Props): ReactElement | null {
  const chat = useSessionChat(session);
  const small = useMedia(SMALL);
  const isHost = usePeople(session).some(({ own, host }) => own && host);
  if (chat === null || screen === "joining" || screen === "over") return null;
  const place: Place = small ? "button" : screen === "game" ? "corner" : "side";
  const people = <PeoplePanel session={session} say={say} />;
  return <ChatArea session={session} chat={chat} place={place} isHost={isHost} say={say} people={people} />;
}
