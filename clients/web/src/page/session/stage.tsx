/** The arena's place: a view is opened when the map is known, and anew when the map or the tables change. */

import { type ReactElement, type RefObject, useEffect, useRef, useState } from "react";
import { TileMap } from "../../arena/map.ts";
import { mapsOf } from "../../arena/twin.ts";
import type { Client } from "../../core/client.ts";
import type { ArenaView } from "../arena/view.ts";
import type { ArenaSession } from "../arena_session.ts";
import { ask } from "../ask.ts";
import { useGlance, useMedia } from "../hooks.ts";
import type { Sounds } from "../sound/index.ts";

interface Props {
  readonly session: ArenaSession;
  readonly client: Pick<Client, "describeGame">;
  readonly sounds: Sounds;
  readonly view: RefObject<ArenaView | null>;
  readonly say: (words: string) => void;
}

const NOT_LOADED = "The arena could not be loaded. Reload the page; your seat is kept.";
const NO_WEBGL =
  "The arena cannot be drawn here: it needs WebGL. Switch hardware acceleration on, or use another browser.";

export function Stage({ session, client, sounds, view, say }: Props): ReactElement {
  const host = useRef<HTMLDivElement>(null);
  const [fault, setFault] = useState("");
  const [drawn, setDrawn] = useState(false);
  const calm = useMedia("(prefers-reduced-motion: reduce)");
  // A string, so that a welcome that changes nothing opens nothing; null until there is a state to draw.
  const wanted = useGlance(session, wantedOf);

  useEffect(() => {
    if (!wanted || host.current === null) return;
    const [game, map] = JSON.parse(wanted) as [string, number, number[]];
    let over = false;
    let opened: ArenaView | null = null;
    let likelyFault = NOT_LOADED;
    const place = host.current;
    const open = async () => {
      // The drawing is most of the page's weight: it comes while the first states come in.
      const [{ ArenaView }, assets] = await Promise.all([import("../arena/view.ts"), client.describeGame(game)]);
      const chosen = mapsOf(assets)[map];
      if (over || chosen === undefined) return;
      likelyFault = NO_WEBGL;
      opened = await ArenaView.open(place, session, new TileMap(chosen.name, chosen.rows), { calm, sounds });
      if (over) return opened.close();
      view.current = opened;
      setDrawn(true);
    };
    setFault("");
    setDrawn(false);
    open().catch((error: unknown) => {
      if (!over) setFault(likelyFault);
      console.error(error);
    });
    return () => {
      over = true;
      view.current = null;
      opened?.close();
    };
  }, [wanted, session, client, sounds, calm, view]);

  // The view says which item was clicked.
  useEffect(() => {
    const place = host.current;
    const collect = (event: Event) => ask(session, say, "collect", (event as CustomEvent<number>).detail);
    place?.addEventListener("collect", collect);
    return () => place?.removeEventListener("collect", collect);
  }, [session, say]);

  return (
    <>
      <div className="arena" ref={host} />
      {wanted !== null && !drawn && fault === "" && <p className="joining">Drawing the arena ...</p>}
      {fault !== "" && (
        <p className="arena-fault" role="alert">
          {fault}
        </p>
      )}
    </>
  );
}

function wantedOf({ replica, welcome, settings, watching }: ArenaSession): string | null {
  if (replica === null || replica.tick < 0 || welcome === null) return null;
  return JSON.stringify([welcome.game, settings.map ?? 0, welcome.rows, watching]);
}
