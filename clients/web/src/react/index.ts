/** `@tickroom/client/react`: sessions, and any WebSocket, from components. */

export type { ChatActions, ChatView } from "../bindings/chat.ts";
export type { HoldOptions, SessionStanding, SessionStatus } from "../bindings/held_session.ts";
export { SessionEnded } from "../bindings/held_session.ts";
export type { LobbyView } from "../bindings/lobby.ts";
export { shallowEqual } from "../bindings/reading.ts";
export type { IsEqual, Select } from "../bindings/selection.ts";
export type { ConnectionView, Figures } from "../bindings/session_readings.ts";
export type { WebSocketActions, WebSocketOptions, WebSocketView } from "../bindings/socket_feed.ts";
export { SocketError } from "../websocket/index.ts";
export { type UseChat, type UseLobby, useChat, useLobby, useUnread, useWatchers } from "./chat.ts";
export { ClientProvider, type ClientProviderProps, useClient } from "./client.ts";
export {
  type UseSession,
  type UseSessionOptions,
  useConnection,
  useEvents,
  useMe,
  usePlayers,
  useResults,
  useSession,
  useSessionState,
  useStatistics,
} from "./session.ts";
export { type UseWebSocket, useWebSocket } from "./web_socket.ts";
