/** Who wants to hear of what: named subjects, each with its type. */

type Listener<T> = (subject: T) => void;

export class Listeners<Subjects> {
  readonly #listeners = new Map<keyof Subjects, Set<Listener<never>>>();

  /** How many listen, to `name` or to anything. */
  listenerCount(name?: keyof Subjects): number {
    if (name !== undefined) return this.#listeners.get(name)?.size ?? 0;
    let count = 0;
    for (const set of this.#listeners.values()) count += set.size;
    return count;
  }

  /** Call `listener` at every `name` from now on; the answer ends that. Each call of `on` is ended by its own answer. */
  on<Name extends keyof Subjects>(name: Name, listener: Listener<Subjects[Name]>): () => void {
    const own: Listener<Subjects[Name]> = (subject) => listener(subject); // one function may listen twice
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(own as Listener<never>));
    return () => {
      set.delete(own as Listener<never>);
    };
  }

  /** Tell everybody, in the order in which they came. Throws what the first of them threw, when all have heard. */
  tell<Name extends keyof Subjects>(name: Name, subject: Subjects[Name]): void {
    const set = this.#listeners.get(name);
    if (set === undefined || set.size === 0) return;
    const faults: unknown[] = [];
    for (const listener of set) {
      try {
        (listener as Listener<Subjects[Name]>)(subject);
      } catch (fault) {
        faults.push(fault); // one listener's fault is not the others'
      }
    }
    if (faults.length > 0) throw faults[0];
  }
}
