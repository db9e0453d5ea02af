/**
 * A session as the server runs it, said again plainly: inputs at their ticks, movement, surprises only.
 *
 * Two seats of the arena: the client's, and one whose inputs the test makes up. It moves players with the twin, whose
 * equality with the server's movement the shared vectors show; what is under test is everything between.
 */

import { decode, encode } from "@msgpack/msgpack";
import { arenaTwin } from "../../src/arena/twin.ts";
import { Layout } from "../../src/core/layout.ts";
import type { SessionFacts, Twin } from "../../src/core/prediction.ts";
import { Replica } from "../../src/core/replica.ts";
import { ARENA, SeatsColumn, SessionColumn, Status, TILE } from "../../src/generated/protocol.ts";
import { readVectors } from "../vectors.ts";
import type { Link } from "./link.ts";

export const MAPS = readVectors<{ maps: Record<string, string[]> }>("movement.json").maps;
const ROWS = [2, 2, 1, 1];
const HEARTBEATS_A_SECOND = 4;
const START: readonly (readonly [number, number])[] = [
  [2.5, 2.5],
  [20.5, 8.5],
];

/** The client's end of the socket. */
class ClientSocket {
  binaryType = "arraybuffer";
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  readonly #send: (bytes: Uint8Array) => void;

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  send(bytes: Uint8Array): void {
    this.#send(bytes.slice());
  }

  close(): void {
    this.readyState = 3;
  }
}

export class ModelServer {
  readonly layout = new Layout(ARENA.tables, ROWS);
  readonly tickHz: number;
  readonly map: string;
  tick = 1000;
  tickBeganMs = 0;
  lateInputs = 0;
  readonly #up: Link;
  readonly #down: Link;
  readonly #twin: Twin;
  readonly #other: (tick: number) => readonly number[];
  readonly #cells: Int32Array;
  readonly #told: Replica; // what a client that got everything has
  readonly #queue = new Map<number, { named: number; values: number[] }>();
  #held: number[] = [0, 0, 0];
  #newest = 0;
  #socket: ClientSocket | null = null;
  #seated = false;
  #lastFrame = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(tickHz: number, up: Link, down: Link, other: (tick: number) => readonly number[], map = "plaza") {
    this.tickHz = tickHz;
    this.map = map;
    this.#up = up;
    this.#down = down;
    this.#other = other;
    const assets = { maps: [{ name: map, rows: MAPS[map] }] } as never;
    this.#twin = arenaTwin({ assets, settings: { map: 0 }, tickHz })!;
    this.#cells = new Int32Array(this.layout.cells);
    this.#told = new Replica(this.layout);
    const players = this.layout.span("players");
    START.forEach(([x, y], seat) => {
      this.#cells[players.first + seat * players.width] = x * TILE;
      this.#cells[players.first + seat * players.width + 1] = y * TILE;
    });
    this.setSession("status", Status.Active);
    this.setSession("endsAt", 1_000_000);
    this.#told.loadKeyframe(this.tick, [...this.#cells], new Array(this.layout.glidingCells.length).fill(0));
    this.tickBeganMs = performance.now();
    this.#timer = setInterval(() => this.#step(), 1000 / tickHz);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The tick with its fraction: the truth that a client's clock is held against. */
  get exactTick(): number {
    return this.tick + ((performance.now() - this.tickBeganMs) * this.tickHz) / 1000;
  }

  setSession(column: keyof typeof SessionColumn, value: number): void {
    this.#cells[this.layout.span("session").first + SessionColumn[column]] = value;
  }

  /** Where a player is, by the server. */
  player(seat: number): { x: number; y: number } {
    const players = this.layout.span("players");
    const at = players.first + seat * players.width;
    return { x: this.#cells[at]!, y: this.#cells[at + 1]! };
  }

  readonly openSocket = (): WebSocket => {
    const socket = new ClientSocket((bytes) => this.#up.send(bytes, (arrived) => this.#receive(arrived)));
    this.#socket = socket;
    this.#down.send(null, () => {
      socket.readyState = 1;
      socket.onopen?.();
    });
    return socket as unknown as WebSocket;
  };

  #receive(bytes: Uint8Array): void {
    const [kind, first, second] = decode(bytes) as [number, number, number[]];
    if (kind === 0) this.#welcome();
    if (kind === 1) this.#takeInput(first, second);
    if (kind === 3) this.#say([11, first, this.tick, Math.round((performance.now() - this.tickBeganMs) * 1000)]);
    if (kind === 4) this.#say(this.#keyframe());
  }

  #welcome(): void {
    const roster = [[1, 0, "Ann", false, true]];
    const { tick, tickHz } = this;
    this.#say([0, "K7P2QX", 1, 0, "token-1", tick, tickHz, "arena", ROWS, { map: 0 }, tickHz, 900, roster, [], 1]);
    this.#say(this.#keyframe());
    this.#seated = true;
  }

  #takeInput(named: number, values: number[]): void {
    if (named <= this.#newest || named > this.tick + this.tickHz) throw new Error(`refused input for ${named}`);
    this.#newest = named;
    if (named <= this.tick) this.lateInputs += 1;
    this.#queue.set(Math.max(named, this.tick + 1), { named, values });
  }

  #step(): void {
    this.tick += 1;
    this.tickBeganMs = performance.now();
    const input = this.#queue.get(this.tick);
    this.#queue.delete(this.tick);
    if (input) {
      this.#held = input.values;
      this.#cells[SeatsColumn.stamp] = input.named;
    }
    const facts = this.#facts();
    const players = this.layout.span("players");
    [this.#held, this.#other(this.tick)].forEach((held, seat) => {
      const first = players.first + seat * players.width;
      this.#twin.step(this.#cells.subarray(first, first + players.width), held, this.tick, facts);
    });
    this.#tellSurprises();
  }

  #tellSurprises(): void {
    const tokens: number[] = [];
    for (const cell of this.layout.glidingCells) this.#told.values[cell]! += this.#told.rates[cell]!;
    this.#told.tick = this.tick;
    for (const [row, first] of this.layout.firstCellOfRow.entries()) tokens.push(...this.#surprisesOf(first, row));
    if (tokens.length === 0 && this.tick - this.#lastFrame < this.tickHz / HEARTBEATS_A_SECOND) return;
    this.#lastFrame = this.tick;
    if (this.#seated) this.#say([3, this.tick & 127, this.#told.checksum(), ...tokens]);
  }

  #surprisesOf(first: number, row: number): number[] {
    let mask = 0;
    const differences: number[] = [];
    for (let column = 0; column < this.layout.columnsOfRow[row]!; column++) {
      const cell = first + column;
      const difference = this.#cells[cell]! - this.#told.values[cell]!;
      if (difference === 0) continue;
      mask |= 1 << column;
      differences.push(difference);
      this.#told.values[cell]! += difference;
      if (this.layout.gliding[cell]) this.#told.rates[cell]! += difference;
    }
    return mask === 0 ? [] : [-1 - row, mask, ...differences];
  }

  #keyframe(): unknown[] {
    const rates = [...this.layout.glidingCells].map((cell) => this.#told.rates[cell]!);
    return [1, this.tick, [...this.#told.values], rates];
  }

  #facts(): SessionFacts {
    const { first } = this.layout.span("session");
    const [status, round, startsAt, endsAt] = this.#cells.subarray(first, first + 4);
    return { status: status!, round: round!, startsAt: startsAt!, endsAt: endsAt! };
  }

  #say(message: unknown[]): void {
    const bytes = encode(message);
    const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
    this.#down.send(data, (arrived) => this.#socket?.onmessage?.({ data: arrived }));
  }
}
