/** What the panels of a page read of a session: who is there, how the connection is, how it goes. */

import type { ConnectionState } from "../core/connection.ts";
import type { Quality } from "../core/quality.ts";
import type { Session } from "../core/session.ts";
import type { Statistics } from "../core/statistics.ts";
import type { SessionSubjects } from "../core/subjects.ts";
import type { Member, Results } from "../generated/protocol.ts";
import { Cell, look, type Reading, shallowEqual } from "./reading.ts";

/** Of a session, of whatever game, what these need; a test may give no more than that. */
export type Told = Pick<Session, "on">;
export type Connected = Pick<Session, "on" | "connection" | "quality">;
export type Peopled = Pick<Session, "on" | "players" | "me">;
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

/** The results that were told last, from the first subscription on: a session does not keep them. */
export function resultsReading(session: Told): Reading<Results | null> {
  const results = new Cell<Results | null>(null);
  return {
    read: results.read,
    subscribe(changed) {
      const stopTelling = results.subscribe(changed);
      const stopHearing = session.on("results", (told) => results.set(told));
      return () => {
        stopTelling();
        stopHearing();
      };
    },
  };
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
