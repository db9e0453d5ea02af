/** A game's schema from its server's description, for clients that were not built with one. */

import { PROTOCOL_FINGERPRINT } from "../generated/protocol.ts";
import type { DescribedField, GameDescription } from "./api.ts";
import type { GameSchema, IntField, TableSchema } from "./schema.ts";

/** Whether this client speaks the messages of the server that gave the description. */
export function speaksOurProtocol(description: GameDescription): boolean {
  return description.protocol === PROTOCOL_FINGERPRINT;
}

/** The schema in a description, as the generated ones are. */
export function schemaOf(description: GameDescription): GameSchema {
  const { game, version, fingerprint, refusals } = description;
  return {
    game,
    version,
    fingerprint,
    tables: description.tables.map(tableOf),
    inputs: description.inputs.map((field) => ({ ...fieldOf(field), name: camelCase(field.name) })),
    actions: Object.fromEntries(description.actions.map((action) => [action.name, action.arguments.map(fieldOf)])),
    events: description.events.map((event) => ({ name: camelCase(event.name), fields: event.fields.map(camelCase) })),
    settings: description.settings.map(fieldOf),
    refusals,
  };
}

function tableOf({ name, columns }: GameDescription["tables"][number]): TableSchema {
  return { name, columns: columns.map((column) => camelCase(column.name)), gliding: columns.map((c) => c.gliding) };
}

function fieldOf({ name, minimum, maximum, default: usual, choices }: DescribedField): IntField {
  const field = { name, minimum, maximum, default: usual };
  return choices?.length ? { ...field, choices } : field;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
