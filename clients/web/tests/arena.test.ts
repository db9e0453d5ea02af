import { describe, expect, it } from "vitest";
import { ArenaReader, type ArenaTables, type PlayerReading, type PlayerRow } from "../src/arena/reading.ts";
import { Camera } from "../src/page/arena/camera.ts";
import { FrameTimes, KEPT_FRAMES } from "../src/page/arena/frames.ts";
import { Following } from "../src/page/arena/spectate.ts";

const STILL: PlayerRow = {
  x: 0,
  y: 0,
  score: 0,
  dashX: 0,
  dashY: 0,
  dashUntil: 0,
  dashReady: 0,
  bootsFrom: 0,
  bootsUntil: 0,
  magnetUntil: 0,
  shieldUntil: 0,
};

/** A state with these players, everybody connected unless `presence` says otherwise. */
function stateOf(
  tick: number,
  rows: readonly Partial<PlayerRow & { presence: number; player: number }>[],
): ArenaTables {
  return {
    tick,
    seats: {
      length: rows.length,
      at: (seat) => ({ presence: rows[seat]!.presence ?? 1, player: rows[seat]!.player ?? 100 + seat }),
    },
    players: { length: rows.length, at: (seat) => ({ ...STILL, ...rows[seat] }) },
    items: { length: 0, at: () => ({ kind: 0, x: 0, y: 0 }) },
  };
}

function readingOf(tick: number, ...rows: Parameters<typeof stateOf>[1]): readonly PlayerReading[] {
  const reader = new ArenaReader(rows.length);
  reader.read(stateOf(tick, rows));
  return reader.players;
}

describe("reading", () => {
  it("tells the empty, the connected and the dropped apart", () => {
    const [empty, connected, dropped] = readingOf(5, { presence: 0 }, { presence: 1 }, { presence: 2 });
    expect([empty!.present, connected!.present, dropped!.present]).toEqual([false, true, true]);
    expect([connected!.connected, dropped!.connected]).toEqual([true, false]);
    const [away, waiting] = readingOf(5, { presence: 3 }, { presence: 4 });
    expect([away!.present, away!.connected]).toEqual([true, true]);
    expect(waiting!.present).toBe(false); // it has a seat, and no place on the map before the next round
  });

  it("counts ticks as the rules do: the last one included", () => {
    const row = { dashUntil: 10, dashReady: 65, bootsFrom: 12, bootsUntil: 20, magnetUntil: 10, shieldUntil: 10 };
    const at = (tick: number) => readingOf(tick, row)[0]!;
    expect(at(10.9)).toMatchObject({ dashing: true, magnetic: true, shielded: true, booted: false, dashWait: 55 });
    expect(at(11)).toMatchObject({ dashing: false, magnetic: false, shielded: false });
    expect([at(11.9).booted, at(12).booted, at(20.5).booted, at(21).booted]).toEqual([false, true, true, false]);
    expect(at(70).dashWait).toBe(0);
  });

  it("wears nothing at the beginning of a session, when all columns are 0", () => {
    expect(readingOf(0, {})[0]).toMatchObject({ dashing: false, booted: false, magnetic: false, shielded: false });
  });

  it("reads the own row at the moment it is predicted for", () => {
    const reader = new ArenaReader(2);
    reader.read(stateOf(10, [{ dashUntil: 12 }, { dashUntil: 12 }]), 1, 14);
    expect(reader.players.map(({ dashing }) => dashing)).toEqual([true, false]);
  });

  it("fills the same objects again", () => {
    const reader = new ArenaReader(1);
    reader.read(stateOf(1, [{ x: 5 }]));
    const before = reader.players[0];
    reader.read(stateOf(2, [{ x: 6 }]));
    expect(reader.players[0]).toBe(before);
    expect(before!.x).toBe(6);
  });
});

describe("camera", () => {
  const large = () => {
    const camera = new Camera({ width: 1536, height: 1024 }, 32);
    camera.resize({ width: 390, height: 700 });
    return camera;
  };

  it("shows a small map whole, in the middle", () => {
    const camera = new Camera({ width: 768, height: 512 }, 32);
    camera.resize({ width: 1008, height: 800 });
    camera.follow(10, 10, 0.016);
    expect(camera.zoom).toBeCloseTo(1008 / 768);
    expect(camera).toMatchObject({ x: 384, y: 256, seesWhole: true });
  });

  it("follows on a large one, and stops at its edges", () => {
    const camera = large();
    camera.follow(5, 5, 0.016);
    expect(camera.x).toBeCloseTo(390 / camera.zoom / 2);
    camera.follow(800, 5, 0.016);
    expect(camera.x).toBeLessThan(800);
    for (let frame = 0; frame < 300; frame++) camera.follow(800, 5, 0.016);
    expect(camera.x).toBeCloseTo(800);
    expect(camera.toWorld(195, 350)).toMatchObject({ x: camera.x, y: camera.y });
    expect(camera.seesWhole).toBe(false);
  });

  it("keeps an evenly moving target in its place, however uneven the frames", () => {
    const camera = large();
    camera.follow(400, 400, 0.016);
    let x = 400;
    const seenAt: number[] = [];
    for (let frame = 0; frame < 600; frame++) {
      const seconds = [0.004, 0.016, 0.033, 0.007][frame % 4]!;
      x += 60 * seconds;
      camera.follow(x, 400, seconds);
      if (frame > 300) seenAt.push(camera.toView(x, 400).x);
    }
    expect(Math.max(...seenAt) - Math.min(...seenAt)).toBeLessThan(0.01);
  });

  it("comes to the same place whatever the display's rate", () => {
    const ends = [30, 60, 144].map((hz) => {
      const camera = large();
      camera.follow(400, 400, 1 / hz);
      for (let frame = 1; frame <= hz; frame++) camera.follow(400 + (200 * frame) / hz, 400, 1 / hz);
      return camera.x;
    });
    expect(ends[0]).toBeCloseTo(ends[1]!, 6);
    expect(ends[0]).toBeCloseTo(ends[2]!, 6);
  });

  it("is at once where it was cut to", () => {
    const camera = large();
    camera.follow(400, 400, 0.016);
    camera.cut();
    camera.follow(1000, 500, 0.016);
    expect(camera).toMatchObject({ x: 1000, y: 500 });
  });

  it("shows all of a large map on request, and goes back", () => {
    const camera = large();
    const close = camera.zoom;
    const look = () => {
      for (let frame = 0; frame < 300; frame++) camera.follow(400, 400, 0.016);
    };
    camera.toggleWhole();
    look();
    expect(camera.seesWhole).toBe(true);
    camera.toggleWhole();
    look();
    expect(camera.zoom).toBeCloseTo(close);
  });

  it("knows what is in the view", () => {
    const camera = large();
    camera.follow(800, 500, 0.016);
    const half = 390 / camera.zoom / 2;
    expect(camera.sees(800 + half - 1, 500, 0)).toBe(true);
    expect(camera.sees(800 + half + 1, 500, 0)).toBe(false);
    expect(camera.sees(800 + half + 1, 500, 10)).toBe(true);
  });
});

describe("whom a spectator follows", () => {
  it("is the leader, and not another at every point", () => {
    const following = new Following();
    following.update(readingOf(1, { score: 10 }, { score: 20 }), 0.1);
    expect(following.seat).toBe(1);
    following.update(readingOf(2, { score: 30 }, { score: 20 }), 0.1);
    expect(following.seat).toBe(1);
    following.update(readingOf(3, { score: 30 }, { score: 20 }), 3);
    expect(following.seat).toBe(0);
    following.update(readingOf(4, { score: 30 }, { score: 30 }), 9);
    expect(following.seat).toBe(0);
  });

  it("is whoever was chosen, until that one is gone", () => {
    const following = new Following();
    const players = readingOf(1, { score: 50 }, { score: 10 }, { score: 20 });
    following.update(players, 0.1);
    following.choosePlace(players, 3);
    following.update(players, 9);
    expect(following.seat).toBe(1);
    // Somebody else has the seat now.
    following.update(readingOf(2, { score: 50 }, { score: 10, player: 7 }, { score: 20 }), 9);
    expect(following.seat).toBe(0);
  });

  it("goes on to the next who is there, around the end", () => {
    const following = new Following();
    const players = readingOf(1, { score: 5 }, { presence: 0 }, {}, { presence: 0 });
    following.update(players, 0.1);
    const next = (step: 1 | -1) => {
      following.chooseNext(players, step);
      following.update(players, 0.1);
      return following.seat;
    };
    expect([next(1), next(1), next(-1), next(-1)]).toEqual([2, 0, 2, 0]);
    following.chooseLeader();
    following.update(players, 0.1);
    expect(following.seat).toBe(0);
  });

  it("is nobody where nobody is", () => {
    const following = new Following();
    const players = readingOf(1, { presence: 0 });
    following.update(players, 0.1);
    following.chooseNext(players, 1);
    following.choosePlace(players, 1);
    following.update(players, 9);
    expect(following.seat).toBe(-1);
  });
});

describe("frame times", () => {
  it("keep the last 600", () => {
    const times = new FrameTimes();
    expect(times.percentile(0.99)).toBe(0);
    for (let frame = 0; frame < KEPT_FRAMES + 100; frame++) times.record(frame < 100 ? 50 : 1);
    expect(times.count).toBe(700);
    expect(times.percentile(1)).toBe(1);
    times.record(9);
    expect(times.percentile(1)).toBe(9);
    expect(times.percentile(0.99)).toBe(1);
  });
});
