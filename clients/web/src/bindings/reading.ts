/** Something that can be read at any time and tells of its changes: what both frameworks are bound to. */

export interface Reading<T> {
  /** The same value (by identity) until it has changed. */
  readonly read: () => T;
  /** Call `changed` after each change; the answer ends that. */
  readonly subscribe: (changed: () => void) => () => void;
}

/** A value that never changes. */
export function constant<T>(value: T): Reading<T> {
  return { read: () => value, subscribe: () => () => {} };
}

/** A value, and who wants to hear of it. */
export class Cell<T> implements Reading<T> {
  readonly #watchers = new Set<() => void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  readonly read = (): T => this.#value;

  readonly subscribe = (changed: () => void): (() => void) => {
    const own = () => changed(); // one function may subscribe twice
    this.#watchers.add(own);
    return () => {
      this.#watchers.delete(own);
    };
  };

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const changed of [...this.#watchers]) changed();
  }
}

/**
 * What `find` finds, looked at anew whenever `attach` says so, and told only when it is another by `isEqual`.
 *
 * Attached while somebody subscribes; read without that, it is looked at each time.
 */
export function look<T>(
  find: () => T,
  attach: (again: () => void) => () => void,
  isEqual: (one: T, other: T) => boolean = Object.is,
): Reading<T> {
  const watchers = new Set<() => void>();
  let value = find();
  let detach: (() => void) | null = null;
  const again = () => {
    const next = find();
    if (isEqual(value, next)) return;
    value = next;
    for (const changed of [...watchers]) changed();
  };
  return {
    read() {
      if (detach === null) again();
      return value;
    },
    subscribe(changed) {
      const own = () => changed();
      watchers.add(own);
      detach ??= attach(again);
      again(); // what changed between the first reading and now
      return () => {
        watchers.delete(own);
        if (watchers.size > 0) return;
        detach?.();
        detach = null;
      };
    },
  };
}

/** Equal, or arrays or objects of equal (identical) entries: what a `select` that makes a new object needs. */
export function shallowEqual(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  const names = Object.keys(one) as never[];
  if (Array.isArray(one) !== Array.isArray(other) || names.length !== Object.keys(other).length) return false;
  return names.every((name) => Object.hasOwn(other, name) && Object.is(one[name], other[name]));
}
