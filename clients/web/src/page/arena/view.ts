/** The arena on a canvas: at every display frame the moment between two states, seen through a camera. */

import "pixi.js/graphics";
import "pixi.js/text";
import "pixi.js/unsafe-eval"; // its name misleads: with it PixiJS compiles nothing at run time, so a strict CSP may hold
import { Container, WebGLRenderer } from "pixi.js";
import type { TileMap } from "../../arena/map.ts";
import { ArenaReader, type PlayerReading } from "../../arena/reading.ts";
import type { Session } from "../../core/session.ts";
import { EventKind, type Events, SUB, TILE } from "../../generated/protocol.ts";
import { colourOfSeat, ITEM_COLOURS } from "../palette.ts";
import { giftOf } from "../words.ts";
import { Camera } from "./camera.ts";
import { Effects } from "./effects.ts";
import { drawFloor } from "./floor.ts";
import { Items } from "./items.ts";
import { Players } from "./players.ts";

const TILE_UNITS = TILE / SUB;
const CLICK_UNITS = 22; // how near to an item a click must be
const LONGEST_FRAME_SECONDS = 0.1; // a tab that was hidden does not make up for it
const KEPT_EVENTS = 100;

export class ArenaView {
  readonly #renderer: WebGLRenderer;
  readonly #host: HTMLElement;
  readonly #session: Session;
  readonly #reader: ArenaReader;
  readonly #camera: Camera;
  readonly #stage = new Container();
  readonly #world = new Container();
  readonly #items: Items;
  readonly #players: Players;
  readonly #effects: Effects;
  readonly #resizing: ResizeObserver;
  readonly #stopHearing: () => void;
  readonly #events: Events[] = []; // heard already, drawn when their moment comes
  #seen: readonly PlayerReading[] = [];
  #frame = 0;
  #lastMs = performance.now();

  private constructor(renderer: WebGLRenderer, host: HTMLElement, session: Session, map: TileMap, calm: boolean) {
    this.#renderer = renderer;
    this.#host = host;
    this.#session = session;
    this.#reader = new ArenaReader(session.replica!.layout);
    this.#camera = new Camera({ width: map.width * TILE_UNITS, height: map.height * TILE_UNITS }, TILE_UNITS);
    this.#items = new Items(calm);
    this.#players = new Players(calm);
    this.#effects = new Effects(calm);
    this.#world.addChild(
      drawFloor(map, TILE_UNITS),
      this.#items.layer,
      this.#effects.below,
      this.#players.layer,
      this.#effects.above,
    );
    this.#stage.addChild(this.#world);
    this.#stopHearing = session.on("events", (events) => {
      if (this.#events.length < KEPT_EVENTS) this.#events.push(events);
    });
    renderer.canvas.addEventListener("pointerdown", this.#click);
    host.append(renderer.canvas);
    this.#resizing = new ResizeObserver(() => this.#resize());
    this.#resizing.observe(host);
    this.#resize();
    this.#frame = requestAnimationFrame(this.#draw);
  }

  /** Start drawing into `host`. Rejects where there is no WebGL. */
  static async open(host: HTMLElement, session: Session, map: TileMap): Promise<ArenaView> {
    const renderer = new WebGLRenderer();
    await renderer.init({
      antialias: true,
      autoDensity: true,
      backgroundColor: 0x0d1320,
      resolution: Math.min(devicePixelRatio, 2),
      skipExtensionImports: true,
    });
    renderer.canvas.setAttribute("role", "img");
    renderer.canvas.setAttribute("aria-label", "The arena. Move with the arrow keys or WASD, dash with the space bar.");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    return new ArenaView(renderer, host, session, map, calm);
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#stopHearing();
    this.#resizing.disconnect();
    this.#renderer.canvas.remove();
    this.#stage.destroy({ children: true });
    this.#renderer.destroy();
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#host;
    this.#renderer.resize(Math.max(1, width), Math.max(1, height));
    this.#camera.resize({ width: Math.max(1, width), height: Math.max(1, height) });
  }

  readonly #draw = (): void => {
    this.#frame = requestAnimationFrame(this.#draw);
    const now = performance.now();
    const seconds = Math.min((now - this.#lastMs) / 1000, LONGEST_FRAME_SECONDS);
    this.#lastMs = now;
    const moment = this.#session.moment();
    const welcome = this.#session.welcome;
    if (moment === null || welcome === null) return;
    const players = this.#reader.players(moment);
    this.#seen = players;
    this.#items.draw(this.#reader.items(moment), seconds);
    this.#players.draw(players, (id) => this.#session.roster.get(id)?.nickname ?? "", welcome.player, seconds);
    for (const player of players) {
      if (player.dashing) this.#effects.trail(player.x / SUB, player.y / SUB, colourOfSeat(player.seat));
    }
    while (this.#events[0] && this.#events[0].tick <= moment.tick) this.#show(this.#events.shift()!);
    this.#effects.update(seconds);
    this.#look(
      players.find((player) => player.seat === welcome.seat),
      seconds,
    );
    this.#renderer.render(this.#stage);
  };

  #look(own: PlayerReading | undefined, seconds: number): void {
    const camera = this.#camera;
    if (own) camera.follow(own.x / SUB, own.y / SUB, seconds);
    else camera.follow(camera.x, camera.y, seconds);
    this.#world.scale.set(camera.zoom);
    const { clientWidth, clientHeight } = this.#host;
    this.#world.position.set(clientWidth / 2 - camera.x * camera.zoom, clientHeight / 2 - camera.y * camera.zoom);
  }

  #show({ events }: Events): void {
    for (const [kind, ...fields] of events) {
      if (kind === EventKind.Picked) this.#showPicked(fields);
      if (kind === EventKind.Bumped) this.#showBumped(fields);
    }
  }

  #showPicked(fields: readonly number[]): void {
    const [seat, , kind, points] = fields as [number, number, number, number];
    const who = this.#seen.find((player) => player.seat === seat);
    if (!who) return;
    const words = points > 0 ? `+${points}` : (giftOf(kind)?.split(":")[0] ?? "");
    this.#effects.picked(who.x / SUB, who.y / SUB, words, ITEM_COLOURS[kind] ?? "#ffffff");
  }

  #showBumped(fields: readonly number[]): void {
    const [, victim, coins] = fields as [number, number, number];
    const who = this.#seen.find((player) => player.seat === victim);
    if (who) this.#effects.bumped(who.x / SUB, who.y / SUB, coins > 0 ? `-${coins * 10}` : "");
  }

  /** A click on an item asks for it. */
  readonly #click = (event: PointerEvent): void => {
    const replicaMoment = this.#session.moment();
    if (replicaMoment === null) return;
    const box = this.#renderer.canvas.getBoundingClientRect();
    const at = this.#camera.toWorld(event.clientX - box.left, event.clientY - box.top);
    let nearest = -1;
    let least = CLICK_UNITS;
    for (const item of this.#reader.items(replicaMoment)) {
      const distance = Math.hypot(item.x / SUB - at.x, item.y / SUB - at.y);
      if (distance < least) [nearest, least] = [item.row, distance];
    }
    if (nearest >= 0) this.#host.dispatchEvent(new CustomEvent<number>("collect", { detail: nearest }));
  };
}
