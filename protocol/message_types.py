"""The messages as plain lists: what of them the schema's fingerprint covers.

Numbers, names, order, types and ranges count; docstrings do not. Derived from the classes in messages.py, so that no
change to one of them can be forgotten here.
"""

from __future__ import annotations

from typing import get_args

from msgspec import NODEFAULT, Struct, inspect

from tickroom.protocol import messages

Description = str | int | None | list["Description"]

CLIENT_MESSAGES: tuple[type[Struct], ...] = get_args(messages.ClientMessage)
SERVER_MESSAGES: tuple[type[Struct], ...] = get_args(messages.ServerFact | messages.Keyframe)


def describe_messages() -> Description:
    """Both directions, in order of declaration; the deltas, which are no classes, by their kinds."""
    return [
        [describe(message) for message in CLIENT_MESSAGES],
        [describe(message) for message in SERVER_MESSAGES],
        [messages.DELTA_KIND, messages.CHECKED_DELTA_KIND],
    ]


def describe(message: type[Struct]) -> Description:
    """One message: its name, its kind, its items. Raises TypeError for a type that has no place on the wire."""
    return _describe(inspect.type_info(message))


def name_of(message: type[Struct]) -> str:
    """The message's name: its class's, in camelCase, without the ``Fact`` that tells it from the client's."""
    name = message.__name__.removesuffix("Fact")
    return name[0].lower() + name[1:]


def _describe(wire: inspect.Type) -> Description:
    match wire:
        case inspect.IntType():
            return ["int", wire.ge, wire.le]
        case inspect.StrType():
            return ["str", wire.min_length, wire.max_length, wire.pattern]
        case inspect.BoolType():
            return "bool"
        case inspect.NoneType():
            return "nil"
        case inspect.ListType() | inspect.VarTupleType():
            return ["array", _describe(wire.item_type), wire.min_length, wire.max_length]
        case inspect.TupleType():
            return ["items", *map(_describe, wire.item_types)]
        case inspect.DictType():
            return ["map", _describe(wire.key_type), _describe(wire.value_type)]
        case inspect.UnionType():
            return ["either", *map(_describe, wire.types)]
        case inspect.StructType():
            fields: list[Description] = [
                [field.name, _describe(field.type), "required" if field.required else _default(field)]
                for field in wire.fields
            ]
            return [wire.cls.__name__, wire.tag if isinstance(wire.tag, int) else None, fields]
        case _:
            raise TypeError(f"no place on the wire for {wire!r}")


def _default(field: inspect.Field) -> Description:
    return repr(field.default if field.default is not NODEFAULT else [])
