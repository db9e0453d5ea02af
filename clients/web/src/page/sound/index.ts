/** Sounds, made of tones when the first gesture allows them: no files. Silent where there is no AudioContext. */

import { renderSound } from "./render.ts";
import { Series, SOUNDS, type SoundName } from "./tones.ts";

export type { SoundName } from "./tones.ts";

const MOST_VOICES = 16; // at a time: 64 players make a noise, not a wall of it
const LEAST_LOUDNESS = 0.05;
const APART_SECONDS = 0.04; // what others do: one sound at a time, for nobody tells more apart, and each costs the frame
const VOLUME = 0.5;
/** Said once a round by whoever notices; two who notice are heard as one. */
const ONCE_SECONDS = 0.4;
const ONCE: ReadonlySet<SoundName> = new Set<SoundName>(["countdown", "start", "end"]);

export class Sounds {
  #muted = false;
  #context: AudioContext | null = null;
  #master: GainNode | null = null;
  readonly #buffers = new Map<SoundName, AudioBuffer>();
  #voices = 0;
  #lastOther = Number.NEGATIVE_INFINITY;
  readonly #series = new Series();
  readonly #lastPlayed = new Map<SoundName, number>();
  readonly #listening = new AbortController();

  constructor() {
    const { signal } = this.#listening;
    document.addEventListener("visibilitychange", () => this.#followPage(), { signal });
    // What browsers count as a gesture; a finger that comes down is none yet.
    for (const gesture of ["pointerup", "keydown", "click"]) {
      addEventListener(gesture, () => this.unlock(), { signal, capture: true, passive: true });
    }
  }

  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    const { context } = this.#open ?? {};
    if (context) this.#master?.gain.setTargetAtTime(muted ? 0 : VOLUME, context.currentTime, 0.02);
  }

  /** Browsers allow no sound before the player's first gesture: called in each, any number of times, by itself too. */
  unlock(): void {
    if (this.#context === null) this.#context = this.#makeContext();
    if (this.#context?.state === "suspended" && !document.hidden) this.#resume(this.#context);
  }

  /** Play, `loudness` times as loud as one's own: below 1 for what is farther away. */
  play(name: SoundName, loudness = 1): void {
    const open = this.#open;
    const buffer = this.#buffers.get(name);
    if (open === null || buffer === undefined || this.#muted || document.hidden) return;
    if (loudness < LEAST_LOUDNESS || this.#voices >= MOST_VOICES) return;
    const now = open.context.currentTime;
    if (ONCE.has(name) && now - (this.#lastPlayed.get(name) ?? Number.NEGATIVE_INFINITY) < ONCE_SECONDS) return;
    if (loudness < 1) {
      if (now - this.#lastOther < APART_SECONDS) return;
      this.#lastOther = now;
    }
    this.#lastPlayed.set(name, now);
    // Only one's own series rises: what others pick is no melody.
    const pitch = name === "pickup" && loudness === 1 ? this.#series.next(now) : 1;
    this.#sing(open.context, open.master, buffer, pitch, loudness);
  }

  /** No sound any more. */
  close(): void {
    this.#listening.abort();
    const context = this.#context;
    this.#context = null;
    this.#master = null;
    if (context && context.state !== "closed") void context.close();
  }

  get #open(): { context: AudioContext; master: GainNode } | null {
    const context = this.#context;
    const master = this.#master;
    return context && master && context.state === "running" ? { context, master } : null;
  }

  #makeContext(): AudioContext | null {
    if (typeof AudioContext === "undefined" || typeof OfflineAudioContext === "undefined") return null;
    const context = new AudioContext({ latencyHint: "interactive" });
    const limiter = context.createDynamicsCompressor();
    limiter.threshold.value = -12;
    limiter.knee.value = 6;
    limiter.ratio.value = 20;
    limiter.attack.value = 0.002;
    limiter.release.value = 0.12;
    this.#master = context.createGain();
    this.#master.gain.value = this.#muted ? 0 : VOLUME;
    this.#master.connect(limiter).connect(context.destination);
    for (const name of Object.keys(SOUNDS) as SoundName[]) {
      // Until it is ready, some milliseconds, it is not heard.
      void renderSound(SOUNDS[name], context.sampleRate).then((buffer) => this.#buffers.set(name, buffer));
    }
    return context;
  }

  #followPage(): void {
    const context = this.#context;
    if (context === null) return;
    if (document.hidden) void context.suspend();
    else this.#resume(context);
  }

  /** A browser may refuse without a gesture; the next `unlock` asks again. */
  #resume(context: AudioContext): void {
    context.resume().catch((error: unknown) => {
      if (!(error instanceof DOMException)) throw error;
    });
  }

  #sing(context: AudioContext, master: GainNode, buffer: AudioBuffer, pitch: number, loudness: number): void {
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.playbackRate.value = pitch;
    const volume = context.createGain();
    volume.gain.value = loudness;
    source.connect(volume).connect(master);
    this.#voices++;
    source.onended = () => {
      this.#voices--;
      volume.disconnect();
    };
    source.start();
  }
}
