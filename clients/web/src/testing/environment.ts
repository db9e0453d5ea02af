/** A machine whose network comes and goes as the test says. */

import type { Environment, EnvironmentEvent } from "../core/environment.ts";

export class MockEnvironment implements Environment {
  online = true;
  readonly #listeners = new Set<(event: EnvironmentEvent) => void>();

  /** How many listen; 0 when nothing was left behind. */
  get listenerCount(): number {
    return this.#listeners.size;
  }

  listen(listener: (event: EnvironmentEvent) => void): () => void {
    const own = (event: EnvironmentEvent) => listener(event);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** It happens. `online` and `offline` set `online` before anybody is told. */
  tell(event: EnvironmentEvent): void {
    if (event === "online") this.online = true;
    if (event === "offline") this.online = false;
    for (const listener of [...this.#listeners]) listener(event);
  }
}
