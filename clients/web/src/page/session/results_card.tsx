/** After a round: who won, the own line marked, and the way to the next one. */

import { type ReactElement, type SyntheticEvent, useEffect, useRef } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { ask } from "../ask.ts";
import { byScore, type Placed, rankingFromScores, roundOf } from "../glances.ts";
import { useGlance, usePeople } from "../hooks.ts";
import { Icon } from "../parts/icons.tsx";
import { SeatMark } from "../parts/seat_mark.tsx";
import { counted, ordinalOf } from "../words.ts";
import { BetweenRounds } from "./between_rounds.tsx";

interface Props {
  readonly session: ArenaSession;
  readonly ranking: readonly Placed[] | null;
  readonly say: (words: string) => void;
  /** No room beside the card: what stands there elsewhere is folded into it. */
  readonly compact: boolean;
}

export function ResultsCard({ session, ranking, say, compact }: Props): ReactElement {
  const people = usePeople(session);
  const lines = ranking ?? rankingFromScores(byScore(people));
  const card = useRef<HTMLElement>(null);
  useEffect(() => card.current?.focus(), []);
  return (
    <div className="dim results-dim">
      <section className="card results" aria-labelledby="results-title" tabIndex={-1} ref={card}>
        <h2 id="results-title">{headlineOf(lines)}</h2>
        <ol className="ranking" aria-label="Ranking">
          {lines.map(({ place, player, seat, name, score, own }) => (
            <li key={player} data-own={own} data-place={place}>
              <span className="place">{ordinalOf(place)}</span>
              <SeatMark seat={seat} />
              <span className="who">
                <span className="who-name">{name}</span>
                {own && <span className="tag">you</span>}
              </span>
              <span className="points">{score}</span>
            </li>
          ))}
        </ol>
        <NextRound session={session} say={say} />
        {compact && (
          <details className="between-fold" onToggle={showOpened}>
            <summary>
              Players and settings
              <Icon name="down" />
            </summary>
            <BetweenRounds session={session} say={say} />
          </details>
        )}
      </section>
    </div>
  );
}

/** What unfolds at the end of a card may lie below its edge. */
function showOpened({ currentTarget }: SyntheticEvent<HTMLDetailsElement>): void {
  if (currentTarget.open) currentTarget.scrollIntoView({ block: "start" });
}

function NextRound({ session, say }: Pick<Props, "session" | "say">): ReactElement {
  const startsInS = useGlance(session, (now, nowMs) => roundOf(now, nowMs).startsInS);
  const people = usePeople(session);
  const own = people.find((person) => person.own);
  const waitingFor = people.filter(({ bot, connected, ready }) => !bot && connected && !ready).length;
  return (
    <div className="next-round">
      <p>
        {startsInS === null
          ? `Waiting for ${counted(waitingFor, "player")} to be ready`
          : `Next round in ${startsInS} s`}
      </p>
      {own && (
        <div className="buttons">
          <button
            type="button"
            className={own.host ? "ready" : "ready first"}
            aria-pressed={own.ready}
            onClick={() => ask(session, say, "ready", own.ready ? 0 : 1)}
          >
            <span className="tick" aria-hidden="true">
              {own.ready && <Icon name="check" />}
            </span>
            Ready for the next round
          </button>
          {own.host && (
            <button type="button" className="first" onClick={() => ask(session, say, "start")}>
              Rematch now
            </button>
          )}
        </div>
      )}
    </div>
  );
}

/** "You won", "Ann won", "Ann and you won"; nobody wins a round without points. */
export function headlineOf(lines: readonly Placed[]): string {
  const winners = lines.filter(({ place, score }) => place === 1 && score > 0);
  if (winners.length === 0) return "Nobody scored";
  if (winners.length > 2) return `${winners.length} players share the first place`;
  const names = winners
    .sort((one, other) => Number(one.own) - Number(other.own))
    .map(({ own, name }) => (own ? "you" : name));
  const words = names.join(" and ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} won`;
}
