/**
 * How far ahead of the server's clock the player lives, in ticks, so that each input arrives just in time.
 *
 * Two things steer it. Each pong shows how long the way there was: the lead covers the longest of late. And the stamps
 * in the state show which inputs were late in spite of that: each one adds a little, which wears off.
 */

const KEPT_WAYS = 16; // with a ping a second: the longest way there of the last 16 seconds
const SPARE = 0.25; // the server reads its sockets between other things
const MOST = 15; // what is further ahead feels worse than being late
const ADDED = 0.5; // for an input that was late
const MOST_ADDED = 3;
const WEAR = 0.01; // of what was added, with each input that was in time

export class Lead {
  readonly #ways: number[] = [];
  #longest = 0;
  #added = 0;

  /** Ticks ahead; null before the first pong, when there is nothing to go by. */
  get ticks(): number | null {
    return this.#ways.length === 0 ? null : Math.min(MOST, this.#longest + SPARE + this.#added);
  }

  /** A ping took so many ticks to get there. */
  receiveWay(ticks: number): void {
    this.#ways.push(ticks);
    if (this.#ways.length > KEPT_WAYS) this.#ways.shift();
    this.#longest = Math.max(0, ...this.#ways);
  }

  /** The own stamp became `stamp` in the tick `tick`: later than named means that the input was late. True if so. */
  receiveStamp(stamp: number, tick: number): boolean {
    const late = tick > stamp;
    this.#added = late ? Math.min(MOST_ADDED, this.#added + ADDED) : this.#added * (1 - WEAR);
    return late;
  }
}
