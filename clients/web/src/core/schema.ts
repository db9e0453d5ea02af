/** What the generated tables look like: messages as shapes, states as tables of int32 columns. */

/** How one value stands on the wire. A `Shape` inside a message is an array without a kind. */
export type Wire =
  | "int"
  | "str"
  | "bool"
  | { readonly list: Wire }
  | { readonly tuple: readonly Wire[] }
  | { readonly map: Wire }
  | { readonly maybe: Wire }
  | Shape;

/** A name, how it stands on the wire, and whether it may be missing at the end of the array. */
export type ShapeField = readonly [name: string, wire: Wire, optional?: true];

export interface Shape {
  readonly name: string;
  readonly fields: readonly ShapeField[];
}

/** A table's name, and for each of its columns its name (camelCase) and whether it glides. */
export interface TableSchema {
  readonly name: string;
  readonly columns: readonly string[];
  readonly gliding: readonly boolean[];
}

/** One integer of an input, an action or the settings; `choices` names the values 0, 1, 2 ... */
export interface IntField {
  readonly name: string;
  readonly minimum: number;
  readonly maximum: number;
  readonly default: number;
  readonly choices?: readonly string[];
}

export interface GameSchema {
  readonly game: string;
  readonly version: number;
  readonly fingerprint: number;
  readonly tables: readonly TableSchema[];
  readonly inputs: readonly IntField[];
  readonly actions: Readonly<Record<string, readonly IntField[]>>;
  readonly events: readonly { readonly name: string; readonly fields: readonly string[] }[];
  readonly settings: readonly IntField[];
  readonly refusals: readonly string[];
}
