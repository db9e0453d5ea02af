/** The toasts, in one polite live region that is always there: a region that comes with its words is often not read. */

import { type ReactElement, useSyncExternalStore } from "react";
import type { Toasts } from "../toasts.ts";

export function ToastList({ toasts }: { toasts: Toasts }): ReactElement {
  const shown = useSyncExternalStore(toasts.subscribe, () => toasts.shown);
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, words, kept }) => (
        <p className="toast" data-kept={kept} key={id}>
          {words}
        </p>
      ))}
    </div>
  );
}
