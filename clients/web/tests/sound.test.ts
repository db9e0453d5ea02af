// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ItemKind } from "../src/generated/protocol.ts";
import { soundOfPick } from "../src/page/arena/feedback.ts";
import { Gong } from "../src/page/arena/gong.ts";
import { Sounds } from "../src/page/sound/index.ts";
import { loudnessAt, Series, SOUNDS } from "../src/page/sound/tones.ts";

describe("sounds", () => {
  it("are short, and none is louder than the whole", () => {
    for (const [name, tones] of Object.entries(SOUNDS)) {
      expect(Math.max(...tones.map(({ at, seconds }) => at + seconds)), name).toBeLessThan(1);
      for (const tone of tones) {
        expect(tone.gain, name).toBeLessThan(0.5);
        expect(Math.min(tone.from, tone.to), name).toBeGreaterThan(20); // an exponential glide knows no 0
      }
    }
  });

  it("of pickups: a gem and a power sound otherwise than a coin", () => {
    const chosen = [ItemKind.Coin, ItemKind.Gem, ItemKind.Boots, ItemKind.Magnet, ItemKind.Shield].map(soundOfPick);
    expect(chosen).toEqual(["pickup", "gem", "power", "power", "power"]);
  });

  it("of a quick series rise, up to an end, and begin again after a pause", () => {
    const series = new Series();
    const pitches = Array.from({ length: 30 }, (_, pick) => series.next(pick * 0.3));
    expect(pitches[0]).toBe(1);
    for (let pick = 1; pick < 11; pick++) expect(pitches[pick]).toBeGreaterThan(pitches[pick - 1]!);
    expect(pitches.at(-1)).toBe(4);
    expect(series.next(100)).toBe(1);
  });

  it("of others are quieter than one's own, quieter with distance, and far away silent", () => {
    expect(loudnessAt(0)).toBeLessThan(0.5);
    expect(loudnessAt(200)).toBeLessThan(loudnessAt(100));
    expect(loudnessAt(520)).toBe(0);
    expect(loudnessAt(9999)).toBe(0);
  });
});

describe("the gong", () => {
  const waiting = { status: 0, startsAt: 0, endsAt: 0 };

  it("counts the last three seconds, each once, and sounds at the start", () => {
    const gong = new Gong();
    expect(gong.listen(waiting, 0, 30)).toBeNull();
    const counting = { ...waiting, startsAt: 150 };
    const heard: [number, string][] = [];
    for (let tick = 0; tick < 150; tick++) {
      const sound = gong.listen(counting, tick, 30);
      if (sound) heard.push([tick, sound]);
    }
    expect(heard).toEqual([
      [60, "countdown"],
      [90, "countdown"],
      [120, "countdown"],
    ]);
    expect(gong.listen({ status: 1, startsAt: 0, endsAt: 2000 }, 151, 30)).toBe("start");
    expect(gong.listen({ status: 1, startsAt: 0, endsAt: 2000 }, 152, 30)).toBeNull();
  });

  it("counts a round's last five seconds, and sounds at its end", () => {
    const gong = new Gong();
    const active = { status: 1, startsAt: 0, endsAt: 300 };
    const heard: string[] = [];
    for (let tick = 100; tick < 300; tick++) heard.push(...[gong.listen(active, tick, 30) ?? []].flat());
    expect(heard).toEqual(Array(5).fill("countdown"));
    expect(gong.listen({ ...active, status: 2 }, 300, 30)).toBe("end");
  });

  it("says nothing to whoever comes into the middle", () => {
    expect(new Gong().listen({ status: 1, startsAt: 0, endsAt: 9000 }, 10, 30)).toBeNull();
    expect(new Gong().listen({ status: 2, startsAt: 0, endsAt: 10 }, 10, 30)).toBeNull();
  });
});

describe("playing", () => {
  class Param {
    value = 0;
    setValueAtTime() {}
    linearRampToValueAtTime() {}
    exponentialRampToValueAtTime() {}
    setTargetAtTime(value: number) {
      this.value = value;
    }
  }
  class Source {
    playbackRate = new Param();
    frequency = new Param();
    buffer: unknown = null;
    onended: (() => void) | null = null;
    connect<T>(to: T): T {
      return to;
    }
    start() {}
    stop() {}
  }
  const node = () => ({ gain: new Param(), connect: <T>(to: T) => to, disconnect: () => {} });
  class Offline {
    createGain = node;
    createOscillator = () => new Source();
    createBufferSource = () => new Source();
    createBuffer = () => ({ getChannelData: () => new Float32Array(8) });
    createBiquadFilter = () => ({ ...node(), Q: new Param(), frequency: new Param(), type: "" });
    startRendering = () => Promise.resolve({});
  }
  let started: Source[];
  let master: ReturnType<typeof node> | null;
  class Context {
    state = "suspended";
    currentTime = 0;
    sampleRate = 48000;
    destination = {};
    constructor() {
      contexts.push(this);
    }
    createDynamicsCompressor = () => ({
      ...node(),
      threshold: new Param(),
      knee: new Param(),
      ratio: new Param(),
      attack: new Param(),
      release: new Param(),
    });
    createGain = () => {
      const made = node();
      master ??= made;
      return made;
    };
    createBufferSource = () => {
      const source = new Source();
      source.start = () => started.push(source);
      return source;
    };
    resume = async () => {
      this.state = "running";
    };
    suspend = async () => {
      this.state = "suspended";
    };
    close = async () => {
      this.state = "closed";
    };
  }
  let contexts: Context[];
  let sounds: Sounds;

  beforeEach(async () => {
    started = [];
    contexts = [];
    master = null;
    vi.stubGlobal("AudioContext", Context);
    vi.stubGlobal("OfflineAudioContext", Offline);
    sounds = new Sounds();
  });

  afterEach(() => {
    sounds.close();
    vi.unstubAllGlobals();
  });

  const unlock = async () => {
    sounds.unlock();
    await new Promise((resolve) => setTimeout(resolve)); // the sounds are rendered in promises
  };

  it("makes no sound before the first gesture, and needs no other call for it", async () => {
    sounds.play("gem");
    expect(contexts).toHaveLength(0);
    window.dispatchEvent(new Event("keydown"));
    await unlock();
    expect(contexts).toHaveLength(1);
    sounds.play("gem");
    expect(started).toHaveLength(1);
  });

  it("is silent where there is no AudioContext", () => {
    vi.stubGlobal("AudioContext", undefined);
    sounds.unlock();
    sounds.play("gem");
    expect(started).toHaveLength(0);
  });

  it("is silent while muted, and while the page is hidden", async () => {
    await unlock();
    sounds.muted = true;
    expect(master!.gain.value).toBe(0);
    sounds.play("gem");
    sounds.muted = false;
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(contexts[0]!.state).toBe("suspended");
    sounds.play("gem");
    expect(started).toHaveLength(0);
    hidden.mockRestore();
    document.dispatchEvent(new Event("visibilitychange"));
    sounds.play("gem");
    expect(started).toHaveLength(1);
  });

  it("holds no more voices than it should, and has them back when they end", async () => {
    await unlock();
    for (let sound = 0; sound < 100; sound++) sounds.play("hit");
    expect(started).toHaveLength(16);
    started[0]!.onended!();
    sounds.play("hit");
    expect(started).toHaveLength(17);
  });

  it("lets one sound of others through at a time, and none that is too far away", async () => {
    await unlock();
    sounds.play("bump", 0.3);
    sounds.play("bump", 0.3);
    sounds.play("bump", 0.01);
    expect(started).toHaveLength(1);
    contexts[0]!.currentTime = 0.1;
    sounds.play("bump", 0.3);
    expect(started).toHaveLength(2);
  });

  it("is heard once for what two tell of, and rises for one's own pickups alone", async () => {
    await unlock();
    sounds.play("start");
    sounds.play("start");
    expect(started).toHaveLength(1);
    contexts[0]!.currentTime = 1;
    sounds.play("pickup");
    sounds.play("pickup");
    sounds.play("pickup", 0.4);
    expect(started.slice(1).map(({ playbackRate }) => playbackRate.value > 1)).toEqual([false, true, false]);
  });
});
