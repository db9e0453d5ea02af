/** `@tickroom/client/arena`: the arena's schema, its movement for prediction, and what its tables mean. */

export { ARENA } from "../generated/protocol.ts";
