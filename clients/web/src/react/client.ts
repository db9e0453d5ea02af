/** The client of a part of the page: made once, above everything that uses it. */

import { createContext, createElement, type ReactElement, type ReactNode, useContext, useState } from "react";
import { Client, type ClientOptions } from "../core/client.ts";
import type { GameSchema } from "../core/schema.ts";

const Provision = createContext<Client | null>(null);

export interface ClientProviderProps<Game extends GameSchema> {
  /** The client; without one it is made of `server` and `options`, which count at the first rendering. */
  readonly client?: Client<Game>;
  readonly server?: string;
  readonly options?: ClientOptions<Game>;
  readonly children?: ReactNode;
}

/** Everything below uses one client. Through one client a session is joined once, however many components use it. */
export function ClientProvider<Game extends GameSchema>(props: ClientProviderProps<Game>): ReactElement {
  const { client, server, options, children } = props;
  const [own] = useState(() => client ?? new Client(server, options));
  const given = (client ?? own) as unknown as Client; // which game it is for is the word of whoever uses it
  return createElement(Provision.Provider, { value: given }, children);
}

/**
 * The provider's client; with `server` or `options`, or without a provider, one of the component's own.
 *
 *     const client = useClient("https://play.example", { game: ARENA, twin: arenaTwin });
 *
 * Another `server` makes another client; `options` count when it is made.
 */
export function useClient<Game extends GameSchema = GameSchema>(
  server?: string,
  options?: ClientOptions<Game>,
): Client<Game> {
  return useClientOr(undefined, server, options);
}

/** `given`, or what `useClient` gives. */
export function useClientOr<Game extends GameSchema>(
  given: Client<Game> | undefined,
  server?: string,
  options?: ClientOptions<Game>,
): Client<Game> {
  const provided = useContext(Provision);
  const isOwn = given === undefined && (provided === null || server !== undefined || options !== undefined);
  const make = () => ({ server, client: isOwn ? new Client(server, options) : null });
  const [own, setOwn] = useState(make);
  if (!isOwn) return given ?? (provided as unknown as Client<Game>);
  if (own.client !== null && own.server === server) return own.client;
  const another = make();
  setOwn(another);
  return another.client!;
}
