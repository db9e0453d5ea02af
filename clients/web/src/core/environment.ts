/** What the machine tells of itself: the network came or went, the page is looked at again. One object, so that tests drive it. */

/**
 * `online`, `offline`: the network came or went, as far as the machine knows. `visible`: somebody looks at the page again.
 * `shown`: the page came back as it was left (from the back/forward cache).
 */
export type EnvironmentEvent = "online" | "offline" | "visible" | "shown";

export interface Environment {
  /** False only when the machine knows that it has no network. */
  readonly online: boolean;
  /** Call `listener` at each event from now on; the answer ends that, and leaves nothing behind. */
  listen(listener: (event: EnvironmentEvent) => void): () => void;
}

/** The page that this runs in; null where there is none, as in Node. */
export function pageEnvironment(): Environment | null {
  if (typeof window === "undefined" || typeof document === "undefined") return null;
  return {
    get online() {
      return navigator.onLine !== false; // absent in some embedded browsers: no news is good news
    },
    listen: listenToPage,
  };
}

function listenToPage(listener: (event: EnvironmentEvent) => void): () => void {
  const online = () => listener("online");
  const offline = () => listener("offline");
  const visible = () => {
    if (document.visibilityState === "visible") listener("visible");
  };
  const shown = (event: PageTransitionEvent) => {
    if (event.persisted) listener("shown"); // the first showing of a page says nothing new
  };
  window.addEventListener("online", online);
  window.addEventListener("offline", offline);
  window.addEventListener("pageshow", shown);
  document.addEventListener("visibilitychange", visible);
  return () => {
    window.removeEventListener("online", online);
    window.removeEventListener("offline", offline);
    window.removeEventListener("pageshow", shown);
    document.removeEventListener("visibilitychange", visible);
  };
}
