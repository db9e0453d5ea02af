/** The newest facts of the chat, for a `Chat` that is made later than they come. */

import type { ServerFact } from "../generated/protocol.ts";

const MOST = 500;

export class Talk {
  readonly #facts = new Map<string, ServerFact>(); // by what they are about: a newer one takes the place

  /** Oldest first. */
  get facts(): Iterable<ServerFact> {
    return this.#facts.values();
  }

  receive(fact: Extract<ServerFact, { kind: "history" | "said" | "revised" | "read" }>): void {
    const key = keyOf(fact);
    this.#facts.delete(key);
    this.#facts.set(key, fact);
    if (this.#facts.size > MOST) this.#facts.delete(this.#facts.keys().next().value!);
  }
}

function keyOf(fact: Parameters<Talk["receive"]>[0]): string {
  switch (fact.kind) {
    case "history":
      return "history";
    case "said":
      return `said ${fact.message.id}`;
    case "revised":
      return `revised ${fact.message}`;
    case "read":
      return `read ${fact.person}`;
  }
}
