import { describe, expect, it } from "vitest";
import { cleanCode, codeInAddress } from "../src/core/code.ts";
import { CLOSE_CODES } from "../src/generated/protocol.ts";
import { Camera } from "../src/page/arena/camera.ts";
import { Steering } from "../src/page/steering.ts";
import { clockOf, endingOf } from "../src/page/words.ts";

describe("codes", () => {
  it("come out clean while they are typed or pasted", () => {
    expect(cleanCode(" k7p-2qx ")).toBe("K7P2QX");
    expect(cleanCode("O0I1L")).toBe("");
    expect(cleanCode("ABCDEFGH")).toBe("ABCDEF");
  });

  it("are found in an address, in either form, whole or not at all", () => {
    expect(codeInAddress(new URL("http://h/?code=k7p2qx"))).toBe("K7P2QX");
    expect(codeInAddress(new URL("http://h/#K7P2QX"))).toBe("K7P2QX");
    expect(codeInAddress(new URL("http://h/#K7P2Q"))).toBeNull();
    expect(codeInAddress(new URL("http://h/#K7P2QXX"))).toBeNull();
    expect(codeInAddress(new URL("http://h/"))).toBeNull();
  });
});

describe("words", () => {
  it("there are some for every way a session of ours can end", () => {
    const lost = endingOf(1006);
    for (const [code, { retryable }] of Object.entries(CLOSE_CODES)) {
      if (!retryable) expect(endingOf(Number(code)), code).not.toBe(lost);
    }
  });

  it("a clock never shows less than nothing", () => {
    expect(clockOf(83)).toBe("1:23");
    expect(clockOf(0.2)).toBe("0:01");
    expect(clockOf(-3)).toBe("0:00");
  });
});

describe("steering", () => {
  it("adds devices up, within what an axis can hold", () => {
    const said: (readonly number[])[] = [];
    const steering = new Steering((values) => said.push(values));
    steering.steer("keyboard", { x: 1, y: 0, dash: false });
    steering.steer("touch", { x: 0.5, y: -0.5, dash: true });
    steering.steer("keyboard", { x: 0, y: 0, dash: false });
    expect(said).toEqual([
      [127, 0, 0],
      [127, -63, 1],
      [64, -63, 1],
    ]);
  });
});

describe("camera", () => {
  it("shows a small map whole, in the middle", () => {
    const camera = new Camera({ width: 768, height: 512 }, 32);
    camera.resize({ width: 1008, height: 800 });
    camera.follow(10, 10, 0.016);
    expect(camera.zoom).toBeCloseTo(1008 / 768);
    expect(camera).toMatchObject({ x: 384, y: 256 });
  });

  it("follows on a large one, and stops at its edges", () => {
    const camera = new Camera({ width: 1536, height: 1024 }, 32);
    camera.resize({ width: 390, height: 700 });
    camera.follow(5, 5, 0.016);
    expect(camera.x).toBeCloseTo(390 / camera.zoom / 2);
    camera.follow(800, 5, 0.016);
    expect(camera.x).toBeGreaterThan(390 / camera.zoom / 2);
    expect(camera.x).toBeLessThan(800);
    for (let frame = 0; frame < 300; frame++) camera.follow(800, 5, 0.016);
    expect(camera.x).toBeCloseTo(800);
    expect(camera.toWorld(195, 350)).toMatchObject({ x: camera.x, y: camera.y });
  });
});
