/** Who is there: players with a seat, and watchers without one. */

import type { Member, ServerFact, Welcome } from "../generated/protocol.ts";
import type { SessionSubjects } from "./subjects.ts";

type Tell = <Name extends keyof SessionSubjects>(name: Name, subject: SessionSubjects[Name]) => void;
type ChangeOfPlayers = Extract<ServerFact, { kind: "joined" | "left" | "dropped" | "resumed" }>;

export class Roster {
  readonly players = new Map<number, Member>();
  readonly #tell: Tell;
  #watchers: ReadonlyMap<number, string> = new Map();

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** Nicknames by person; another map after each change. */
  get watchers(): ReadonlyMap<number, string> {
    return this.#watchers;
  }

  /** A welcome names everybody. */
  restart(welcome: Welcome): void {
    this.players.clear();
    for (const member of welcome.roster) this.players.set(member.player, member);
    this.#watchers = new Map(welcome.watchers);
  }

  changePlayers(fact: ChangeOfPlayers): void {
    if (fact.kind === "joined") {
      this.players.set(fact.member.player, fact.member);
      this.#tell("joined", fact);
    } else {
      const member = this.players.get(fact.player);
      if (member === undefined) return;
      if (fact.kind === "left") {
        this.players.delete(fact.player);
        this.#tell("left", { member, cause: fact.cause });
      } else {
        this.players.set(fact.player, { ...member, connected: fact.kind === "resumed" });
      }
    }
    this.#tell("players", this.players);
  }

  changeWatchers({ person, nickname, on }: Extract<ServerFact, { kind: "watching" }>): void {
    const watchers = new Map(this.#watchers);
    watchers.delete(person);
    if (on) watchers.set(person, nickname);
    this.#watchers = watchers;
    this.#tell("watchers", watchers);
  }
}
