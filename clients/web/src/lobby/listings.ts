/** The list of public sessions, kept up with what a server tells of it. */

import type { SessionView } from "../core/api.ts";
import { type Listing, type ListingChanged, Status } from "../generated/protocol.ts";

const STATUS = { waiting: Status.Waiting, active: Status.Active, finished: Status.Finished } as const;

/** The list after a change: what has not changed is the same object and keeps its place, new ones come first. */
export function changeListings(before: readonly Listing[], { changed, gone }: ListingChanged): readonly Listing[] {
  const news = new Map(changed.map((listing) => [listing.code, listing]));
  const known = new Set(before.map(({ code }) => code));
  return [
    ...changed.filter(({ code }) => !known.has(code)),
    ...before.filter(({ code }) => !gone.includes(code)).map((listing) => news.get(listing.code) ?? listing),
  ];
}

/** Another whole list. What is in it as it was is the same object. */
export function replaceListings(before: readonly Listing[], next: readonly Listing[]): readonly Listing[] {
  const known = new Map(before.map((listing) => [JSON.stringify(listing), listing]));
  const listings = next.map((listing) => known.get(JSON.stringify(listing)) ?? listing);
  const isSame = listings.length === before.length && listings.every((listing, place) => listing === before[place]);
  return isSame ? before : listings;
}

/** What the same session is over HTTP. Who watches is not told there. */
export function listingOf(view: SessionView): Listing {
  const { code, game, status, seats, players, connected, tick_hz, options } = view;
  const settings = { ...options };
  return { code, game, status: STATUS[status], seats, players, connected, watchers: 0, tickHz: tick_hz, settings };
}
