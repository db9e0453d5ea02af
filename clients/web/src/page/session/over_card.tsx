/** It is over for us: why, and what can be done. */

import { type ReactElement, useEffect, useRef } from "react";
import type { ArenaSession } from "../arena_session.ts";
import type { Visit } from "../visit.ts";
import { endingOf, SESSION_GONE, type WayOut } from "../words.ts";
import { PasswordForm } from "./password_form.tsx";

const WRONG_PASSWORD = 4015;

interface Props {
  readonly visit: Visit;
  readonly session: ArenaSession;
  readonly ending: { readonly code: number; readonly reason: string };
}

const NO_SUCH_SESSION = 4004;

const LABELS: Record<WayOut, string> = {
  again: "Try again",
  reload: "Reload the page",
  watch: "Watch",
  start: "To the start",
};

export function OverCard({ visit, session, ending }: Props): ReactElement {
  const asksPassword = ending.code === WRONG_PASSWORD;
  const wasGiven = asksPassword && visit.password !== "";
  const gone = ending.code === NO_SUCH_SESSION && session.welcome !== null;
  const { title, advice, ways } = gone ? SESSION_GONE : endingOf(ending.code, wasGiven ? "again" : ending.reason);
  const card = useRef<HTMLDivElement>(null);
  useEffect(() => (card.current?.querySelector("input") ?? card.current)?.focus(), []);
  const go: Record<WayOut, () => void> = {
    again: () => session.reconnect(),
    reload: () => location.reload(),
    watch: () => visit.enter({ code: session.code, watch: true }),
    start: () => visit.leave(),
  };
  return (
    <div className="dim">
      <div
        className="card over-card"
        role="alertdialog"
        aria-labelledby="over-title"
        aria-describedby="over-advice"
        tabIndex={-1}
        ref={card}
      >
        <p className="over-code">{session.code}</p>
        <h2 id="over-title">{title}</h2>
        <p id="over-advice">{advice}</p>
        {asksPassword && (
          <PasswordForm enter={(password) => visit.enter({ code: session.code, watch: session.watching }, password)} />
        )}
        <div className="buttons">
          {ways.map((way, at) => (
            <button key={way} type="button" className={at === 0 && !asksPassword ? "first" : ""} onClick={go[way]}>
              {LABELS[way]}
            </button>
          ))}
        </div>
      </div>
    </div>
  );
}
