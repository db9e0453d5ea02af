/** A server's end of a WebSocket in bare arrays, for tests of what MockServer would not say (src/testing): what the client sent is there to read, what it gets is said by hand. */

import { decode, encode } from "@msgpack/msgpack";
import { Layout } from "../src/core/layout.ts";
import { ARENA, SeatsColumn } from "../src/generated/protocol.ts";

export class FakeSocket {
  binaryType = "blob";
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  closedByClient: number | undefined | null = null;
  readonly sent: unknown[][] = [];

  send(bytes: Uint8Array): void {
    this.sent.push(decode(bytes) as unknown[]);
  }

  close(code?: number): void {
    this.closedByClient ??= code;
    this.readyState = 3;
  }

  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(message: unknown): void {
    const bytes = encode(message);
    this.onmessage?.({
      data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    });
  }

  drop(code: number, reason = ""): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }

  /** What the client sent of one kind. */
  sentOfKind(kind: number): unknown[][] {
    return this.sent.filter((message) => message[0] === kind);
  }
}

export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  readonly addresses: string[] = [];

  readonly openSocket = (address: string): WebSocket => {
    const socket = new FakeSocket();
    this.addresses.push(address);
    this.sockets.push(socket);
    return socket as unknown as WebSocket;
  };

  get socket(): FakeSocket {
    return this.sockets.at(-1)!;
  }

  /** Accept, and seat the client: two seats, one item row, at tick 100; its seat has the stamp `stamp`. */
  welcome(token = "token-1", rows = [2, 2, 1, 1], stamp = 0): void {
    this.socket.accept();
    const roster = [[1, 0, "Ann", false, true]];
    this.socket.say([0, "K7P2QX", 1, 0, token, 100, 30, ARENA.game, rows, { map: 0 }, 30, 900, roster]);
    const layout = new Layout(ARENA.tables, [2, 2, 1, 1]);
    const values = Array.from({ length: layout.cells }, () => 0);
    values[layout.span("seats").first + SeatsColumn.stamp] = stamp;
    this.socket.say([1, 100, values, Array.from(layout.glidingCells, () => 0)]);
  }
}
