/** A reconnecting WebSocket for any server; no framework. */

export type {
  HeartbeatOptions,
  QueueOptions,
  ReconnectOptions,
  SocketAddress,
  SocketHandlers,
  SocketOptions,
} from "./options.ts";
export { ReconnectingSocket, type SendOutcome } from "./socket.ts";
export { type SocketClose, SocketError, type SocketErrorReason, type SocketPhase, type SocketState } from "./state.ts";
