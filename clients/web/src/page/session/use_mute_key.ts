/** The panels' own key, beside those that steer and those of the arena: M mutes. */

import { useEffect, useRef } from "react";

export function useMuteKey(mute: () => void): void {
  const latest = useRef(mute);
  useEffect(() => {
    latest.current = mute;
  }, [mute]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.code !== "KeyM" || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof Element && event.target.closest("input, select, textarea")) return;
      latest.current();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
