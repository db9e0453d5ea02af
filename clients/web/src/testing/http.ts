/** What a mock server says over HTTP: its one session, and its game as the real server describes it. */

import type { DescribedField, GameDescription, SessionView } from "../core/api.ts";
import type { GameSchema, IntField } from "../core/schema.ts";
import { PROTOCOL_FINGERPRINT } from "../generated/protocol.ts";

/** What of a mock server shows over HTTP. */
export interface Shown {
  readonly game: GameSchema;
  readonly code: string;
  readonly seats: number;
  readonly tickHz: number;
  readonly settings: Readonly<Record<string, number>>;
  readonly assets: Readonly<Record<string, unknown>>;
  readonly members: ReadonlyMap<number, { readonly connected: boolean }>;
  readonly isDown: boolean;
}

/** The answer to one request. Throws TypeError when the server is down, as `fetch` does when nobody answers. */
export function answerRequest(server: Shown, input: RequestInfo | URL, request?: RequestInit): Response {
  request?.signal?.throwIfAborted();
  if (server.isDown) throw new TypeError("fetch failed: the mock server is down");
  const address = input instanceof Request ? input.url : String(input);
  const { pathname } = new URL(address, "http://page.test");
  const method = request?.method ?? (input instanceof Request ? input.method : "GET");
  const view = viewOf(server);
  switch (`${method} ${pathname}`) {
    case "POST /api/sessions":
      return Response.json(view, { status: 201 });
    case "POST /api/quickplay":
    case `GET /api/sessions/${server.code}`:
      return Response.json(view);
    case "GET /api/sessions":
      return Response.json({ sessions: [view] });
    case `GET /api/games/${server.game.game}`:
      return Response.json(descriptionOf(server));
  }
  const error = pathname.startsWith("/api/sessions/") ? "no_such_session" : "not_found";
  return Response.json({ error, detail: `the mock server has no ${pathname}` }, { status: 404 });
}

function viewOf({ game, code, seats, tickHz, settings, members }: Shown): SessionView {
  return {
    code,
    game: game.game,
    status: "waiting",
    seats,
    players: members.size,
    connected: [...members.values()].filter(({ connected }) => connected).length,
    tick_hz: tickHz,
    public: true,
    options: settings,
  };
}

function descriptionOf({ game, assets }: Shown): GameDescription {
  return {
    game: game.game,
    version: game.version,
    fingerprint: game.fingerprint,
    protocol: PROTOCOL_FINGERPRINT,
    tables: game.tables.map(({ name, columns, gliding }) => ({
      name,
      columns: columns.map((column, position) => ({ name: snakeCase(column), gliding: gliding[position] ?? false })),
    })),
    inputs: game.inputs.map(fieldOf),
    actions: Object.entries(game.actions).map(([name, fields]) => ({ name, arguments: fields.map(fieldOf) })),
    events: game.events.map(({ name, fields }) => ({ name: snakeCase(name), fields: fields.map(snakeCase) })),
    settings: game.settings.map(fieldOf),
    refusals: game.refusals,
    ...assets,
  };
}

function fieldOf(field: IntField): DescribedField {
  return { ...field, name: snakeCase(field.name) };
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
