import { describe, expect, it } from "vitest";
import { decodeServerMessage } from "../src/core/codec.ts";
import { crc32 } from "../src/core/crc32.ts";
import { Layout } from "../src/core/layout.ts";
import { OutOfStep, Replica } from "../src/core/replica.ts";
import { bytesOf, readVectors } from "./vectors.ts";

interface DeltaVector {
  name: string;
  tables: { name: string; rows: number; columns: { name: string; gliding: boolean }[] }[];
  frames: { hex: string; tick: number; values: number[]; rates: number[]; checksum: number }[];
}

const vectors = readVectors<DeltaVector[]>("deltas.json");

function layoutOf(vector: DeltaVector): Layout {
  const tables = vector.tables.map(({ name, columns }) => ({
    name,
    columns: columns.map((column) => column.name),
    gliding: columns.map((column) => column.gliding),
  }));
  return new Layout(
    tables,
    vector.tables.map((table) => table.rows),
  );
}

function receive(replica: Replica, hex: string): void {
  const message = decodeServerMessage(bytesOf(hex));
  if (message.kind === "keyframe") replica.loadKeyframe(message.tick, message.values, message.rates);
  else if (message.kind === "delta") replica.applyDelta(message.tokens);
}

/** The worked example of docs/protocol.md, after its keyframe. */
function walker(): Replica {
  const replica = new Replica(layoutOf(vectors[0]!));
  receive(replica, vectors[0]!.frames[0]!.hex);
  return replica;
}

describe("crc32", () => {
  it("is the CRC-32 of zip and PNG", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926); // the check value in every catalogue of CRCs
    expect(crc32(new Uint8Array())).toBe(0);
  });

  it("goes on from a checksum", () => {
    expect(crc32(new TextEncoder().encode("6789"), crc32(new TextEncoder().encode("12345")))).toBe(0xcbf43926);
  });
});

describe("replica", () => {
  it.each(vectors)("$name", (vector) => {
    const replica = new Replica(layoutOf(vector));
    for (const frame of vector.frames) {
      receive(replica, frame.hex);
      expect(replica.tick).toBe(frame.tick);
      expect([...replica.values]).toEqual(frame.values);
      expect(Array.from(replica.layout.glidingCells, (cell) => replica.rates[cell])).toEqual(frame.rates);
      expect(replica.checksum()).toBe(frame.checksum);
    }
  });

  it.each([
    ["an unknown row", [2, 42, 100, 1]],
    ["an unknown row with a mask", [2, 42, -100, 1, 1]],
    ["a mask of nothing", [2, 42, -1, 0]],
    ["a mask that is too wide", [2, 42, -1, 8, 1]],
    ["a difference that is missing", [2, 42, 0]],
    ["a float", [2, 42, 0, 0.5]],
    ["more than int32", [2, 42, 0, 2 ** 31]],
    ["a tick that is now", [2, 41]],
    ["a tick of eight bits", [2, 128]],
    ["no tick", [2]],
    ["a wrong checksum", [3, 42, 12345]],
    ["a checksum that is missing", [3, 42]],
    ["another kind", [4, 42]],
  ])("falls out of step at %s, and a keyframe heals it", (_, message) => {
    const replica = walker();
    expect(() => replica.applyDelta(message)).toThrow(OutOfStep);
    expect(replica.tick).toBe(-1);
    expect(() => replica.applyDelta([2, 42])).toThrow(OutOfStep);
    receive(replica, vectors[0]!.frames[0]!.hex);
    expect(replica.checksum()).toBe(vectors[0]!.frames[0]!.checksum);
  });

  it("says at which tick and with which checksum it fell out", () => {
    const replica = walker();
    const checksum = replica.checksum();
    try {
      replica.applyDelta([2, 42, 100, 1]);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ tick: 41, checksum });
    }
  });

  it("refuses a keyframe of another layout", () => {
    expect(() => walker().loadKeyframe(1, [0], [])).toThrow(OutOfStep);
  });
});
