/**
 * A WebSocket server of node:http alone: what it is sent, it sends back. RFC 6455, as far as small messages go.
 *
 * The text `close N` closes with that code; `drop` cuts the connection off without a word.
 */

import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

const ACCEPT_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; // RFC 6455, 1.3
const TEXT = 1;
const CLOSE = 8;

export interface EchoServer {
  readonly url: string;
  /** Connections that are open now. */
  readonly connections: ReadonlySet<Duplex>;
  /** Request targets of all handshakes. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** Frames are short, whole and masked, as browsers send them: 5.2. */
function readFrames(bytes: Buffer, receive: (opcode: number, payload: Buffer) => void): Buffer {
  while (bytes.length >= 6) {
    const short = bytes[1]! & 0x7f;
    const head = short === 126 ? 4 : 2;
    const length = short === 126 ? bytes.readUInt16BE(2) : short;
    const end = head + 4 + length;
    if (bytes.length < end) break;
    const mask = bytes.subarray(head, head + 4);
    receive(bytes[0]! & 0x0f, Buffer.from(bytes.subarray(head + 4, end).map((byte, at) => byte ^ mask[at % 4]!)));
    bytes = bytes.subarray(end);
  }
  return bytes;
}

function writeFrame(socket: Duplex, opcode: number, payload: Buffer): void {
  const head = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 0xff];
  socket.write(Buffer.concat([Buffer.from([0x80 | opcode, ...head]), payload]));
}

function answer(socket: Duplex, opcode: number, payload: Buffer): void {
  const text = payload.toString();
  if (opcode === TEXT && text === "drop") socket.destroy();
  else if (opcode === TEXT && text.startsWith("close ")) {
    const code = Buffer.alloc(2);
    code.writeUInt16BE(Number(text.slice(6)));
    writeFrame(socket, CLOSE, code);
  } else {
    writeFrame(socket, opcode, payload);
    if (opcode === CLOSE) socket.end();
  }
}

export async function startEcho(): Promise<EchoServer> {
  const connections = new Set<Duplex>();
  const asked: string[] = [];
  const server = createServer((_, response) => response.writeHead(426).end());
  server.on("upgrade", (request, socket) => {
    asked.push(request.url ?? "");
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
    socket.on("error", () => socket.destroy()); // the client went: there is nobody to tell
    const key = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${ACCEPT_SUFFIX}`).digest("base64");
    const lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
    const protocol = request.headers["sec-websocket-protocol"]?.split(",")[0];
    if (protocol) lines.push(`Sec-WebSocket-Protocol: ${protocol}`);
    socket.write(`${[...lines, `Sec-WebSocket-Accept: ${key}`].join("\r\n")}\r\n\r\n`);
    let rest: Buffer = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      rest = readFrames(Buffer.concat([rest, bytes]), (opcode, payload) => answer(socket, opcode, payload));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    for (const socket of connections) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url: `ws://127.0.0.1:${port}`, connections, asked, close };
}
