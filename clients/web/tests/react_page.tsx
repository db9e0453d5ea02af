/** A place to render React components in, for tests. */

import { act, type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";

declare global {
  /** React asks this before it warns of updates outside of `act`. */
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}

export interface Page {
  readonly element: HTMLElement;
  show(node: ReactNode): Promise<void>;
  close(): Promise<void>;
}

/** `live`: React renders when it likes, as in a browser, and not in `act` alone. */
export function openPage(options: { readonly strict?: boolean; readonly live?: boolean } = {}): Page {
  const element = document.createElement("div");
  const root = createRoot(element);
  const perform = options.live
    ? async (change: () => void) => change()
    : (change: () => void) => act(async () => change());
  globalThis.IS_REACT_ACT_ENVIRONMENT = !options.live;
  return {
    element,
    show: (node) => perform(() => root.render(options.strict ? <StrictMode>{node}</StrictMode> : node)),
    close: () => perform(() => root.unmount()),
  };
}
