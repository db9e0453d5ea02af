/** A place where sockets are asked for, and which can be down: the part of a server that knows no protocol. */

import { MockSocket } from "./socket.ts";

/**
 * Every socket that a client asked for here, to be accepted and spoken to by the test.
 *
 *     const sockets = new MockSockets();
 *     const socket = sockets.openSocket("ws://play.test/echo"); // the client's doing
 *     socket.accept();
 *     socket.sayText("hello");
 */
export class MockSockets {
  /** All that were asked for, oldest first. */
  readonly sockets: MockSocket[] = [];
  #down = false;
  #awaiting: { readonly count: number; readonly resolve: (socket: MockSocket) => void }[] = [];

  /** For the option `openSocket` of `Client` and `Session`. */
  readonly openSocket = (address: string | URL, protocols?: string | readonly string[]): MockSocket => {
    const socket = new MockSocket(address, protocols);
    this.keep(socket);
    return socket;
  };

  /** The newest. Throws RangeError before the first. */
  get socket(): MockSocket {
    const newest = this.sockets.at(-1);
    if (newest === undefined) throw new RangeError("no socket has been asked for yet: await server.asked()");
    return newest;
  }

  /** How many are open, or about to be. */
  get openCount(): number {
    return this.sockets.filter((socket) => socket.readyState < MockSocket.CLOSING).length;
  }

  /** The socket number `count`, from 1 on, as soon as it has been asked for. */
  asked(count = 1): Promise<MockSocket> {
    const there = this.sockets[count - 1];
    if (there) return Promise.resolve(there);
    return new Promise((resolve) => this.#awaiting.push({ count, resolve }));
  }

  /** The server is gone: every socket ends with `code`, and new ones are refused until `up()`. */
  down(code = 1006, reason = ""): void {
    this.#down = true;
    for (const socket of this.sockets) socket.drop(code, reason);
  }

  /** The server is back. */
  up(): void {
    this.#down = false;
  }

  /** Another socket was asked for. */
  protected keep(socket: MockSocket): void {
    this.sockets.push(socket);
    if (this.#down) void Promise.resolve().then(() => socket.drop());
    const due = this.#awaiting.filter(({ count }) => count <= this.sockets.length);
    this.#awaiting = this.#awaiting.filter((waiting) => !due.includes(waiting));
    for (const { count, resolve } of due) resolve(this.sockets[count - 1]!);
  }

  /** Whether it refuses whoever comes. */
  get isDown(): boolean {
    return this.#down;
  }
}

/** The global `WebSocket` is a mock from now on. `restore()` ends that. */
export interface InstalledMock<Server extends MockSockets> {
  /** Where the sockets end up. */
  readonly server: Server;
  restore(): void;
}

/**
 * Replace `globalThis.WebSocket` by a mock whose sockets end up at `server`, for code that makes its own sockets.
 *
 *     const { server, restore } = installMockWebSocket();
 *     afterEach(restore);
 *     new WebSocket("ws://anywhere.test/"); // as server.socket
 */
export function installMockWebSocket(): InstalledMock<MockSockets>;
export function installMockWebSocket<Server extends MockSockets>(server: Server): InstalledMock<Server>;
export function installMockWebSocket(server: MockSockets = new MockSockets()): InstalledMock<MockSockets> {
  const before = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
  // Called with `new`, a function that returns an object stands for that object's constructor.
  function Installed(address: string | URL, protocols?: string | readonly string[]): MockSocket {
    return server.openSocket(address, protocols);
  }
  Object.assign(Installed, { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });
  Installed.prototype = MockSocket.prototype; // so that `instanceof WebSocket` holds
  Object.defineProperty(globalThis, "WebSocket", { value: Installed, configurable: true, writable: true });
  return {
    server,
    restore() {
      if (before) Object.defineProperty(globalThis, "WebSocket", before);
      else Reflect.deleteProperty(globalThis, "WebSocket");
    },
  };
}
