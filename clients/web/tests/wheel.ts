/**
 * Faked timers for crowds: a wheel of whole milliseconds, in which a timer costs the same however many there are.
 *
 * vi.useFakeTimers looks through all timers to find the next: with thousands of them, seconds for each second.
 */

import { vi } from "vitest";

export class TimerWheel {
  nowMs = 0;
  readonly #due = new Map<number, Map<number, () => void>>(); // by millisecond, then by id
  readonly #dueOfId = new Map<number, number>();
  #lastId = 0;

  /** Take the place of the global timers and of `performance.now`; `vi.unstubAllGlobals` and `restoreAllMocks` undo it. */
  install(): void {
    vi.stubGlobal("setTimeout", (ring: () => void, ms = 0) => this.#set(++this.#lastId, ring, ms));
    vi.stubGlobal("clearTimeout", (id?: number) => this.#clear(id ?? 0));
    vi.spyOn(performance, "now").mockImplementation(() => this.nowMs);
    vi.spyOn(Date, "now").mockImplementation(() => this.nowMs);
  }

  /** How many timers are set. */
  get count(): number {
    return this.#dueOfId.size;
  }

  async pass(ms: number): Promise<void> {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; ) {
      this.nowMs += 1;
      for (const [id, ring] of this.#due.get(this.nowMs) ?? []) {
        this.#clear(id);
        ring();
      }
      this.#due.delete(this.nowMs);
      await Promise.resolve(); // what was promised by then is kept
    }
  }

  // As browsers do: whole milliseconds, and at least one.
  #set(id: number, ring: () => void, ms: number): number {
    const dueMs = this.nowMs + Math.max(1, Math.ceil(ms));
    this.#due.set(dueMs, (this.#due.get(dueMs) ?? new Map()).set(id, ring));
    this.#dueOfId.set(id, dueMs);
    return id;
  }

  #clear(id: number): void {
    const dueMs = this.#dueOfId.get(id);
    if (dueMs === undefined) return;
    this.#dueOfId.delete(id);
    this.#due.get(dueMs)?.delete(id);
  }
}
