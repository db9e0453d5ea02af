/** What the panels of a page read of a session: who is there, how the connection is, how it goes. */

import type { ConnectionState } from "../core/connection.ts";
import type { Quality } from "../core/quality.ts";
import type { Session } from "../core/session.ts";
import type { Statistics } from "../core/statistics.ts";
import type { SessionSubjects } from "../core/subjects.ts";
import type { Member, Results } from "../generated/protocol.ts";
import { look, type Reading, shallowEqual } from "./reading.ts";

/** Of a session, of whatever game, what these need; a test may give no more than that. */
export type Told = Pick<Session, "on">;
export type Played = Pick<Session, "on" | "results">;
export type Connected = Pick<Session, "on" | "connection" | "quality">;
export type Peopled = Pick<Session, "on" | "players" | "me">;
export type Watched = Pick<Session, "on" | "watchers">;
export type Measured = Pick<Session, "statistics">;

export interface ConnectionView {
  readonly state: ConnectionState;
  readonly quality: Quality;
}

/** The figures of `session.statistics` as they were at one moment; `history` goes on. */
export type Figures = Readonly<Omit<Statistics, "receiveRoundTrip" | "receiveCorrection" | "correctionAt" | "sample">>;

export function connectionReading(session: Connected): Reading<ConnectionView> {
  return look(
    () => ({ state: session.connection, quality: session.quality }),
    (again) => onAny(session, ["connection", "quality"], again),
    shallowEqual,
  );
}

/** Who has a seat, in the order of the seats. */
export function playersReading(session: Peopled): Reading<readonly Member[]> {
  return look(
    () => [...session.players.values()].sort((one, other) => one.seat - other.seat),
    (again) => onAny(session, ["players", "welcome"], again),
    shallowEqual,
  );
}

/** The own line of the players; null while watching, and before the first welcome. */
export function meReading(session: Peopled): Reading<Member | null> {
  return look(
    () => session.me,
    (again) => onAny(session, ["players", "welcome"], again),
  );
}

/** Who looks on: nicknames by person. */
export function watchersReading(session: Watched): Reading<ReadonlyMap<number, string>> {
  return look(
    () => session.watchers,
    (again) => session.on("watchers", again),
  );
}

/** Of the round that ended last, since the session was joined; null before. */
export function resultsReading(session: Played): Reading<Results | null> {
  return look(
    () => session.results,
    (again) => session.on("results", again),
  );
}

export function statisticsReading(session: Measured, everyMs: number): Reading<Figures> {
  return look<Figures>(
    () => ({ ...session.statistics }),
    (again) => {
      const timer = setInterval(again, everyMs);
      return () => clearInterval(timer);
    },
    shallowEqual,
  );
}

function onAny(session: Told, subjects: readonly (keyof SessionSubjects)[], act: () => void): () => void {
  const stops = subjects.map((subject) => session.on(subject, act));
  return () => {
    for (const stop of stops) stop();
  };
}
