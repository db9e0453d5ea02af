/** The server's half of the codec: what the client decodes is encoded here, and the other way round. */

import { encode } from "@msgpack/msgpack";
import { decodeArray, MalformedMessage, packFields, type ServerMessage, unpackFields } from "../core/codec.ts";
import type { Shape } from "../core/schema.ts";
import { CLIENT_SHAPES, type ClientMessage, SERVER_SHAPES } from "../generated/protocol.ts";

const SERVER_KINDS = new Map(
  Object.entries(SERVER_SHAPES).map(([kind, shape]) => [shape.name as string, Number(kind)]),
);

/** The bytes of a message from the server. */
export function encodeServerMessage(message: ServerMessage): Uint8Array<ArrayBuffer> {
  if (message.kind === "delta") return encode(message.tokens);
  const kind = SERVER_KINDS.get(message.kind)!;
  const shape: Shape = SERVER_SHAPES[kind as keyof typeof SERVER_SHAPES];
  return encode([kind, ...packFields(shape, message as unknown as Record<string, unknown>)]);
}

/** The one message in `bytes` from a client. Throws MalformedMessage, and nothing else, for anything that is not one. */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage {
  const array = decodeArray(bytes);
  const shape = (CLIENT_SHAPES as Record<number, Shape>)[array[0] as number];
  if (shape === undefined) throw new MalformedMessage("unknown kind of message");
  return { kind: shape.name, ...unpackFields(shape, array, 1) } as unknown as ClientMessage;
}
