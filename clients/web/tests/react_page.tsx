/** A place to render React components in, for tests. */

import { act, type ReactNode, StrictMode } from "react";
import { createRoot } from "react-dom/client";

declare global {
  var IS_REACT_ACT_ENVIRONMENT: boolean;
}

globalThis.IS_REACT_ACT_ENVIRONMENT = true;

export interface Page {
  readonly element: HTMLElement;
  show(node: ReactNode): Promise<void>;
  close(): Promise<void>;
}

export function openPage(options: { readonly strict?: boolean } = {}): Page {
  const element = document.createElement("div");
  const root = createRoot(element);
  return {
    element,
    show: (node) => act(async () => root.render(options.strict ? <StrictMode>{node}</StrictMode> : node)),
    close: () => act(async () => root.unmount()),
  };
}
