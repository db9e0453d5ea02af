/** Enter goes to the chat, wherever it is not some control's own. */

import { useEffect, useRef } from "react";

const TAKEN = "input, select, textarea, button, a[href], summary, [role=button], [contenteditable]";

export function useEnterKey(open: () => void): void {
  const latest = useRef(open);
  useEffect(() => {
    latest.current = open;
  }, [open]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Enter" || event.repeat || event.isComposing) return;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (
        event.target instanceof Element &&
        event.target.closest(`${TAKEN}, dialog, [role=dialog], [role=alertdialog]`)
      )
        return;
      event.preventDefault();
      latest.current();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
