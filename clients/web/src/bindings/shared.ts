/**
 * What is begun for the first part of a page that wants it, is the same for all, and ends after the last has let go.
 *
 * The end is put off for a moment: React's StrictMode, and a page that goes from one screen to another, let go and take
 * hold again at once.
 */

import { Cell, type Reading } from "./reading.ts";

export abstract class Shared<T> implements Reading<T> {
  protected readonly cell: Cell<T>;
  #holders = 0;
  #isBegun = false;
  #ending: ReturnType<typeof setTimeout> | undefined;

  constructor(before: T) {
    this.cell = new Cell(before);
  }

  protected abstract begin(): void;
  protected abstract end(): void;

  readonly read = (): T => this.cell.read();

  readonly subscribe = (changed: () => void): (() => void) => {
    const stop = this.cell.subscribe(changed);
    this.#holders += 1;
    clearTimeout(this.#ending);
    if (!this.#isBegun) {
      this.#isBegun = true;
      this.begin();
    }
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      stop();
      this.#holders -= 1;
      if (this.#holders > 0) return;
      this.#ending = setTimeout(() => {
        this.#isBegun = false;
        this.end();
      });
    };
  };
}
