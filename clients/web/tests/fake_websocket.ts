/** A WebSocket whose other end is the test: nothing happens until the test says so. For any protocol. */

export class FakeWebSocket {
  binaryType = "blob";
  readyState = 0;
  bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number; reason: string; wasClean: boolean }) => void) | null = null;
  readonly sent: unknown[] = [];
  readonly address: string;
  readonly protocols: readonly string[];
  closedWith: { code: number | undefined; reason: string | undefined } | null = null;

  constructor(address: string, protocols: readonly string[]) {
    this.address = address;
    this.protocols = protocols;
  }

  send(payload: unknown): void {
    if (this.readyState !== 1) throw new Error("InvalidStateError");
    this.sent.push(payload);
  }

  close(code?: number, reason?: string): void {
    this.closedWith ??= { code, reason };
    this.readyState = 2;
  }

  // --- the server's side

  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(content: unknown): void {
    this.onmessage?.({ data: content });
  }

  end(code: number, reason = ""): void {
    this.readyState = 3;
    this.onclose?.({ code, reason, wasClean: code !== 1006 });
  }

  /** It cannot be reached, or the connection broke. */
  fail(): void {
    this.end(1006);
  }

  /** Whether anything could still be told through it. */
  get isLetGo(): boolean {
    return [this.onopen, this.onmessage, this.onclose].every((handler) => handler === null);
  }
}

export class FakeSockets {
  readonly all: FakeWebSocket[] = [];

  readonly openSocket = (address: string, protocols: string[]): WebSocket => {
    const socket = new FakeWebSocket(address, protocols);
    this.all.push(socket);
    return socket as unknown as WebSocket;
  };

  get last(): FakeWebSocket {
    return this.all.at(-1)!;
  }

  /** Neither closed by the client nor ended by the server. */
  get alive(): number {
    return this.all.filter((socket) => socket.readyState < 2).length;
  }
}
