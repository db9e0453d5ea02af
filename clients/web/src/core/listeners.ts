/** Who wants to hear of what: named subjects, each with its type. */

type Listener<T> = (subject: T) => void;

export class Listeners<Subjects> {
  readonly #listeners = new Map<keyof Subjects, Set<Listener<never>>>();

  /** Call `listener` at every `name` from now on; the answer ends that. */
  on<Name extends keyof Subjects>(name: Name, listener: Listener<Subjects[Name]>): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set.add(listener as Listener<never>));
    return () => set.delete(listener as Listener<never>);
  }

  /** Tell everybody. */
  tell<Name extends keyof Subjects>(name: Name, subject: Subjects[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) (listener as Listener<Subjects[Name]>)(subject);
  }
}
