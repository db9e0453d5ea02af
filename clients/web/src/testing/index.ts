/** @tickroom/client/testing: a server without a network, for tests of what is built on @tickroom/client. */

export type { Environment, EnvironmentEvent } from "../core/environment.ts";
export { MockEnvironment } from "./environment.ts";
export { MockLobby } from "./lobby.ts";
export { MockServer, type MockServerOptions, type WelcomeOptions } from "./server.ts";
export { type ClientClose, MockCloseEvent, MockSocket } from "./socket.ts";
export { type InstalledMock, installMockWebSocket, MockSockets } from "./sockets.ts";
export type { ChangeOptions, Changes, ColumnName, TableName } from "./state.ts";
