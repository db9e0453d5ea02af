/** Keyboard, gamepad and the stick of a touch screen, for as long as a seat is ours. */

import { type ReactElement, useEffect, useRef } from "react";
import type { ArenaSession } from "../arena_session.ts";
import { Controls } from "../controls/index.ts";

export function TouchControls({ session, shown }: { session: ArenaSession; shown: boolean }): ReactElement {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const controls = new Controls((values) => session.setInput(values));
    controls.attachKeyboard(window);
    controls.attachGamepad();
    const stick = controls.makeStick();
    host.current?.append(stick);
    return () => {
      controls.close();
      stick.remove();
    };
  }, [session]);
  return <div className="touch" data-shown={shown} ref={host} />;
}
