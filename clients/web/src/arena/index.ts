/** `@tickroom/client/arena`: the arena's schema, its movement for prediction, and what its tables mean. */

export {
  ARENA,
  DASH_BUTTON,
  EventKind,
  FULL_TILT,
  ITEM_RADIUS,
  ItemKind,
  PLAYER_RADIUS,
  SUB,
  TILE,
} from "../generated/protocol.ts";
export { TileMap } from "./map.ts";
export { ArenaReader, type ArenaTables, type ItemRow, PlayerReading, type PlayerRow, type SeatRow } from "./reading.ts";
export { arenaTwin, type MapDescription, mapsOf } from "./twin.ts";
