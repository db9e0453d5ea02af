/** What a session tells whoever listens. */

import type { Error as ErrorFact, Member, Results, ServerFact, Welcome } from "../generated/protocol.ts";
import type { ConnectionState } from "./connection.ts";
import type { Quality } from "./quality.ts";

/** Something that happened in the game, with its fields by name. */
export interface GameEvent {
  readonly tick: number;
  readonly kind: number;
  readonly name: string;
  readonly fields: Readonly<Record<string, number>>;
}

/** Why it is over for us; `retryable`: opening it again may help. */
export interface Departure {
  readonly code: number;
  readonly reason: string;
  readonly retryable: boolean;
}

export interface SessionSubjects {
  /** A new state; its tick. */
  state: number;
  event: GameEvent;
  /** Everything that the server says besides states. */
  fact: ServerFact;
  /** The socket is lost; new attempts are made. */
  drop: { readonly attempt: number; readonly retryInMs: number };
  /** Live again: in the same seat, or as somebody new, when the seat was given up meanwhile. */
  resume: { readonly awayMs: number; readonly sameSeat: boolean };
  /** It is over, by our wish or the server's, or because all attempts failed. */
  leave: Departure;
  connection: ConnectionState;
  quality: Quality;
  welcome: Welcome;
  players: ReadonlyMap<number, Member>;
  /** Who looks on without a seat: nicknames by person. */
  watchers: ReadonlyMap<number, string>;
  joined: { readonly member: Member };
  left: { readonly member: Member; readonly cause: string };
  settings: Readonly<Record<string, number>>;
  results: Results;
  error: ErrorFact;
}
