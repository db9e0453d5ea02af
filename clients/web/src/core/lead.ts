/** How far ahead of the server's clock inputs are named, so that they arrive just in time. In ticks. */

const LEAST = 0.3;
const START = 0.5;
const MOST = 10;
const SHRINK = 0.01; // with every input that was in time: half a tick lost to one late input is back after some 50

export class Lead {
  #margin = START;

  /** The tick to name in an input that is sent when the server is at `serverTick` and half the way takes `oneWayTicks`. */
  nameTick(serverTick: number, oneWayTicks: number): number {
    // On arrival the server has stepped floor(arrival); the next step is the first that can use it.
    return Math.floor(serverTick + oneWayTicks + this.#margin) + 1;
  }

  /** The own stamp became `stamp` in the tick `tick`: later than named means that the input was late. */
  receiveStamp(stamp: number, tick: number): void {
    const late = tick - stamp;
    this.#margin = late > 0 ? Math.min(MOST, this.#margin + Math.min(late, 2) * 0.5) : this.#margin - SHRINK;
    this.#margin = Math.max(LEAST, this.#margin);
  }

  get marginTicks(): number {
    return this.#margin;
  }
}
