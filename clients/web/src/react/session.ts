/** A session from components, each rendered only when what it shows has changed. */

import { useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { type HoldOptions, type SessionStanding, sessionUse } from "../bindings/held_session.ts";
import { constant, type Reading } from "../bindings/reading.ts";
import { type IsEqual, type Select, Selection, type Stateful } from "../bindings/selection.ts";
import {
  type Connected,
  type ConnectionView,
  connectionReading,
  type Figures,
  type Measured,
  meReading,
  type Peopled,
  type Played,
  playersReading,
  resultsReading,
  statisticsReading,
  type Told,
} from "../bindings/session_readings.ts";
import type { Client } from "../core/client.ts";
import type { GameSchema } from "../core/schema.ts";
import type { GameEvent } from "../core/subjects.ts";
import type { Member, Results } from "../generated/protocol.ts";
import { useClientOr } from "./client.ts";
import { useReading } from "./reading.ts";

export interface UseSessionOptions<Game extends GameSchema> extends HoldOptions {
  /** Default: the provider's, or without one a client of the page's own server. */
  readonly client?: Client<Game> | undefined;
}

export interface UseSession<Game extends GameSchema> extends SessionStanding<Game> {
  /** Try again now: after the end, or without waiting for the next attempt. */
  readonly retry: () => void;
  /** Give the seat up. To unmount does not: whoever uses the session again within the grace time has it again. */
  readonly leave: () => void;
}

/**
 * The session with this code: joined when the component is mounted, disconnected when it is not. Null for none.
 *
 *     const { session, status, error, retry } = useSession<typeof ARENA>(code, { nickname });
 *
 * Another code, client or `watch` is another session; the other options count when it is joined.
 */
export function useSession<Game extends GameSchema = GameSchema>(
  code: string | null,
  options: UseSessionOptions<Game> = {},
): UseSession<Game> {
  const client = useClientOr(options.client);
  const watch = options.watch ?? false;
  const newest = useNewest(options);
  const use = useMemo(
    () => sessionUse(client, code, () => ({ ...newest.current, watch })),
    [client, code, watch, newest],
  );
  const standing = useReading(use);
  return useMemo(() => ({ ...standing, retry: use.retry, leave: use.leave }), [standing, use]);
}

/**
 * One value of the state: the component is rendered when it changes, and not with each state. Undefined before the first.
 *
 *     const score = useSessionState(session, (state) => state.players.at(seat).score);
 *
 * `select` gives plain values, or new objects of them, then with `shallowEqual`; rows are windows on the state, and always
 * the same. States are looked at once a display frame at most, and no more often than `everyMs`.
 */
export function useSessionState<Game extends GameSchema, T>(
  session: Stateful<Game> | null,
  select: Select<Game, T>,
  isEqual: IsEqual<T> = Object.is,
  { everyMs = 0 }: { readonly everyMs?: number } = {},
): T | undefined {
  const selection = useMemo(() => session && new Selection<Game, T>(session, everyMs), [session, everyMs]);
  return useReading({
    read: () => selection?.read(select, isEqual),
    subscribe: useMemo(() => selection?.subscribe.bind(selection) ?? NEVER, [selection]),
  });
}

/** Who has a seat, in the order of the seats. */
export function usePlayers(session: Peopled | null): readonly Member[] {
  return useReadingOf(session, playersReading, NOBODY);
}

/** The own line of the players; null while watching, and before the first welcome. */
export function useMe(session: Peopled | null): Member | null {
  return useReadingOf(session, meReading, NOTHING);
}

/** How the connection is; null without a session. */
export function useConnection(session: Connected | null): ConnectionView | null {
  return useReadingOf<Connected, ConnectionView | null>(session, connectionReading, NOTHING);
}

/** Of the round that ended last, since the session was joined; null before. */
export function useResults(session: Played | null): Results | null {
  return useReadingOf(session, resultsReading, NOTHING);
}

/** The figures, anew every `everyMs`; null without a session. */
export function useStatistics(session: Measured | null, everyMs = 500): Figures | null {
  const reading = useMemo(() => (session ? statisticsReading(session, everyMs) : NOTHING), [session, everyMs]);
  return useReading<Figures | null>(reading);
}

/** Call the newest `callback` at each event with this name, or with null at every event. Renders nothing. */
export function useEvents(session: Told | null, name: string | null, callback: (event: GameEvent) => void): void {
  const newest = useNewest(callback);
  useEffect(
    () => session?.on("event", (event) => (name === null || event.name === name) && newest.current(event)),
    [session, name, newest],
  );
}

const NEVER = () => () => {};
const NOBODY = constant<readonly Member[]>([]);
const NOTHING = constant(null);

function useReadingOf<Session, T>(session: Session | null, of: (session: Session) => Reading<T>, none: Reading<T>): T {
  return useReading(useMemo(() => (session === null ? none : of(session)), [session, of, none]));
}

/** What was given at the last rendering, for effects that shall not begin anew with it. */
function useNewest<T>(given: T): { readonly current: T } {
  const newest = useRef(given);
  useLayoutEffect(() => {
    newest.current = given;
  });
  return newest;
}
