/** What most people leave as it is: a password, what becomes of who comes late, and how late spectators see it all. */

import type { ReactElement } from "react";
import type { SessionWishes } from "../../core/api.ts";

const USUAL_TICK_HZ = 30; // the server's default, which this form does not change
const PASSWORD_MOST = 64;

const LATE_JOINS = { play: "Play at once", wait: "Wait a round", watch: "Watch" } as const;
type LateJoin = keyof typeof LATE_JOINS;

const DELAYS_S = [0, 2, 5, 10, 20] as const; // at 30 Hz the server's most, 600 ticks, is 20 s

export function MoreSettings(): ReactElement {
  return (
    <details className="more-settings">
      <summary>More settings</summary>
      <div className="fields">
        <label className="field-of">
          <span>Password</span>
          <input name="password" type="text" autoComplete="off" maxLength={PASSWORD_MOST} placeholder="None" />
        </label>
        <label className="field-of">
          <span>Late joiners</span>
          <select name="late_join" defaultValue="play">
            {Object.entries(LATE_JOINS).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <label className="field-of">
          <span>Spectators see</span>
          <select name="spectator_delay_s" defaultValue={0}>
            {DELAYS_S.map((seconds) => (
              <option key={seconds} value={seconds}>
                {seconds === 0 ? "At once" : `${seconds} s later`}
              </option>
            ))}
          </select>
        </label>
      </div>
    </details>
  );
}

/** Only what is other than the server's own defaults. */
export function moreWishesIn(form: FormData): Pick<SessionWishes, "password" | "late_join" | "spectator_delay_ticks"> {
  const password = String(form.get("password") ?? "");
  const lateJoin = String(form.get("late_join") ?? "play") as LateJoin;
  const delayS = Number(form.get("spectator_delay_s") ?? 0);
  return {
    ...(password && { password }),
    ...(lateJoin !== "play" && { late_join: lateJoin }),
    ...(delayS > 0 && { spectator_delay_ticks: delayS * USUAL_TICK_HZ }),
  };
}
