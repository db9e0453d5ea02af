// From a real key to the first frame that shows it.

const KEYS = { ArrowRight: [127, 0], ArrowDown: [0, 127], ArrowLeft: [-127, 0], ArrowUp: [0, -127] };
const STANDS_FRAMES = 10;
const BLOCKED_MS = 700; // in which not even the server moved the player: a wall is in the way
const same = (one, other) => one.x === other.x && one.y === other.y;

export class KeyWatch {
  /** One for each key that moved the player: frames and milliseconds from the key's event to the first other place. */
  motions = [];
  #frame = 0;
  #drawn = { x: 0, y: 0 };
  #known = { x: 0, y: 0 };
  #still = 0;
  #pressed = null;

  constructor(setInput) {
    addEventListener("keydown", ({ code, repeat }) => {
      if (repeat || !(code in KEYS)) return;
      const [x, y] = KEYS[code];
      const before = { frame: this.#frame, drawn: this.#drawn, known: this.#known };
      this.#pressed = { ...before, atMs: performance.now(), shown: null };
      setInput({ x, y });
    });
    addEventListener("keyup", ({ code }) => code in KEYS && setInput({}));
  }

  /** The player has stood where the server has it for several frames. */
  get stands() {
    return this.#still >= STANDS_FRAMES;
  }

  /** Nothing more is to be learned from the key that is down. */
  isDecided() {
    const pressed = this.#pressed;
    if (pressed === null) return true;
    const moved = !same(this.#known, pressed.known); // the server's word, later than ours
    if (!moved && performance.now() - pressed.atMs < BLOCKED_MS) return false;
    // Moved there and not drawn here would be the worst answer, and counts as such.
    if (moved) this.motions.push(pressed.shown ?? { frames: 999, ms: 999, units: 0 });
    this.#pressed = null;
    return true;
  }

  /** A frame is drawn: the own place in it, and in the newest state. */
  look(drawn, known, nowMs) {
    this.#frame += 1;
    this.#still = same(drawn, this.#drawn) && same(drawn, known) ? this.#still + 1 : 0;
    this.#drawn = drawn;
    this.#known = known;
    const pressed = this.#pressed;
    if (pressed === null || pressed.shown !== null || same(drawn, pressed.drawn)) return;
    const units = Math.hypot(drawn.x - pressed.drawn.x, drawn.y - pressed.drawn.y) / 48;
    pressed.shown = { frames: this.#frame - pressed.frame, ms: nowMs - pressed.atMs, units };
  }
}
