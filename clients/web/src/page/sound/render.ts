/** Tones to samples, away from the page's thread: to play one is then the work of two nodes, whatever it is made of. */

import type { Tone } from "./tones.ts";

const RISE_SECONDS = 0.006; // a tone that begins or ends at once clicks
const SILENCE = 0.0005;

/** One sound, from its tones. */
export function renderSound(tones: readonly Tone[], sampleRate: number): Promise<AudioBuffer> {
  const seconds = Math.max(...tones.map(({ at, seconds }) => at + seconds));
  const context = new OfflineAudioContext(1, Math.ceil(seconds * sampleRate), sampleRate);
  for (const tone of tones) sing(context, tone);
  return context.startRendering();
}

function sing(context: OfflineAudioContext, tone: Tone): void {
  const end = tone.at + tone.seconds;
  const envelope = context.createGain();
  envelope.gain.setValueAtTime(0, tone.at);
  envelope.gain.linearRampToValueAtTime(tone.gain, tone.at + RISE_SECONDS);
  envelope.gain.exponentialRampToValueAtTime(SILENCE, end);
  envelope.connect(context.destination);
  const source = tone.shape === "noise" ? hiss(context, tone, envelope) : oscillate(context, tone, envelope);
  source.start(tone.at);
  source.stop(end);
}

function oscillate(context: OfflineAudioContext, tone: Tone, to: AudioNode): AudioScheduledSourceNode {
  const oscillator = context.createOscillator();
  oscillator.type = tone.shape as OscillatorType;
  glide(oscillator.frequency, tone);
  oscillator.connect(to);
  return oscillator;
}

/** Noise, of which a band is let through that goes up or down. */
function hiss(context: OfflineAudioContext, tone: Tone, to: AudioNode): AudioScheduledSourceNode {
  const { sampleRate } = context;
  const noise = context.createBuffer(1, Math.ceil(tone.seconds * sampleRate), sampleRate);
  const samples = noise.getChannelData(0);
  for (let at = 0; at < samples.length; at++) samples[at] = Math.random() * 2 - 1;
  const source = context.createBufferSource();
  source.buffer = noise;
  const band = context.createBiquadFilter();
  band.type = "bandpass";
  band.Q.value = 0.9;
  glide(band.frequency, tone);
  source.connect(band).connect(to);
  return source;
}

function glide(frequency: AudioParam, { from, to, at, seconds }: Tone): void {
  frequency.setValueAtTime(from, at);
  if (to !== from) frequency.exponentialRampToValueAtTime(to, at + seconds);
}
