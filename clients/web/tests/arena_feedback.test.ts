import { beforeEach, describe, expect, it } from "vitest";
import { PlayerReading } from "../src/arena/reading.ts";
import { EventKind, ItemKind, SUB } from "../src/generated/protocol.ts";
import type { Effects } from "../src/page/arena/effects.ts";
import { Feedback } from "../src/page/arena/feedback.ts";
import type { Items } from "../src/page/arena/items.ts";
import type { Sounds } from "../src/page/sound/index.ts";

const OWN = 0;
const OTHER = 1;
const THIRD = 2;
const FRAME = 1 / 60;

describe("what happens is shown", () => {
  let done: string[];
  let players: PlayerReading[];
  let feedback: Feedback;

  beforeEach(() => {
    done = [];
    players = [0, 1, 2].map((seat) => {
      const player = new PlayerReading(seat);
      Object.assign(player, { present: true, connected: true, player: 10 + seat, x: 100 * SUB * seat, y: 0 });
      return player;
    });
    const effects = {
      picked: () => done.push("sparks"),
      bumped: () => done.push("crash"),
      started: () => done.push("start"),
      trail: () => done.push("trail"),
      say: (_x: number, _y: number, said: string) => done.push(said),
    };
    const items = { placeOf: () => null, hideUntil: (row: number, tick: number) => done.push(`hide ${row} ${tick}`) };
    const sounds = { play: (name: string, loudness = 1) => done.push(loudness === 1 ? `own ${name}` : name) };
    const onlooker = { x: 0, y: 0, sees: (x: number) => x < 150 };
    feedback = new Feedback(
      players,
      effects as unknown as Effects,
      items as unknown as Items,
      sounds as unknown as Sounds,
      onlooker,
    );
    feedback.draw(100, OWN, FRAME);
  });

  const pick = (seat: number, tick: number, kind: number = ItemKind.Coin, points = 10) =>
    feedback.hear({ tick, kind: EventKind.Picked, fields: { seat, item: 7, kind, points } });
  const bump = (attacker: number, victim: number, tick: number, coins = 2) =>
    feedback.hear({ tick, kind: EventKind.Bumped, fields: { attacker, victim, coins } });

  it("one's own pick at once: the item goes, the score comes, before its moment is drawn", () => {
    pick(OWN, 103);
    expect(done).toEqual(["hide 7 103", "own pickup", "sparks", "+10"]);
  });

  it("another's pick when its moment is drawn", () => {
    pick(OTHER, 103);
    feedback.draw(102.9, OWN, FRAME);
    expect(done).toEqual([]);
    feedback.draw(103, OWN, FRAME);
    expect(done).toEqual(["pickup", "sparks", "+10"]);
    feedback.draw(104, OWN, FRAME);
    expect(done).toHaveLength(3);
  });

  it("a power by name to whoever took it", () => {
    pick(OWN, 101, ItemKind.Boots, 0);
    pick(OTHER, 101, ItemKind.Boots, 0);
    feedback.draw(101, OWN, FRAME);
    expect(done).toEqual(["hide 7 101", "own power", "sparks", "Boots", "power", "sparks"]);
  });

  it("dashes into and out of oneself at once, those of others in time", () => {
    bump(OTHER, OWN, 103);
    expect(done.splice(0)).toEqual(["own hit", "crash", "-20"]);
    bump(OWN, OTHER, 103, 0);
    expect(done.splice(0)).toEqual(["own bump", "crash"]);
    bump(THIRD, OTHER, 103);
    expect(done).toEqual([]);
  });

  it("what is out of sight is only heard", () => {
    pick(THIRD, 101);
    feedback.draw(101, OWN, FRAME);
    expect(done).toEqual(["pickup"]);
  });

  it("nothing of what happened while the page was hidden, nor of another life of the session", () => {
    pick(OTHER, 110);
    pick(OTHER, 9000);
    feedback.draw(400, OWN, FRAME);
    expect(done).toEqual([]);
    pick(OTHER, 401);
    feedback.draw(401, OWN, FRAME);
    expect(done).toContain("+10");
  });

  it("a dash from its first frame, once, even if a correction moves it by a tick", () => {
    players[OWN]!.dashing = true;
    feedback.draw(101, OWN, FRAME);
    expect(done.splice(0)).toEqual(["start", "own dash", "trail"]);
    players[OWN]!.dashing = false;
    feedback.draw(101.5, OWN, FRAME);
    players[OWN]!.dashing = true;
    feedback.draw(102, OWN, FRAME);
    expect(done.splice(0)).toEqual([]);
    players[OWN]!.x += 10 * SUB;
    feedback.draw(102.5, OWN, FRAME);
    expect(done.splice(0)).toEqual(["trail"]);
  });

  it("no dash that somebody was in the middle of when they came", () => {
    Object.assign(players[OTHER]!, { player: 99, dashing: true });
    feedback.draw(101, OWN, FRAME);
    expect(done).not.toContain("start");
  });
});
