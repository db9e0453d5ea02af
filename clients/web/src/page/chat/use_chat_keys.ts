/** Enter goes to the chat, wherever it is not some control's own; Escape folds it. */

import { useEffect, useRef } from "react";

const TAKEN = "input, select, textarea, button, a[href], summary, [role=button], [contenteditable]";
const DIALOG = "dialog, [role=dialog], [role=alertdialog]";

export interface ChatKeys {
  readonly open: () => void;
  /** Null while there is nothing to fold: then Escape is somebody else's. */
  readonly fold: (() => void) | null;
}

export function useChatKeys(keys: ChatKeys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  }, [keys]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (!isPlain(event) || isIn(event.target, DIALOG)) return;
      const { open, fold } = latest.current;
      const act = event.key === "Escape" ? fold : event.key === "Enter" && !isIn(event.target, TAKEN) ? open : null;
      if (act === null) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

/** Pressed once, alone, and not for anything else: an input method, or what was focused. */
function isPlain(event: KeyboardEvent): boolean {
  if (event.repeat || event.isComposing || event.defaultPrevented) return false;
  return !(event.ctrlKey || event.metaKey || event.altKey);
}

function isIn(target: EventTarget | null, kinds: string): boolean {
  return target instanceof Element && target.closest(kinds) !== null;
}
