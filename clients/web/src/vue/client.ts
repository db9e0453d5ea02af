/** The client of a part of the page: provided once, above everything that uses it. */

import { type App, hasInjectionContext, type InjectionKey, inject, markRaw, provide } from "vue";
import { Client, type ClientOptions } from "../core/client.ts";
import type { GameSchema } from "../core/schema.ts";

const PROVIDED: InjectionKey<Client> = Symbol("tickroom client");

/**
 * Every component below uses this client. Through one client a session is joined once, however many components use it.
 *
 * In the `setup` of the component above them, or with `app` for all of them.
 */
export function provideClient<Game extends GameSchema>(client: Client<Game>, app?: App): Client<Game> {
  // Raw: a proxy cannot reach what is private in them. Which game it is for is the word of whoever uses it.
  const provided = markRaw(client) as unknown as Client;
  if (app) app.provide(PROVIDED, provided);
  else provide(PROVIDED, provided);
  return client;
}

/** The provided client; with `server` or `options`, or where none is provided, one of the component's own. */
export function useClient<Game extends GameSchema = GameSchema>(
  server?: string,
  options?: ClientOptions<Game>,
): Client<Game> {
  return findClient(server, options);
}

/** The same, under a name that no linter takes for a hook of React's. */
export function findClient<Game extends GameSchema>(server?: string, options?: ClientOptions<Game>): Client<Game> {
  const provided = findProvided();
  if (provided === null || server !== undefined || options !== undefined) return markRaw(new Client(server, options));
  return provided as unknown as Client<Game>;
}

function findProvided(): Client | null {
  return hasInjectionContext() ? inject(PROVIDED, null) : null;
}
