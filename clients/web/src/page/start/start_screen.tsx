/** The first screen: a name, then play at once, a new session, a code, or one of the open sessions. */

import { type ReactElement, useEffect, useRef, useState } from "react";
import { NAME_MAX_CHARACTERS } from "../../generated/protocol.ts";
import { Icon } from "../parts/icons.tsx";
import type { Visit } from "../visit.ts";
import { CreateForm } from "./create_form.tsx";
import { HowToPlay } from "./how_to_play.tsx";
import { JoinForm } from "./join_form.tsx";
import { OpenSessions } from "./open_sessions.tsx";
import { Scene } from "./scene.tsx";
import { useMaking } from "./use_making.ts";

export function StartScreen({ visit }: { visit: Visit }): ReactElement {
  const name = useRef<HTMLInputElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  // Whoever comes back from a session and cannot see it is told by the focus.
  useEffect(() => {
    if (visit.count > 0) heading.current?.focus({ preventScroll: true });
  }, [visit]);
  const [fault, setFault] = useState("");
  const enter = (code: string, watch: boolean, password = "") => {
    visit.name = name.current?.value ?? "";
    visit.enter({ code, watch }, password);
  };
  const { busy, make } = useMaking(visit.client.api, setFault, (code, password) => enter(code, false, password));
  return (
    <div className="start" data-screen="start">
      <section className="hero">
        <div className="hero-words">
          <header className="brand">
            <img src="./icon.svg" alt="" width="44" height="44" />
            <h1 tabIndex={-1} ref={heading}>
              Tickroom
            </h1>
          </header>
          <p className="tagline">Collect more than the others. Dash into them.</p>
          <form
            className="hero-form"
            onSubmit={(event) => {
              event.preventDefault();
              make("quick play");
            }}
          >
            <label htmlFor="nickname">Your name</label>
            <div className="hero-row">
              <input
                ref={name}
                id="nickname"
                name="nickname"
                autoComplete="nickname"
                enterKeyHint="go"
                maxLength={NAME_MAX_CHARACTERS}
                placeholder="What others call you"
                defaultValue={visit.name}
              />
              <button type="submit" className="first quick" disabled={busy}>
                <Icon name="play" />
                Quick play
              </button>
            </div>
          </form>
          <p className="fault" role="alert">
            {fault}
          </p>
        </div>
        <Scene />
      </section>
      <div className="ways">
        <CreateForm busy={busy} create={(wishes) => make(wishes)} />
        <JoinForm enter={enter} />
        <OpenSessions client={visit.client} enter={enter} />
        <HowToPlay />
      </div>
    </div>
  );
}
