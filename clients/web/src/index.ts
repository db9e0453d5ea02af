/** `@tickroom/client`: sessions on a Tickroom server, for a page with or without a framework. */

export {
  Api,
  ApiError,
  type GameDescription,
  type SessionView,
  type SessionWishes,
} from "./core/api.ts";
export { Backoff } from "./core/backoff.ts";
export { Client, type ClientOptions, type JoinOptions, type OpenOptions } from "./core/client.ts";
export type { ServerClock } from "./core/clock.ts";
export type { ConnectionState } from "./core/connection.ts";
export type { Environment, EnvironmentEvent } from "./core/environment.ts";
export type { Identity, Password } from "./core/identity.ts";
export { JoinRefused } from "./core/joining.ts";
export type { MakeTwin, SessionFacts, Twin } from "./core/prediction.ts";
export type { Quality } from "./core/quality.ts";
export type { Replica } from "./core/replica.ts";
export { type AskOptions, type Question, Refused } from "./core/requests.ts";
export type { GameSchema, IntField, TableSchema } from "./core/schema.ts";
export type { Series } from "./core/series.ts";
export { type InputOf, Session } from "./core/session.ts";
export type { Sampled, Statistics } from "./core/statistics.ts";
export type { Departure, GameEvent, SessionSubjects } from "./core/subjects.ts";
export type { RowOf, TablesOf as StateOf, TableView } from "./core/tables.ts";
export type { ViewOf } from "./core/view.ts";
export {
  type ChatMessage,
  CLOSE_CODES,
  ERROR_CODES,
  type Error as ErrorFact,
  type Listing,
  type Member,
  NAME_MAX_CHARACTERS,
  PROTOCOL_VERSION,
  Presence,
  type Results,
  type ServerFact,
  Status,
  type Welcome,
} from "./generated/protocol.ts";
