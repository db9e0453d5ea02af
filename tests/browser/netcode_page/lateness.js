// Which inputs were late, read from the wire and the states alone, not from the SDK's statistics.

const INPUT = 1; // kind of the message; docs/protocol.md

export class Lateness {
  /** When a state told of an input that was not in at the tick it named; `performance.now()`. */
  timesMs = [];
  inputs = 0;
  #named = []; // ticks that were sent and that no state has shown yet
  #stamp = 0;

  /** For `new Client(url, { openSocket })`: a WebSocket whose inputs are noted. */
  openSocket = (address, protocol) => {
    const socket = new WebSocket(address, protocol);
    const send = socket.send;
    socket.send = (bytes) => {
      const tick = tickOfInput(bytes);
      if (tick !== null) this.#named.push(tick);
      send.call(socket, bytes);
    };
    return socket;
  };

  /**
   * A delta of `tick` has `stamp` in the own seat's row: the tick that the newest input in it named.
   *
   * A change of the stamp is sent in the tick in which it happens. So an input is late when its stamp comes in a later
   * tick, and also when it never comes: of two that are applied in one tick, the later one's stamp stands.
   */
  look(tick, stamp, nowMs) {
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    while (this.#named.length > 0 && this.#named[0] <= stamp) {
      const named = this.#named.shift();
      this.inputs += 1;
      if (named < stamp || tick > stamp) this.timesMs.push(nowMs);
    }
  }
}

/** The tick that an input names; null for any other message. MessagePack: an array of few, small ints first. */
function tickOfInput(bytes) {
  const { byteOffset, byteLength, buffer } = bytes;
  const view = new DataView(buffer, byteOffset, byteLength);
  if (view.getUint8(0) >> 4 !== 9 || view.getUint8(1) !== INPUT) return null;
  const first = view.getUint8(2);
  if (first < 0x80) return first;
  if (first === 0xcc) return view.getUint8(3);
  if (first === 0xcd) return view.getUint16(3);
  if (first === 0xce) return view.getUint32(3);
  throw new Error(`an input names a tick of MessagePack type ${first}`);
}
