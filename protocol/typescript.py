"""The TypeScript side of the wire, rendered from the classes and tables of this package.

``render_protocol`` gives the whole text of clients/web/src/generated/protocol.ts: constants, codes, columns, the
messages as interfaces, and the same messages as *shapes*, from which the client's codec packs and checks. Nothing of it
is written by hand on the other side. The command that writes the file is ``python -m tickroom.game.typescript``.
"""

from __future__ import annotations

import inspect as source
import json
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum

from msgspec import Struct, inspect

from tickroom.protocol import messages
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.message_types import CLIENT_MESSAGES, SERVER_MESSAGES, name_of
from tickroom.protocol.nickname import NAME_MAX_CHARACTERS
from tickroom.protocol.schema import Field, Schema, protocol_fingerprint
from tickroom.protocol.session_tables import SEATS, SESSION, Presence, Status
from tickroom.protocol.tables import Table
from tickroom.protocol.version import PROTOCOL_VERSION, SUBPROTOCOL

HEAD = """\
// Generated from protocol/ and game/ by `python -m tickroom.game.typescript --write`. Do not edit.

import type { GameSchema, Shape, TableSchema } from "../core/schema.ts";
"""


def render_protocol(
    schemas: Iterable[Schema], enums: Iterable[type[IntEnum]] = (), constants: Mapping[str, int] | None = None
) -> str:
    """The text of the generated file, the same on every run.

    Args:
        schemas: every game's.
        enums: those of the games; the session's own are always there.
        constants: further whole numbers by their TypeScript name, such as a game's speeds.
    """
    parts = [HEAD, *_constants(constants or {}), "\n"]
    every_enum: list[type[IntEnum]] = [Presence, Status, *enums]
    parts += map(_enum, every_enum)
    parts += [_codes("CLOSE_CODES", CloseCode), _codes("ERROR_CODES", ErrorCode)]
    parts += _messages("ClientMessage", "CLIENT_SHAPES", CLIENT_MESSAGES)
    parts += _messages("ServerFact", "SERVER_SHAPES", SERVER_MESSAGES)
    parts += [_columns("", table) + _table(table) for table in (SEATS, SESSION)]
    for schema in schemas:
        parts += [_columns(schema.game, table) for table in schema.tables]
        parts.append(_schema(schema))
    return "".join(parts)


def _constants(further: Mapping[str, int]) -> Iterator[str]:
    own = {
        "PROTOCOL_VERSION": PROTOCOL_VERSION,
        "PROTOCOL_FINGERPRINT": protocol_fingerprint(),
        "SUBPROTOCOL": SUBPROTOCOL,
        "MESSAGE_MAX_BYTES": messages.MESSAGE_MAX_BYTES,
        "NAME_MAX_CHARACTERS": NAME_MAX_CHARACTERS,
        "TEXT_MAX_CHARACTERS": messages.TEXT_MAX_CHARACTERS,
        "ROUND_S_SETTING": messages.ROUND_S_SETTING,
        "DELTA_KIND": messages.DELTA_KIND,
        "CHECKED_DELTA_KIND": messages.CHECKED_DELTA_KIND,
    }
    for name, value in (own | dict(further)).items():
        yield f"\nexport const {name} = {json.dumps(value)};"


def _enum(enum: type[IntEnum]) -> str:
    members = "".join(f"  {_pascal(member.name)}: {member.value},\n" for member in enum)
    name = enum.__name__
    return (
        f"\n{_comment(enum.__doc__ or '')}export const {name} = {{\n{members}}} as const;\n"
        f"export type {name} = (typeof {name})[keyof typeof {name}];\n"
    )


def _codes(name: str, codes: type[CloseCode] | type[ErrorCode]) -> str:
    lines = "".join(
        f"  {code.value}: {{ reason: {json.dumps(code.reason)}, retryable: {json.dumps(code.retryable)} }},\n"
        for code in codes
    )
    return f"\n{_comment(codes.__doc__ or '')}export const {name} = {{\n{lines}}} as const;\n"


# --- messages --------------------------------------------------------------------------------------------------------


def _messages(union: str, shapes: str, kinds: Iterable[type[Struct]]) -> Iterator[str]:
    structs = [_struct(kind) for kind in kinds]
    structs.sort(key=lambda struct: struct.tag if isinstance(struct.tag, int) else -1)
    rendered: set[type] = set()  # a struct without a kind may stand inside several messages
    for struct in structs:
        for inner in (item for field in struct.fields for item in _structs_in(field.type)):
            if inner.cls not in rendered:
                rendered.add(inner.cls)
                yield _interface(inner) + _shape_constant(inner)
        yield _interface(struct)
    yield f"\nexport type {union} = {' | '.join(struct.cls.__name__ for struct in structs)};\n"
    lines = "".join(f"  {struct.tag}: {_shape(struct)},\n" for struct in structs)
    yield f"\nexport const {shapes} = {{\n{lines}}} as const satisfies Record<number, Shape>;\n"


def _struct(kind: type[Struct]) -> inspect.StructType:
    wire = inspect.type_info(kind)
    if not isinstance(wire, inspect.StructType):
        raise TypeError(f"{kind.__name__} is no message")
    return wire


def _structs_in(wire: inspect.Type) -> Iterator[inspect.StructType]:
    """Structs that stand inside a message: an interface and a shape each."""
    match wire:
        case inspect.StructType():
            yield wire
        case inspect.ListType() | inspect.VarTupleType():
            yield from _structs_in(wire.item_type)
        case _:
            return


def _interface(struct: inspect.StructType) -> str:
    fields = "".join(
        f"  {_camel(field.name)}{'' if field.required else '?'}: {_type(field.type)};\n" for field in struct.fields
    )
    kind = f'  kind: "{name_of(struct.cls)}";\n' if isinstance(struct.tag, int) else ""
    return f"\n{_comment(struct.cls.__doc__ or '')}export interface {struct.cls.__name__} {{\n{kind}{fields}}}\n"


def _shape_constant(struct: inspect.StructType) -> str:
    return f"\nconst {struct.cls.__name__.upper()}_SHAPE = {_shape(struct)} as const satisfies Shape;\n"


def _shape(struct: inspect.StructType) -> str:
    fields = ", ".join(
        f'["{_camel(field.name)}", {_wire(field.type)}{"" if field.required else ", true"}]' for field in struct.fields
    )
    return f'{{ name: "{name_of(struct.cls)}", fields: [{fields}] }}'


def _type(wire: inspect.Type) -> str:
    match wire:
        case inspect.IntType():
            return "number"
        case inspect.StrType():
            return "string"
        case inspect.BoolType():
            return "boolean"
        case inspect.NoneType():
            return "null"
        case inspect.ListType() | inspect.VarTupleType():
            return f"{_type(wire.item_type)}[]"
        case inspect.TupleType():
            return f"[{', '.join(map(_type, wire.item_types))}]"
        case inspect.DictType():
            return f"Record<string, {_type(wire.value_type)}>"
        case inspect.UnionType():
            return " | ".join(map(_type, wire.types))
        case inspect.StructType():
            return wire.cls.__name__
        case _:
            raise TypeError(f"no TypeScript for {wire!r}")


def _wire(wire: inspect.Type) -> str:
    """What the codec is to expect at this place: see ``Wire`` in clients/web/src/core/schema.ts."""
    match wire:
        case inspect.IntType():
            return '"int"'
        case inspect.StrType():
            return '"str"'
        case inspect.BoolType():
            return '"bool"'
        case inspect.ListType() | inspect.VarTupleType():
            return f"{{ list: {_wire(wire.item_type)} }}"
        case inspect.TupleType():
            return f"{{ tuple: [{', '.join(map(_wire, wire.item_types))}] }}"
        case inspect.DictType():
            return f"{{ map: {_wire(wire.value_type)} }}"
        case inspect.UnionType():
            (some,) = [item for item in wire.types if not isinstance(item, inspect.NoneType)]
            return f"{{ maybe: {_wire(some)} }}"
        case inspect.StructType():
            return f"{wire.cls.__name__.upper()}_SHAPE"
        case _:
            raise TypeError(f"no shape for {wire!r}")


# --- tables and games ------------------------------------------------------------------------------------------------


def _columns(prefix: str, table: Table) -> str:
    name = f"{_pascal(prefix)}{_pascal(table.name)}Column"
    lines = "".join(
        f"  /** {_harmless(column.meaning)}{' (gliding)' if column.gliding else ''} */\n"
        f"  {_camel(column.name)}: {position},\n"
        for position, column in enumerate(table.columns)
    )
    return f"\n/** Columns of the table `{table.name}`. */\nexport const {name} = {{\n{lines}}} as const;\n"


def _table(table: Table) -> str:
    literal = _table_literal(table)
    return f"\nexport const {table.name.upper()}_TABLE = {literal} as const satisfies TableSchema;\n"


def _table_literal(table: Table) -> str:
    gliding = ", ".join(json.dumps(column.gliding) for column in table.columns)
    columns = json.dumps([_camel(column.name) for column in table.columns])
    return f"{{ name: {json.dumps(table.name)}, columns: {columns}, gliding: [{gliding}] }}"


def _schema(schema: Schema) -> str:
    tables = ", ".join(["SEATS_TABLE", *map(_table_literal, schema.tables), "SESSION_TABLE"])
    actions = ", ".join(
        f"{_key(action.name)}: [{', '.join(map(_field, action.arguments))}]" for action in schema.actions
    )
    events = ", ".join(
        f"{{ name: {json.dumps(_camel(event.name))}, fields: {json.dumps([*map(_camel, event.fields)])} }}"
        for event in schema.events
    )
    return (
        f"\n/** The game `{schema.game}`: what a client needs to know of it. */\n"
        f"export const {schema.game.upper()} = {{\n"
        f"  game: {json.dumps(schema.game)},\n"
        f"  version: {schema.version},\n"
        f"  fingerprint: {schema.fingerprint},\n"
        f"  tables: [{tables}],\n"
        f"  inputs: [{', '.join(_field(field, _camel(field.name)) for field in schema.inputs)}],\n"
        f"  actions: {{ {actions} }},\n"
        f"  events: [{events}],\n"
        f"  settings: [{', '.join(map(_field, schema.settings))}],\n"
        f"  refusals: {json.dumps(schema.refusals)},\n"
        "} as const satisfies GameSchema;\n"
    )


def _field(field: Field, name: str | None = None) -> str:
    """``name``: of an input, which only TypeScript sees; settings and arguments keep the name that others send."""
    choices = f", choices: {json.dumps(field.choices)}" if field.choices else ""
    return (
        f"{{ name: {json.dumps(name or field.name)}, minimum: {field.minimum}, maximum: {field.maximum}, "
        f"default: {field.default}{choices} }}"
    )


# --- names and prose -------------------------------------------------------------------------------------------------


def _comment(prose: str) -> str:
    lines = source.cleandoc(_harmless(prose)).replace("``", "`").splitlines()
    if len(lines) == 1:
        return f"/** {lines[0]} */\n"
    return "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in lines) + " */\n"


def _harmless(prose: str) -> str:
    return prose.replace("*/", "* /")


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _camel(name: str) -> str:
    pascal = _pascal(name)
    return pascal[:1].lower() + pascal[1:]


def _key(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)
