/**
 * A session in React, as the panels need it. State comes up to 60 times a second; the panels look ten times a second
 * and are rendered only when what they look at has changed.
 */

import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import { usePlayers, useResults, useSessionState } from "../react/index.ts";
import type { ArenaSession } from "./arena_session.ts";
import { type Person, type Placed, peopleIn, rankingOf } from "./glances.ts";

const GLANCE_MS = 100;
const MOVED = 4016;
const NOBODY: readonly Person[] = [];

type Subject = Parameters<ArenaSession["on"]>[0];

/** `read` of the session, anew whenever one of the subjects is told. */
export function useTold<T>(session: ArenaSession, subjects: readonly Subject[], read: (session: ArenaSession) => T): T {
  const [, renderAgain] = useReducer((count: number) => count + 1, 0);
  const names = subjects.join(" ");
  useEffect(() => {
    const stops = names.split(" ").map((name) => session.on(name as Subject, renderAgain));
    renderAgain(); // what was told between the first rendering and this effect
    return () => {
      for (const stop of stops) stop();
    };
  }, [session, names]);
  return read(session);
}

/** `read` of the session ten times a second, for what moves with the clock. Compared as JSON: plain values, not many. */
export function useGlance<T>(session: ArenaSession, read: (session: ArenaSession, nowMs: number) => T): T {
  const [glance, setGlance] = useState(() => read(session, performance.now()));
  const latest = useRef(read);
  latest.current = read;
  useEffect(() => {
    let shown = "";
    const look = () => {
      if (shown !== "" && isBetweenStates(session)) return;
      const next = latest.current(session, performance.now());
      const text = JSON.stringify(next);
      if (text === shown) return;
      shown = text;
      setGlance(next);
    };
    look();
    const timer = setInterval(look, GLANCE_MS);
    return () => clearInterval(timer);
  }, [session]);
  return glance;
}

/** Everybody who has a seat, by seat. */
export function usePeople(session: ArenaSession): readonly Person[] {
  usePlayers(session); // names, joins and drops are told; ready, host and scores are state
  return useSessionState(session, () => peopleIn(session), sameText, { everyMs: GLANCE_MS }) ?? NOBODY;
}

/** The newest ranking, with the names of then; null before the first. */
export function useRanking(session: ArenaSession): readonly Placed[] | null {
  const results = useResults(session);
  return useMemo(() => results && rankingOf(results, session), [results, session]);
}

/** Who is away, and until which tick the seat is kept: by player id. */
export function useAbsences(session: ArenaSession): ReadonlyMap<number, number> {
  const [absences, setAbsences] = useState<ReadonlyMap<number, number>>(new Map());
  useEffect(
    () =>
      session.on("fact", (fact) => {
        if (fact.kind === "dropped") setAbsences((now) => new Map(now).set(fact.player, fact.until));
        else if (fact.kind === "resumed" || fact.kind === "left") setAbsences((now) => without(now, fact.player));
      }),
    [session],
  );
  return absences;
}

/** The code of the server's last closing message, until we are live again: why the connection is being made anew. */
export function useLastClosing(session: ArenaSession): number | null {
  const [code, setCode] = useState<number | null>(null);
  useEffect(() => {
    const stops = [
      session.on("fact", (fact) => {
        // On the way to where the session is nothing new is said.
        if (fact.kind === "closing" && fact.code !== MOVED) setCode(fact.code);
      }),
      session.on("connection", (state) => {
        if (state.name === "live") setCode(null);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  }, [session]);
  return code;
}

/** Whether the browser believes that there is a network. */
export function useOnline(): boolean {
  const [online, setOnline] = useState(() => navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    addEventListener("online", look);
    addEventListener("offline", look);
    return () => {
      removeEventListener("online", look);
      removeEventListener("offline", look);
    };
  }, []);
  return online;
}

/** Whether it has held for `ms` without a break. */
export function useLasting(holds: boolean, ms: number): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (!holds) return;
    const timer = setTimeout(() => setLasts(true), ms);
    return () => {
      clearTimeout(timer);
      setLasts(false);
    };
  }, [holds, ms]);
  return holds && lasts;
}

/** Does the media query hold? */
export function useMedia(query: string): boolean {
  const [holds, setHolds] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const look = () => setHolds(media.matches);
    look();
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, [query]);
  return holds;
}

/** After a drop and before the first state, or while a whole one is asked for: what is shown is the best there is. */
function isBetweenStates({ replica }: ArenaSession): boolean {
  return replica !== null && replica.tick < 0;
}

function without(map: ReadonlyMap<number, number>, key: number): ReadonlyMap<number, number> {
  const rest = new Map(map);
  return rest.delete(key) ? rest : map;
}

function sameText(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
