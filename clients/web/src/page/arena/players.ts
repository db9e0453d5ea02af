/** Players: circles with a colour, a mark and a name, and what they wear. */

import { Container } from "pixi.js";
import type { PlayerReading } from "../../arena/reading.ts";
import type { Camera } from "./camera.ts";
import { Figure } from "./figure.ts";
import type { Textures } from "./textures.ts";

export class Players {
  readonly layer = new Container({ isRenderGroup: true });
  readonly #figures: (Figure | null)[] = []; // by seat
  readonly #textures: Textures;
  readonly #calm: boolean;
  #time = 0;

  constructor(textures: Textures, calm: boolean) {
    this.#textures = textures;
    this.#calm = calm;
  }

  /** Show whoever is present, and nobody else; `own` is the seat of the one who plays here, or -1. */
  draw(
    players: readonly PlayerReading[],
    nameOf: (player: number) => string,
    own: number,
    camera: Camera,
    seconds: number,
  ): void {
    this.#time += seconds;
    for (const player of players) {
      const figure = this.#figureOf(player, own);
      figure?.draw(player, nameOf(player.player), camera, this.#time, seconds);
    }
  }

  /** Where the player of this seat looks to, in radians. */
  headingOf(seat: number): number {
    return this.#figures[seat]?.heading ?? 0;
  }

  /** The figure of this seat; none while nobody is there, and another one for another player. */
  #figureOf(player: PlayerReading, own: number): Figure | null {
    const { seat } = player;
    let figure = this.#figures[seat] ?? null;
    const mine = seat === own;
    if (figure && (!player.present || figure.player !== player.player || figure.own !== mine)) {
      figure.destroy();
      figure = null;
    }
    if (figure === null && player.present) {
      figure = new Figure(player.player, seat, mine, this.#textures, this.#calm);
      // Whoever plays here is never hidden under the others.
      if (mine) this.layer.addChild(figure.whole);
      else this.layer.addChildAt(figure.whole, 0);
    }
    this.#figures[seat] = figure;
    return figure;
  }
}
