/** Which sound is made of which tones: numbers only, so that they can be tested, and changed without reading the rest. */

export type SoundName = "pickup" | "gem" | "power" | "dash" | "bump" | "hit" | "countdown" | "start" | "end";

/** One voice of a sound. Frequencies in hertz, times in seconds after the sound's beginning. */
export interface Tone {
  readonly shape: OscillatorType | "noise";
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly seconds: number;
  readonly gain: number;
}

const tone = (shape: Tone["shape"], from: number, to: number, at: number, seconds: number, gain: number): Tone => ({
  shape,
  from,
  to,
  at,
  seconds,
  gain,
});

export const SOUNDS: Readonly<Record<SoundName, readonly Tone[]>> = {
  pickup: [tone("triangle", 660, 660, 0, 0.07, 0.3), tone("triangle", 990, 990, 0.05, 0.12, 0.26)],
  gem: [
    tone("sine", 1047, 1047, 0, 0.14, 0.24),
    tone("sine", 1319, 1319, 0.06, 0.14, 0.24),
    tone("sine", 1568, 1568, 0.12, 0.16, 0.24),
    tone("sine", 2093, 2093, 0.18, 0.34, 0.2),
  ],
  power: [
    tone("triangle", 392, 392, 0, 0.12, 0.28),
    tone("triangle", 523, 523, 0.07, 0.12, 0.28),
    tone("triangle", 784, 784, 0.14, 0.26, 0.26),
  ],
  dash: [tone("noise", 700, 3200, 0, 0.2, 0.26), tone("sine", 180, 420, 0, 0.16, 0.18)],
  bump: [tone("square", 190, 80, 0, 0.12, 0.16), tone("noise", 1600, 500, 0, 0.08, 0.24)],
  hit: [tone("sawtooth", 260, 60, 0, 0.3, 0.22), tone("noise", 900, 200, 0, 0.22, 0.34)],
  countdown: [tone("sine", 523, 523, 0, 0.14, 0.36)],
  start: [tone("sine", 784, 784, 0, 0.1, 0.34), tone("sine", 1047, 1047, 0.08, 0.42, 0.36)],
  end: [
    tone("triangle", 784, 784, 0, 0.2, 0.3),
    tone("triangle", 659, 659, 0.18, 0.2, 0.3),
    tone("triangle", 523, 523, 0.36, 0.55, 0.32),
    tone("sine", 262, 262, 0.36, 0.6, 0.22),
  ],
};

const SERIES_SECONDS = 0.9; // pickups that follow each other sooner rise in pitch
const SCALE = [0, 2, 4, 7, 9, 12, 14, 16, 19, 21, 24]; // semitones: the major pentatonic, which fits with itself

/** The pitch of pickups: higher with each of a quick series, from the start again after a pause. */
export class Series {
  #last = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** The factor to the pitch of a pickup at `seconds`. */
  next(seconds: number): number {
    this.#count = seconds - this.#last <= SERIES_SECONDS ? this.#count + 1 : 0;
    this.#last = seconds;
    return 2 ** (SCALE[Math.min(this.#count, SCALE.length - 1)]! / 12);
  }
}

const NEAR_UNITS = 64;
const FAR_UNITS = 520;
const OTHERS = 0.45; // what happens to others is quieter than what happens to oneself, however near

/** How loud something is that happens to somebody else, so many units away: 0 to 1, and 0 for what is not to be heard. */
export function loudnessAt(units: number): number {
  if (units >= FAR_UNITS) return 0;
  const near = 1 - Math.max(0, units - NEAR_UNITS) / (FAR_UNITS - NEAR_UNITS);
  return OTHERS * near * near;
}
