/** `@tickroom/client`: sessions for a page without a framework. */

export { type Api } from "./core/api.ts";
export { Backoff } from "./core/backoff.ts";
export * from "./core/session.ts";
