/** The map itself: a floor with faint tiles, and walls that stand out of it. Drawn once. */

import { Container, Graphics } from "pixi.js";
import type { TileMap } from "../../arena/map.ts";

const FLOOR = 0x1a2540;
const FLOOR_TILE = 0x1e2b4a;
const WALL_SIDE = 0x2b3c61;
const WALL_TOP = 0x5f7bb0;
const SHADOW = 0x0a0f1c;
const RISE = 6; // of the walls, in units: what of their south side is seen

export function drawFloor(map: TileMap, tile: number): Container {
  const floor = new Graphics().rect(0, 0, map.width * tile, map.height * tile).fill(FLOOR);
  const shadows = new Graphics();
  const sides = new Graphics();
  const tops = new Graphics();
  for (let row = 0; row < map.height; row++) {
    for (let column = 0; column < map.width; column++) {
      const x = column * tile;
      const y = row * tile;
      if (!map.isWall(column, row)) {
        if ((column + row) % 2 === 0) floor.rect(x, y, tile, tile).fill(FLOOR_TILE);
        continue;
      }
      const openBelow = row + 1 < map.height && !map.isWall(column, row + 1);
      if (openBelow) shadows.rect(x, y + tile, tile, 5).fill({ color: SHADOW, alpha: 0.35 });
      sides.rect(x, y, tile, tile).fill(WALL_SIDE);
      drawTop(tops, map, column, row, tile, openBelow ? tile - RISE : tile);
    }
  }
  const world = new Container();
  world.addChild(floor, shadows, sides, tops);
  return world;
}

/** One tile of a wall top, with light on its north and west edges. */
function drawTop(tops: Graphics, map: TileMap, column: number, row: number, tile: number, height: number): void {
  const x = column * tile;
  const y = row * tile;
  tops.rect(x, y, tile, height).fill(WALL_TOP);
  const edge = { color: 0x86a3d8, width: 1.5 };
  if (!map.isWall(column, row - 1))
    tops
      .moveTo(x, y + 0.75)
      .lineTo(x + tile, y + 0.75)
      .stroke(edge);
  if (!map.isWall(column - 1, row))
    tops
      .moveTo(x + 0.75, y)
      .lineTo(x + 0.75, y + height)
      .stroke(edge);
}
