/** Who has how many points, best first. */

import type { PlayerReading } from "../arena/reading.ts";
import type { Member } from "../generated/protocol.ts";
import { element } from "./element.ts";
import { seatDot } from "./palette.ts";

export class Scoreboard {
  readonly list = element("ol", { class: "scores", "aria-label": "Scores" });
  #shown = "";

  /** Show these players; touches the page only when something changed. */
  draw(players: readonly PlayerReading[], roster: ReadonlyMap<number, Member>, own: number): void {
    const sorted = [...players].sort((one, other) => other.score - one.score || one.seat - other.seat);
    const lines = sorted.map((player) => ({ player, member: roster.get(player.player) }));
    const text = JSON.stringify(
      lines.map(({ player: { seat, score, connected }, member }) => [seat, score, connected, member]),
    );
    if (text === this.#shown) return;
    this.#shown = text;
    this.list.replaceChildren(
      ...lines.map(({ player, member }) => {
        const classes = [player.player === own ? "own" : "", player.connected ? "" : "away"].filter(Boolean).join(" ");
        return element(
          "li",
          { class: classes || null, title: player.connected ? null : "Connection lost, seat kept" },
          seatDot(player.seat),
          element("span", { class: "who" }, member?.nickname ?? `Seat ${player.seat + 1}`),
          ...(member?.bot ? [element("span", { class: "tag" }, "bot")] : []),
          element("span", { class: "points" }, String(player.score)),
        );
      }),
    );
  }
}
