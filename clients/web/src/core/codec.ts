/** Messages as MessagePack arrays: packed from, and unpacked to, the interfaces of the generated protocol.ts. */

import { decode, encode } from "@msgpack/msgpack";
import {
  CHECKED_DELTA_KIND,
  CLIENT_SHAPES,
  type ClientMessage,
  DELTA_KIND,
  SERVER_SHAPES,
  type ServerFact,
} from "../generated/protocol.ts";
import type { Shape, Wire } from "./schema.ts";

/** A delta stays the array that it is: `Replica.applyDelta` reads it. */
export interface DeltaMessage {
  kind: "delta";
  tokens: readonly unknown[];
}

export type ServerMessage = ServerFact | DeltaMessage;

/** The peer's fault: the bytes are not one valid message of this protocol. */
export class MalformedMessage extends Error {
  override name = "MalformedMessage";
}

type Packed = null | boolean | number | string | Packed[] | { [key: string]: Packed };
type Fields = Record<string, unknown>;

const CLIENT_KINDS = new Map(
  Object.entries(CLIENT_SHAPES).map(([kind, shape]) => [shape.name as string, Number(kind)]),
);

/** The bytes of a message to the server. */
export function encodeClientMessage(message: ClientMessage): Uint8Array<ArrayBuffer> {
  const kind = CLIENT_KINDS.get(message.kind)!;
  const shape: Shape = CLIENT_SHAPES[kind as keyof typeof CLIENT_SHAPES];
  return encode([kind, ...packFields(shape, message as unknown as Fields)]);
}

/** The one message in `bytes` from the server. Throws MalformedMessage, and nothing else, for anything that is not one. */
export function decodeServerMessage(bytes: Uint8Array): ServerMessage {
  const array = decodeArray(bytes);
  const kind = array[0];
  if (kind === DELTA_KIND || kind === CHECKED_DELTA_KIND) return { kind: "delta", tokens: array };
  const shape = typeof kind === "number" ? (SERVER_SHAPES as Record<number, Shape>)[kind] : undefined;
  if (shape === undefined) throw new MalformedMessage("unknown kind of message");
  return { kind: shape.name, ...unpackFields(shape, array, 1) } as unknown as ServerFact;
}

/** The array, without its kind, that stands for a message of this shape. */
export function packFields(shape: Shape, message: Fields): Packed[] {
  const given = shape.fields.map(([name]) => message[name]);
  while (given.length > 0 && given.at(-1) === undefined) given.pop();
  return given.map((value, position) => pack(shape.fields[position]![1], value ?? null));
}

/** The one MessagePack array in `bytes`. Throws MalformedMessage, and nothing else, for anything that is not one. */
export function decodeArray(bytes: Uint8Array): unknown[] {
  let decoded: unknown;
  try {
    decoded = decode(bytes);
  } catch (error) {
    throw new MalformedMessage(error instanceof Error ? error.message : String(error));
  }
  if (!Array.isArray(decoded)) throw new MalformedMessage("a message is an array");
  return decoded;
}

function isShape(wire: Wire): wire is Shape {
  return typeof wire === "object" && "fields" in wire;
}

function pack(wire: Wire, value: unknown): Packed {
  if (isShape(wire)) return packFields(wire, value as Fields);
  if (typeof wire === "object" && "list" in wire) return (value as unknown[]).map((item) => pack(wire.list, item));
  return value as Packed; // everything else is on the wire what it is here
}

/** The interface of a message of this shape, from the items of `array` that begin at `from`. Throws MalformedMessage. */
export function unpackFields(shape: Shape, array: readonly unknown[], from: number): Fields {
  if (array.length > from + shape.fields.length) throw new MalformedMessage(`${shape.name} has too many items`);
  const fields: Fields = {};
  shape.fields.forEach(([name, wire, optional], position) => {
    if (from + position < array.length) fields[name] = unpack(wire, array[from + position], name);
    else if (!optional) throw new MalformedMessage(`${shape.name} lacks ${name}`);
  });
  return fields;
}

function unpack(wire: Wire, value: unknown, name: string): unknown {
  if (wire === "int" && Number.isSafeInteger(value)) return value;
  if (wire === "str" && typeof value === "string") return value;
  if (wire === "bool" && typeof value === "boolean") return value;
  if (typeof wire === "object") return unpackCompound(wire, value, name);
  throw new MalformedMessage(`${name} should be ${wire}`);
}

function unpackCompound(wire: Exclude<Wire, string>, value: unknown, name: string): unknown {
  if ("maybe" in wire) return value === null ? null : unpack(wire.maybe, value, name);
  if ("map" in wire) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new MalformedMessage(`${name} should be a map`);
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, unpack(wire.map, item, name)]));
  }
  if (!Array.isArray(value)) throw new MalformedMessage(`${name} should be an array`);
  if ("list" in wire) return value.map((item) => unpack(wire.list, item, name));
  if ("fields" in wire) return unpackFields(wire, value, 0);
  if (value.length !== wire.tuple.length) throw new MalformedMessage(`${name} should have ${wire.tuple.length} items`);
  return wire.tuple.map((item, position) => unpack(item, value[position], name));
}
