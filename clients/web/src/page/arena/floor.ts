/** The map itself: a floor with faint tiles, and walls that stand out of it. Drawn once. */

import { Container, Graphics } from "pixi.js";
import type { TileMap } from "../../arena/map.ts";

const FLOOR = 0x1a2540;
const FLOOR_TILE = 0x1d2a48;
const WALL_SIDE = 0x263556;
const WALL_TOP = 0x4d6597;
const WALL_SEAM = { color: 0x3f5482, width: 1, alpha: 0.55 };
const WALL_EDGE = { color: 0x8aa6dc, width: 2 };
const SHADOW = 0x060a14;
const RISE = 8; // of the walls, in units: what of their south side is seen
const SHADOW_LONG = 7;

export function drawFloor(map: TileMap, tile: number): Container {
  const layers: Layers = {
    floor: new Graphics().rect(0, 0, map.width * tile, map.height * tile).fill(FLOOR),
    shadows: new Graphics(),
    sides: new Graphics(),
    tops: new Graphics(),
    lines: new Graphics(),
  };
  for (let row = 0; row < map.height; row++) {
    for (let column = 0; column < map.width; column++) {
      if (map.isWall(column, row)) drawWall(layers, map, column, row, tile);
      else if ((column + row) % 2 === 0) layers.floor.rect(column * tile, row * tile, tile, tile).fill(FLOOR_TILE);
    }
  }
  const world = new Container();
  world.addChild(layers.floor, layers.shadows, layers.sides, layers.tops, layers.lines);
  return world;
}

/** Lowest first: a wall's shadow lies on the floor, under every wall. */
interface Layers {
  readonly floor: Graphics;
  readonly shadows: Graphics;
  readonly sides: Graphics;
  readonly tops: Graphics;
  readonly lines: Graphics;
}

function drawWall(layers: Layers, map: TileMap, column: number, row: number, tile: number): void {
  const x = column * tile;
  const y = row * tile;
  const openBelow = !map.isWall(column, row + 1);
  const height = openBelow ? tile - RISE : tile;
  if (openBelow) layers.shadows.rect(x, y + tile, tile, SHADOW_LONG).fill({ color: SHADOW, alpha: 0.38 });
  if (!map.isWall(column + 1, row)) layers.shadows.rect(x + tile, y, 3, tile).fill({ color: SHADOW, alpha: 0.22 });
  layers.sides.rect(x, y, tile, tile).fill(WALL_SIDE);
  layers.tops.rect(x, y, tile, height).fill(WALL_TOP);
  drawLines(layers.lines, map, column, row, tile, height);
}

/** Of one tile of a wall: light on the edges of its top, and a faint seam to the next tile. */
function drawLines(lines: Graphics, map: TileMap, column: number, row: number, tile: number, height: number): void {
  const x = column * tile;
  const y = row * tile;
  const edge = (open: boolean, fromX: number, fromY: number, toX: number, toY: number) => {
    lines
      .moveTo(fromX, fromY)
      .lineTo(toX, toY)
      .stroke(open ? WALL_EDGE : WALL_SEAM);
  };
  edge(!map.isWall(column, row - 1), x, y + 1, x + tile, y + 1);
  edge(!map.isWall(column - 1, row), x + 1, y, x + 1, y + height);
  if (!map.isWall(column + 1, row)) edge(true, x + tile - 1, y, x + tile - 1, y + height);
  if (height < tile) edge(true, x, y + height - 1, x + tile, y + height - 1);
}
