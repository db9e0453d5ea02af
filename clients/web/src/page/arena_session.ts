/** The SDK's classes for the game that this page plays. */

import type { Client } from "../core/client.ts";
import type { Session } from "../core/session.ts";
import type { ARENA } from "../generated/protocol.ts";

export type ArenaClient = Client<typeof ARENA>;
export type ArenaSession = Session<typeof ARENA>;
