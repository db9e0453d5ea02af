/** Tile maps: rows of text, `#` for walls. What is outside a map is wall. */

import { TILE } from "../generated/protocol.ts";

export class TileMap {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly #walls: Uint8Array;

  constructor(name: string, rows: readonly string[]) {
    this.name = name;
    this.height = rows.length;
    this.width = rows[0]?.length ?? 0;
    this.#walls = Uint8Array.from(rows.flatMap((row) => [...row].map((tile) => (tile === "#" ? 1 : 0))));
  }

  /** Is there a wall at this column and row? */
  isWall(column: number, row: number): boolean {
    if (column < 0 || row < 0 || column >= this.width || row >= this.height) return true;
    return this.#walls[row * this.width + column] === 1;
  }

  /** Width and height in subunits. */
  get size(): { width: number; height: number } {
    return { width: this.width * TILE, height: this.height * TILE };
  }
}
