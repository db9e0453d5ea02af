import { encode } from "@msgpack/msgpack";
import { describe, expect, it } from "vitest";
import { decodeServerMessage, encodeClientMessage, MalformedMessage, packFields } from "../src/core/codec.ts";
import type { Shape } from "../src/core/schema.ts";
import { CLIENT_SHAPES, type ClientMessage, SERVER_SHAPES } from "../src/generated/protocol.ts";
import { bytesOf, hexOf, readVectors } from "./vectors.ts";

interface MessageVector {
  name: string;
  direction: "client" | "server";
  hex: string;
  meaning: unknown[];
}

const vectors = readVectors<MessageVector[]>("messages.json");
const ofServer = vectors.filter((vector) => vector.direction === "server");
const ofClient = vectors.filter((vector) => vector.direction === "client");

function shapeOf(shapes: object, kind: unknown): Shape | undefined {
  return (shapes as Record<number, Shape>)[kind as number];
}

/** The interface of a client message, from its array. */
function clientMessage(meaning: unknown[]): ClientMessage {
  const shape = shapeOf(CLIENT_SHAPES, meaning[0])!;
  const fields = meaning.slice(1).map((value, position) => [shape.fields[position]![0], value]);
  return { kind: shape.name, ...Object.fromEntries(fields) };
}

describe("messages from the server", () => {
  it("covers every kind", () => {
    const kinds = new Set(ofServer.map((vector) => vector.meaning[0]));
    for (const kind of [...Object.keys(SERVER_SHAPES).map(Number), 2, 3]) expect(kinds).toContain(kind);
  });

  it.each(ofServer)("$name", ({ hex, meaning }) => {
    const message = decodeServerMessage(bytesOf(hex));
    if (message.kind === "delta") {
      expect(message.tokens).toEqual(meaning);
      return;
    }
    const shape = shapeOf(SERVER_SHAPES, meaning[0])!;
    expect(message.kind).toBe(shape.name);
    expect([meaning[0], ...packFields(shape, message as never)]).toEqual(meaning);
  });

  it.each(ofServer)("$name: cut short anywhere it is refused", ({ hex }) => {
    const bytes = bytesOf(hex);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeServerMessage(bytes.subarray(0, length))).toThrow(MalformedMessage);
    }
    expect(() => decodeServerMessage(Uint8Array.of(...bytes, 0))).toThrow(MalformedMessage);
  });

  it.each([
    ["no array", { kind: 0 }],
    ["an unknown kind", [99]],
    ["a kind that is no number", ["0"]],
    ["a member without a name", [7, [1, 0]]],
    ["a string for a number", [11, "1", 2, 3]],
    ["a float for an int", [11, 1.5, 2, 3]],
    ["too many items", [10, 1, 2, 3]],
    ["a ranking of pairs", [12, 5, 1, [[0, 1]]]],
  ])("refuses %s", (_, message) => {
    expect(() => decodeServerMessage(encode(message))).toThrow(MalformedMessage);
  });
});

describe("messages from the client", () => {
  it("covers every kind", () => {
    const kinds = new Set(ofClient.map((vector) => vector.meaning[0]));
    for (const kind of Object.keys(CLIENT_SHAPES).map(Number)) expect(kinds).toContain(kind);
  });

  it.each(ofClient)("$name", ({ hex, meaning }) => {
    expect(hexOf(encodeClientMessage(clientMessage(meaning)))).toBe(hex);
  });

  it("leaves out what is optional and not given", () => {
    expect(hexOf(encodeClientMessage({ kind: "hello", fingerprint: 1, nickname: "A" }))).toBe("930001a141");
  });
});
