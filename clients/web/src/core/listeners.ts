/** Who wants to hear of what: named subjects, each with its type. */

type Listener<T> = (subject: T) => void;

export class Listeners<Subjects> {
  readonly #listeners = new Map<keyof Subjects, Set<Listener<never>>>();
  readonly #news: (() => void)[] = []; // the first is being told

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

  /**
   * Tell everybody, in the order in which they came. What one throws is for the console: it ends nothing else. What a
   * listener brings about is told when everybody has heard of the first, so that all hear of all in the same order.
   */
  tell<Name extends keyof Subjects>(name: Name, subject: Subjects[Name]): void {
    this.#news.push(() => this.#tellOne(name, subject));
    if (this.#news.length > 1) return;
    for (let first = this.#news[0]; first; first = this.#news[0]) {
      first();
      this.#news.shift();
    }
  }

  #tellOne<Name extends keyof Subjects>(name: Name, subject: Subjects[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        (listener as Listener<Subjects[Name]>)(subject);
      } catch (fault) {
        queueMicrotask(() => {
          throw fault;
        });
      }
    }
  }
}
