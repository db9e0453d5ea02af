/** Who has which seat of a mock server, and which token brings it back. */

import type { Hello, Member, Welcome } from "../generated/protocol.ts";

export interface Taken {
  readonly member: Member;
  /** Brings the seat back; a new one each time. */
  readonly token: string;
  /** Whether the hello's token brought it back. */
  readonly resumed: boolean;
}

export class Seating {
  /** By player id. */
  readonly members = new Map<number, Member>();
  /** Who looks on: nicknames by person, of the same ids. */
  readonly watchers = new Map<number, string>();
  readonly #seats: number;
  readonly #playerOfToken = new Map<string, number>();
  #lastPlayer = 0;
  #lastToken = 0;

  constructor(seats: number) {
    this.#seats = seats;
  }

  hasSeatFor(hello: Hello): boolean {
    return this.#known(hello) !== undefined || this.freeSeat() !== undefined;
  }

  /** A seat for whoever says this hello, or as `wishes` has it. Throws RangeError when there is none. */
  take(hello: Hello, wishes: Partial<Pick<Welcome, "player" | "seat" | "token">>): Taken {
    const known = this.#known(hello);
    const seat = wishes.seat ?? known?.seat ?? this.freeSeat();
    if (seat === undefined) throw new RangeError("every seat is taken: give the mock server more `seats`");
    const player = wishes.player ?? known?.player ?? this.#lastPlayer + 1;
    this.#lastPlayer = Math.max(this.#lastPlayer, player);
    const member = { player, seat, nickname: hello.nickname, bot: hello.bot ?? false, connected: true };
    this.members.set(player, member);
    const token = wishes.token ?? `token-${++this.#lastToken}`;
    this.#playerOfToken.set(token, player);
    return { member, token, resumed: known !== undefined };
  }

  /** No seat for whoever says this hello; an id of its own, or the one that it had. */
  watch({ nickname }: Hello, person: number = this.#lastPlayer + 1): number {
    this.#lastPlayer = Math.max(this.#lastPlayer, person);
    this.watchers.set(person, nickname);
    return person;
  }

  /** Whether there was such a player. */
  leave(player: number): boolean {
    for (const [token, owner] of this.#playerOfToken) if (owner === player) this.#playerOfToken.delete(token);
    return this.members.delete(player);
  }

  #known({ token }: Hello): Member | undefined {
    const player = token ? this.#playerOfToken.get(token) : undefined;
    return player === undefined ? undefined : this.members.get(player);
  }

  /** The first, if there is one. */
  freeSeat(): number | undefined {
    const taken = new Set([...this.members.values()].map(({ seat }) => seat));
    return Array.from({ length: this.#seats }, (_, seat) => seat).find((seat) => !taken.has(seat));
  }
}
