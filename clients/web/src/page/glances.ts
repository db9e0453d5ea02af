/** What the panels show of a session at one moment. Plain values, so that two glances can be compared. */

import { type Results, Status } from "../generated/protocol.ts";
import type { ArenaSession } from "./arena_session.ts";

/** One seated player. */
export interface Person {
  readonly player: number;
  readonly seat: number;
  readonly name: string;
  readonly bot: boolean;
  readonly connected: boolean;
  readonly ready: boolean;
  readonly host: boolean;
  readonly own: boolean;
  readonly score: number;
}

export type Phase = "joining" | "lobby" | "countdown" | "active" | "finished";

export interface Round {
  readonly phase: Phase;
  /** Whole seconds, rounded up, until the next round starts; null when no countdown runs. */
  readonly startsInS: number | null;
  /** Whole seconds that the running round still has; 0 outside of one. */
  readonly leftS: number;
}

export interface Placed {
  readonly place: number;
  readonly player: number;
  readonly seat: number;
  readonly name: string;
  readonly score: number;
  readonly own: boolean;
}

/** Everybody who has a seat, by seat. */
export function peopleIn(session: ArenaSession): Person[] {
  if (!hasState(session)) return [];
  const { players, seats } = session.state;
  const people = [...session.players.values()].map(
    ({ player, seat, nickname, bot, connected }): Person => ({
      player,
      seat,
      name: nickname,
      bot,
      connected,
      ready: seats.at(seat)?.ready === 1,
      host: session.host === player,
      own: !session.watching && session.seat === seat,
      score: players.at(seat)?.score ?? 0,
    }),
  );
  return people.sort((one, other) => one.seat - other.seat);
}

/** The same, best first. */
export function byScore(people: readonly Person[]): Person[] {
  return [...people].sort((one, other) => other.score - one.score || one.seat - other.seat);
}

export function roundOf(session: ArenaSession, nowMs: number): Round {
  const { clock, welcome } = session;
  if (!hasState(session) || clock === null || welcome === null) return { phase: "joining", startsInS: null, leftS: 0 };
  const { status, startsAt, endsAt } = session.state.session;
  const secondsTo = (tick: number) => Math.max(0, Math.ceil((tick - clock.tickAt(nowMs)) / welcome.tickHz));
  if (status === Status.Active) return { phase: "active", startsInS: null, leftS: secondsTo(endsAt) };
  const startsInS = startsAt > 0 ? Math.max(1, secondsTo(startsAt)) : null;
  if (status === Status.Finished) return { phase: "finished", startsInS, leftS: 0 };
  return { phase: startsInS === null ? "lobby" : "countdown", startsInS, leftS: 0 };
}

/** The ranking that the server sent, with names as they are now: whoever leaves later keeps the line. */
export function rankingOf(results: Results, session: ArenaSession): Placed[] {
  return results.ranking.map(([seat, player, place, score]) => ({
    place,
    player,
    seat,
    name: session.players.get(player)?.nickname ?? "(left)",
    score,
    own: session.me?.player === player,
  }));
}

/** A ranking from the scores in the state, for who came after the results were told. Equal scores share a place. */
export function rankingFromScores(standings: readonly Person[]): Placed[] {
  return standings.map(({ player, seat, name, score, own }) => ({
    place: 1 + standings.filter((other) => other.score > score).length,
    player,
    seat,
    name,
    score,
    own,
  }));
}

function hasState(session: ArenaSession): boolean {
  return session.replica !== null && session.replica.tick >= 0;
}
