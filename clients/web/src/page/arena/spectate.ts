/** Whom a spectator's camera follows: the leader, or the one who was chosen. */

import type { PlayerReading } from "../../arena/reading.ts";

const LEAST_SECONDS = 3; // with one leader: two who pass each other do not throw the camera to and fro

export class Following {
  /** The seat that is followed; -1 for nobody. */
  seat = -1;
  #chosen = -1; // a player id, for a seat may change hands
  #seconds = 0;

  /** Look who is to be followed now; `seconds` since the last time. True when it is somebody else. */
  update(players: readonly PlayerReading[], seconds: number): boolean {
    this.#seconds += seconds;
    const before = this.seat;
    const chosen = this.#chosen < 0 ? -1 : seatOfPlayer(players, this.#chosen);
    if (chosen < 0) this.#chosen = -1;
    if (chosen >= 0) this.seat = chosen;
    else if (!players[this.seat]?.present || this.#seconds >= LEAST_SECONDS) this.seat = leader(players, this.seat);
    if (this.seat !== before) this.#seconds = 0;
    return this.seat !== before;
  }

  /** Follow whoever leads. */
  chooseLeader(): void {
    this.#chosen = -1;
    this.#seconds = LEAST_SECONDS;
  }

  chooseSeat(players: readonly PlayerReading[], seat: number): void {
    const player = players[seat];
    if (player?.present) this.#chosen = player.player;
  }

  /** The one at this place by score: 1 is the first. */
  choosePlace(players: readonly PlayerReading[], place: number): void {
    const ranked = players.filter((player) => player.present).sort((one, other) => other.score - one.score);
    const player = ranked[place - 1];
    if (player) this.#chosen = player.player;
  }

  /** The next by seat, or the one before. */
  chooseNext(players: readonly PlayerReading[], step: 1 | -1): void {
    const count = players.length;
    for (let ahead = 1; ahead <= count; ahead++) {
      const player = players[(Math.max(0, this.seat) + step * ahead + count * ahead) % count];
      if (!player?.present) continue;
      this.#chosen = player.player;
      return;
    }
  }
}

function seatOfPlayer(players: readonly PlayerReading[], id: number): number {
  for (const player of players) if (player.present && player.player === id) return player.seat;
  return -1;
}

/** The seat with the highest score; of equals the one that is followed, else the lowest. */
function leader(players: readonly PlayerReading[], followed: number): number {
  let best = players[followed]?.present ? followed : -1;
  for (const player of players) {
    if (player.present && (best < 0 || player.score > players[best]!.score)) best = player.seat;
  }
  return best;
}
