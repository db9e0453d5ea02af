/** Who has read the newest own line, of those who are here. */

import type { ReactElement } from "react";
import type { ChatLine } from "../../chat/index.ts";
import { usePlayers } from "../../react/index.ts";
import type { ArenaSession } from "../arena_session.ts";
import { seenByOf } from "./words.ts";

interface Props {
  readonly session: ArenaSession;
  readonly lines: readonly ChatLine[];
  readonly reads: ReadonlyMap<number, number>;
}

export function SeenBy({ session, lines, reads }: Props): ReactElement | null {
  const players = usePlayers(session);
  const last = lines.findLast(({ own, deleted }) => own && !deleted);
  if (last === undefined) return null;
  const others = players.filter(({ player, bot }) => !bot && player !== last.person);
  const readers = others.filter(({ player }) => (reads.get(player) ?? 0) >= last.id);
  const names = readers.map(({ nickname }) => nickname);
  const words = seenByOf(names, others.length);
  if (words === "") return null;
  return (
    <span className="seen-by" title={names.join(", ")}>
      <bdi>{words}</bdi>
    </span>
  );
}
