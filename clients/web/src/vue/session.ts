/** A session from components: shallow refs, each of which changes only when what it shows has changed. */

import { type ComputedRef, computed, type MaybeRefOrGetter, markRaw, type ShallowRef, toValue, watch } from "vue";
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
import { findClient } from "./client.ts";
import { useReading, whenMounted } from "./reading.ts";

/** A ref whose value is not looked into: it changes as a whole. */
type Shown<T> = Readonly<ShallowRef<T>>;

export interface UseSessionOptions<Game extends GameSchema> extends HoldOptions {
  /** Default: the provided one, or else a client of the page's own server. */
  readonly client?: Client<Game> | undefined;
}

export type UseSession<Game extends GameSchema> = {
  readonly [Name in keyof SessionStanding<Game>]: ComputedRef<SessionStanding<Game>[Name]>;
} & {
  /** Try again now: after the end, or without waiting for the next attempt. */
  readonly retry: () => void;
  /** Give the seat up. To unmount does not: whoever uses the session again within the grace time has it again. */
  readonly leave: () => void;
};

/**
 * The session with this code: joined when the component is mounted, disconnected when it is not. Null for none.
 *
 *     const { session, status, error, retry } = useSession<typeof ARENA>(() => props.code, { nickname });
 *
 * Another code is another session; the options count when it is joined.
 */
export function useSession<Game extends GameSchema = GameSchema>(
  code: MaybeRefOrGetter<string | null>,
  options: UseSessionOptions<Game> = {},
): UseSession<Game> {
  const client = options.client ?? findClient<Game>();
  const use = computed(() => sessionUse(client, toValue(code), () => options));
  const standing = useReading(() => use.value);
  return {
    // Raw: a proxy, as `reactive` would make it, cannot reach what is private in a session.
    session: computed(() => standing.value.session && markRaw(standing.value.session)),
    status: computed(() => standing.value.status),
    error: computed(() => standing.value.error),
    retry: () => use.value.retry(),
    leave: () => use.value.leave(),
  };
}

/**
 * One value of the state: it changes when that value changes, and not with each state. Undefined before the first.
 *
 *     const score = useSessionState(session, (state) => state.players.at(seat).score);
 *
 * `select` gives plain values, or new objects of them, then with `shallowEqual`; rows are windows on the state, and always
 * the same. States are looked at once a display frame at most, and no more often than `everyMs`. What else `select` reads
 * is not followed: it counts at the next state.
 */
export function useSessionState<Game extends GameSchema, T>(
  session: MaybeRefOrGetter<Stateful<Game> | null>,
  select: Select<Game, T>,
  isEqual: IsEqual<T> = Object.is,
  { everyMs = 0 }: { readonly everyMs?: number } = {},
): Shown<T | undefined> {
  return useReadingOf<Stateful<Game>, T | undefined>(session, NOWHERE, (session) => {
    const selection = new Selection<Game, T>(session, everyMs);
    return {
      read: () => selection.read(select, isEqual),
      subscribe: (changed) => selection.subscribe(changed),
    };
  });
}

/** Who has a seat, in the order of the seats. */
export function usePlayers(session: MaybeRefOrGetter<Peopled | null>): Shown<readonly Member[]> {
  return useReadingOf(session, NOBODY, playersReading);
}

/** The own line of the players; null while watching, and before the first welcome. */
export function useMe(session: MaybeRefOrGetter<Peopled | null>): Shown<Member | null> {
  return useReadingOf(session, NOTHING, meReading);
}

/** How the connection is; null without a session. */
export function useConnection(session: MaybeRefOrGetter<Connected | null>): Shown<ConnectionView | null> {
  return useReadingOf<Connected, ConnectionView | null>(session, NOTHING, connectionReading);
}

/** Of the round that ended last, since the session was joined; null before. */
export function useResults(session: MaybeRefOrGetter<Played | null>): Shown<Results | null> {
  return useReadingOf(session, NOTHING, resultsReading);
}

/** The figures, anew every `everyMs`; null without a session. */
export function useStatistics(session: MaybeRefOrGetter<Measured | null>, everyMs = 500): Shown<Figures | null> {
  return useReadingOf<Measured, Figures | null>(session, NOTHING, (session) => statisticsReading(session, everyMs));
}

/** Call `callback` at each event with this name, or with null at every event. */
export function useEvents(
  session: MaybeRefOrGetter<Told | null>,
  name: MaybeRefOrGetter<string | null>,
  callback: (event: GameEvent) => void,
): void {
  whenMounted(() => {
    watch(
      () => toValue(session),
      (session, _, onCleanup) => {
        const wanted = (event: GameEvent) => [null, event.name].includes(toValue(name));
        if (session) onCleanup(session.on("event", (event) => wanted(event) && callback(event)));
      },
      { immediate: true, flush: "sync" },
    );
  });
}

const NOWHERE = constant(undefined);
const NOBODY = constant<readonly Member[]>([]);
const NOTHING = constant(null);

/** A reading of the session of now; `none` without one. */
function useReadingOf<Session, T>(
  session: MaybeRefOrGetter<Session | null>,
  none: Reading<T>,
  of: (session: Session) => Reading<T>,
): Shown<T> {
  const reading = computed(() => {
    const now = toValue(session);
    return now === null ? none : of(now);
  });
  return useReading(() => reading.value);
}
