/** The arena on a canvas: at every display frame the moment to draw, seen through a camera. */

import "pixi.js/graphics";
import "pixi.js/text";
import "pixi.js/unsafe-eval"; // its name misleads: with it PixiJS compiles nothing at run time, so a strict CSP may hold
import "./arena.css";
import { Container, type Graphics, Sprite, WebGLRenderer } from "pixi.js";
import type { TileMap } from "../../arena/map.ts";
import { ArenaReader, type ArenaTables, type PlayerReading } from "../../arena/reading.ts";
import { SUB, TILE } from "../../generated/protocol.ts";
import type { ArenaSession } from "../arena_session.ts";
import type { Sounds } from "../sound/index.ts";
import { Camera } from "./camera.ts";
import { Effects } from "./effects.ts";
import { Feedback } from "./feedback.ts";
import { drawFloor } from "./floor.ts";
import { FrameTimes } from "./frames.ts";
import { Gong } from "./gong.ts";
import { Items } from "./items.ts";
import { Minimap } from "./minimap.ts";
import { NetGraph } from "./netgraph.ts";
import { Players } from "./players.ts";
import { Following } from "./spectate.ts";
import { Textures } from "./textures.ts";

const TILE_UNITS = TILE / SUB;
const CLICK_UNITS = 24; // how near to an item or a player a click must be
const LONGEST_FRAME_SECONDS = 0.1; // a tab that was hidden does not make up for it
const POINTER_UNITS = 30; // above the one it points at
const JUMP_UNITS = 160; // in one frame: put elsewhere by the rules, not run there
const LABEL = "The arena. Move with the arrow keys or WASD, dash with the space bar.";
const WATCHING_LABEL = "The arena. Follow a player with the keys 1 to 9 or the arrow keys, see the whole map with Z.";
const TYPING = "input, select, textarea, [contenteditable]:not([contenteditable=false])";

export interface ArenaViewOptions {
  /** No particles, no shaking, no gliding: for those who asked for reduced motion. */
  readonly calm: boolean;
  readonly sounds: Sounds;
}

export class ArenaView {
  /** Script time of the last 600 display frames, the renderer's own work not included: also `globalThis.tickroomFrames`. */
  readonly frameTimes = new FrameTimes();
  readonly #renderer: WebGLRenderer;
  readonly #host: HTMLElement;
  readonly #session: ArenaSession;
  readonly #sounds: Sounds;
  readonly #stage = new Container();
  readonly #world = new Container();
  readonly #textures: Textures;
  readonly #camera: Camera;
  readonly #reader: ArenaReader;
  readonly #items: Items;
  readonly #players: Players;
  readonly #effects: Effects;
  readonly #feedback: Feedback;
  readonly #minimap: Minimap;
  readonly #netGraph: NetGraph;
  readonly #following = new Following();
  readonly #gong = new Gong();
  readonly #resizing: ResizeObserver;
  readonly #stopHearing: () => void;
  readonly #listening = new AbortController();
  readonly #nameOf: (player: number) => string;
  readonly #pointer: Sprite; // over the one whom a spectator follows
  #lastX = 0; // of what the camera follows, in units
  #lastY = 0;
  #width = 1; // of the canvas, in CSS pixels
  #height = 1;
  #frame = 0;
  #lastMs = performance.now();

  private constructor(
    renderer: WebGLRenderer,
    host: HTMLElement,
    session: ArenaSession,
    tables: ArenaTables,
    map: TileMap,
    { calm, sounds }: ArenaViewOptions,
  ) {
    this.#renderer = renderer;
    this.#host = host;
    this.#session = session;
    this.#sounds = sounds;
    this.#textures = new Textures(renderer);
    this.#camera = new Camera({ width: map.width * TILE_UNITS, height: map.height * TILE_UNITS }, TILE_UNITS, calm);
    this.#reader = new ArenaReader(tables.players.length);
    this.#items = new Items(tables.items.length, this.#textures, calm);
    this.#players = new Players(this.#textures, calm);
    this.#effects = new Effects(this.#textures, calm);
    this.#feedback = new Feedback(this.#reader.players, this.#effects, this.#items, sounds, this.#camera);
    this.#nameOf = (player) => session.players.get(player)?.nickname ?? "";
    const floor = drawFloor(map, TILE_UNITS);
    this.#world.addChild(floor, this.#items.layer, this.#effects.below, this.#players.layer, this.#effects.above);
    this.#pointer = new Sprite({ texture: this.#textures.shape("pointer", 12, drawPointer), visible: false });
    this.#world.addChild(this.#pointer);
    this.#stage.addChild(this.#world);
    this.#stopHearing = session.on("event", (event) => this.#feedback.hear(event));
    host.append(renderer.canvas);
    this.#minimap = new Minimap(host, map);
    this.#netGraph = new NetGraph(host, () => ({
      statistics: session.statistics,
      tickMs: session.clock?.tickMs ?? 0,
    }));
    const { signal } = this.#listening;
    renderer.canvas.addEventListener("pointerdown", this.#click, { signal });
    addEventListener("keydown", this.#press, { signal });
    Object.defineProperty(globalThis, "tickroomFrames", { value: this.frameTimes, configurable: true });
    this.#resizing = new ResizeObserver(() => this.#resize());
    this.#resizing.observe(host);
    this.#resize();
    this.#frame = requestAnimationFrame(this.#draw);
  }

  /**
   * Start drawing into `host`, which is to be positioned. A click on an item is told as the event `collect` of `host`,
   * with the item's row as its detail; whom a spectator follows, as `follow`, with the seat or -1.
   *
   * Rejects where there is no WebGL, and while the session has no state.
   */
  static async open(
    host: HTMLElement,
    session: ArenaSession,
    map: TileMap,
    options: ArenaViewOptions,
  ): Promise<ArenaView> {
    const renderer = new WebGLRenderer();
    await renderer.init({
      antialias: true,
      autoDensity: true,
      backgroundColor: 0x0d1320,
      resolution: Math.min(devicePixelRatio, 2),
      skipExtensionImports: true,
    });
    const { canvas } = renderer;
    canvas.className = "arena-canvas";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", session.watching ? WATCHING_LABEL : LABEL);
    if (session.watching) canvas.tabIndex = 0;
    const tables = session.view();
    if (tables === null) {
      renderer.destroy();
      throw new RangeError("the session has no state to draw yet");
    }
    return new ArenaView(renderer, host, session, tables, map, options);
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    this.#listening.abort();
    this.#stopHearing();
    this.#resizing.disconnect();
    this.#netGraph.close();
    this.#minimap.close();
    this.#renderer.canvas.remove();
    this.#stage.destroy({ children: true });
    this.#textures.destroy();
    this.#renderer.destroy();
  }

  toggleNetGraph(): void {
    this.#netGraph.toggle();
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#host;
    this.#width = Math.max(1, clientWidth);
    this.#height = Math.max(1, clientHeight);
    this.#renderer.resize(this.#width, this.#height);
    this.#camera.resize({ width: this.#width, height: this.#height });
    this.#minimap.resize(this.#width, this.#height);
  }

  readonly #draw = (): void => {
    this.#frame = requestAnimationFrame(this.#draw);
    const start = performance.now();
    const seconds = Math.min((start - this.#lastMs) / 1000, LONGEST_FRAME_SECONDS);
    this.#lastMs = start;
    const drawn = this.#update(start, seconds);
    this.frameTimes.record(performance.now() - start);
    if (drawn) this.#renderer.render(this.#stage);
  };

  /** Bring the scene to this moment. False when there is nothing to draw. */
  #update(nowMs: number, seconds: number): boolean {
    const session = this.#session;
    const view = session.view();
    if (view === null || view.players.length !== this.#reader.players.length) return false; // another welcome: see its view
    const own = session.seat;
    const { players } = this.#reader;
    this.#reader.read(view, own, view.ownTick);
    this.#look(own, seconds);
    this.#items.draw(view, this.#camera, seconds);
    this.#players.draw(players, this.#nameOf, own, this.#camera, seconds);
    this.#feedback.draw(view.tick, own, seconds);
    this.#effects.update(seconds);
    this.#minimap.draw(view, players, own >= 0 ? own : this.#following.seat, this.#camera, seconds);
    const { clock } = session;
    if (clock !== null) {
      const sound = this.#gong.listen(session.state.session, clock.tickAt(nowMs), 1000 / clock.tickMs);
      if (sound !== null) this.#sounds.play(sound);
    }
    return true;
  }

  #look(own: number, seconds: number): void {
    const camera = this.#camera;
    const followed = own >= 0 ? this.#reader.players[own] : this.#followed(seconds);
    if (followed?.present) {
      const x = followed.x / SUB;
      const y = followed.y / SUB;
      if (own >= 0 && Math.hypot(x - this.#lastX, y - this.#lastY) > JUMP_UNITS) camera.cut();
      this.#lastX = x;
      this.#lastY = y;
    }
    camera.follow(this.#lastX, this.#lastY, seconds);
    this.#world.scale.set(camera.zoom);
    this.#world.position.set(this.#width / 2 - camera.x * camera.zoom, this.#height / 2 - camera.y * camera.zoom);
  }

  #followed(seconds: number): PlayerReading | undefined {
    const changed = this.#following.update(this.#reader.players, seconds);
    const { seat } = this.#following;
    const followed = this.#reader.players[seat];
    if (changed) this.#host.dispatchEvent(new CustomEvent<number>("follow", { detail: seat }));
    this.#pointer.visible = followed?.present ?? false;
    if (followed) this.#pointer.position.set(followed.x / SUB, followed.y / SUB - POINTER_UNITS);
    return followed;
  }

  /** A click on an item asks for it; a spectator's click on a player follows that one. */
  readonly #click = (event: PointerEvent): void => {
    const box = this.#renderer.canvas.getBoundingClientRect();
    const { x, y } = this.#camera.toWorld(event.clientX - box.left, event.clientY - box.top);
    if (this.#session.watching) {
      const seat = nearestSeat(this.#reader.players, x, y, CLICK_UNITS);
      if (seat >= 0) this.#following.chooseSeat(this.#reader.players, seat);
      return;
    }
    const row = this.#items.nearest(x, y, CLICK_UNITS);
    if (row >= 0) this.#host.dispatchEvent(new CustomEvent<number>("collect", { detail: row }));
  };

  readonly #press = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target instanceof Element && event.target.closest(TYPING)) return;
    if (event.code === "KeyN" || event.code === "F3") this.toggleNetGraph();
    else if (!this.#session.watching || !this.#pressWatching(event)) return;
    event.preventDefault();
  };

  /** Keys of a spectator. False for a key that means nothing. */
  #pressWatching(event: KeyboardEvent): boolean {
    const { players } = this.#reader;
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1];
    if (digit === "0") this.#following.chooseLeader();
    else if (digit !== undefined) this.#following.choosePlace(players, Number(digit));
    else if (event.code === "KeyZ") this.#camera.toggleWhole();
    else if (event.code === "ArrowRight") this.#following.chooseNext(players, 1);
    else if (event.code === "ArrowLeft") this.#following.chooseNext(players, -1);
    // The tab key is for whoever goes through the page with it, unless the arena was clicked on; Escape gives it back.
    else if (event.target !== this.#renderer.canvas) return false;
    else if (event.code === "Tab") this.#following.chooseNext(players, event.shiftKey ? -1 : 1);
    else if (event.code === "Escape") this.#renderer.canvas.blur();
    else return false;
    return true;
  }
}

function nearestSeat(players: readonly PlayerReading[], x: number, y: number, most: number): number {
  let found = -1;
  for (const player of players) {
    const distance = Math.hypot(player.x / SUB - x, player.y / SUB - y);
    if (!player.present || distance > most) continue;
    most = distance;
    found = player.seat;
  }
  return found;
}

function drawPointer(shape: Graphics): void {
  shape
    .poly([-7, -5, 7, -5, 0, 5])
    .fill(0xffc145)
    .poly([-7, -5, 7, -5, 0, 5])
    .stroke({ color: 0x0a0f1c, width: 1.5, join: "round" });
}
