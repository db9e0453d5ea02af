/**
 * A client's copy of one session's public state: keyframes in, deltas in, cells out. The mirror of protocol/replica.py.
 *
 * Whatever arrives, the copy is in step, or it says that it is not: `tick` is -1 from then until the next keyframe.
 */

import { CHECKED_DELTA_KIND, DELTA_KIND } from "../generated/protocol.ts";
import { crc32 } from "./crc32.ts";
import type { Layout } from "./layout.ts";

const TICK_MASK = 127;
const NO_TICK = -1;

/** A frame does not fit the copy, or the copy fails its checksum; a resync message takes `tick` and `checksum`. */
export class OutOfStep extends Error {
  readonly tick: number;
  readonly checksum: number;

  constructor(reason: string, tick: number, checksum: number) {
    super(reason);
    this.name = "OutOfStep";
    this.tick = tick;
    this.checksum = checksum;
  }
}

export class Replica {
  readonly layout: Layout;
  readonly values: Int32Array;
  readonly rates: Int32Array;
  tick = NO_TICK;
  readonly #words: DataView; // cells, then gliding rates, little-endian on every machine: what the checksum covers
  readonly #bytes: Uint8Array;

  constructor(layout: Layout) {
    this.layout = layout;
    this.values = new Int32Array(layout.cells);
    this.rates = new Int32Array(layout.cells);
    this.#bytes = new Uint8Array(4 * (layout.cells + layout.glidingCells.length));
    this.#words = new DataView(this.#bytes.buffer);
  }

  /** Take a whole state: all of it, or nothing and `OutOfStep`. */
  loadKeyframe(tick: number, values: readonly number[], rates: readonly number[]): void {
    const { cells, glidingCells } = this.layout;
    if (!isInt32(tick) || tick < 0) this.#fallOut("no tick");
    if (values.length !== cells || rates.length !== glidingCells.length) this.#fallOut("another layout");
    if (!values.every(isInt32) || !rates.every(isInt32)) this.#fallOut("a keyframe holds int32 only");
    this.values.set(values);
    glidingCells.forEach((cell, position) => {
      this.rates[cell] = rates[position]!;
    });
    this.tick = tick;
  }

  /** Take one delta message, checked or not, as decoded: advance, add the surprises, compare the checksum. */
  applyDelta(message: readonly unknown[]): void {
    const kind = message[0];
    if (kind !== DELTA_KIND && kind !== CHECKED_DELTA_KIND) this.#fallOut("not a delta");
    const start = kind === DELTA_KIND ? 2 : 3;
    if (message.length < start) this.#fallOut("a delta is cut short");
    const surprises = this.#readSurprises(message, start);
    this.#advanceTo(message[1]);
    for (let at = 0; at < surprises.length; at += 2) {
      const cell = surprises[at]!;
      const difference = surprises[at + 1]!;
      if (this.layout.gliding[cell]) this.rates[cell]! += difference;
      this.values[cell]! += difference;
    }
    if (kind === CHECKED_DELTA_KIND && message[2] !== this.checksum()) this.#fallOut("the checksum differs");
  }

  /** CRC-32 of all cells and then the rates of the gliding ones, each as four bytes, little-endian. */
  checksum(): number {
    let at = 0;
    for (const value of this.values) {
      this.#words.setInt32(at, value, true);
      at += 4;
    }
    for (const cell of this.layout.glidingCells) {
      this.#words.setInt32(at, this.rates[cell]!, true);
      at += 4;
    }
    return crc32(this.#bytes);
  }

  #advanceTo(shortTick: unknown): void {
    if (this.tick < 0) throw new OutOfStep("a delta came before any keyframe", 0, 0);
    if (!isInt32(shortTick) || shortTick < 0 || shortTick > TICK_MASK) this.#fallOut("no low bits of a tick");
    const ahead = (shortTick - this.tick) & TICK_MASK;
    if (ahead === 0) this.#fallOut("a second delta for one tick");
    for (const cell of this.layout.glidingCells) this.values[cell]! += Math.imul(this.rates[cell]!, ahead);
    this.tick += ahead;
  }

  /** Pairs of cell and difference, of a message whose tokens begin at `start`. */
  #readSurprises(message: readonly unknown[], start: number): number[] {
    const { firstCellOfRow, columnsOfRow } = this.layout;
    const found: number[] = [];
    let at = start;
    while (at < message.length) {
      const head = this.#token(message, at++);
      if (head >= 0) {
        found.push(firstCellOfRow[head] ?? this.#fallOut("no such row"), this.#token(message, at++));
        continue;
      }
      const row = -1 - head;
      let mask = this.#token(message, at++);
      const columns = columnsOfRow[row] ?? this.#fallOut("no such row");
      if (mask <= 0 || mask >= 2 ** columns) this.#fallOut("no such columns");
      for (let cell = firstCellOfRow[row]!; mask !== 0; cell++, mask >>= 1) {
        if (mask & 1) found.push(cell, this.#token(message, at++));
      }
    }
    return found;
  }

  #token(message: readonly unknown[], at: number): number {
    const token = message[at];
    return isInt32(token) ? token : this.#fallOut("a delta is cut short or holds something else than int32");
  }

  #fallOut(reason: string): never {
    const tick = Math.max(this.tick, 0);
    this.tick = NO_TICK;
    throw new OutOfStep(reason, tick, this.checksum());
  }
}

function isInt32(value: unknown): value is number {
  return typeof value === "number" && (value | 0) === value;
}
