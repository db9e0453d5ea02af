/** `@tickroom/client/lobby`: the public sessions of a server, as they come and go. */

export { type Listing, Status } from "../generated/protocol.ts";
export { type Listings, LobbyList, type LobbySubjects } from "./lobby_list.ts";
