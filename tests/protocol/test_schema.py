"""The fingerprint changes with whatever goes on the wire, and with nothing else."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Annotated

import pytest
from msgspec import Meta, Struct

from tickroom.protocol import schema as schema_module
from tickroom.protocol.message_types import CLIENT_MESSAGES, SERVER_MESSAGES, describe, describe_messages
from tickroom.protocol.schema import Action, Event, Field, Schema
from tickroom.protocol.session_tables import SEATS, SESSION
from tickroom.protocol.tables import Column, Table

X, Y, SCORE = Column("x", "left to right", gliding=True), Column("y", gliding=True), Column("score")
WALKERS = Table("walkers", (X, Y, SCORE))
SCHEMA = Schema(
    game="test",
    version=1,
    tables=(WALKERS, Table("doors", (Column("open"),))),
    inputs=(Field("x", -127, 127, "to the right"), Field("y", -127, 127)),
    actions=(Action("open", (Field("door", 0, 9, "which"),), "opens a door"),),
    events=(Event("opened", ("seat", "door"), "a door is open"),),
    settings=(Field("map", 0, 1, "which map", 0, ("plaza", "maze")),),
    refusals=("locked",),
)


def tables(*columns: Column, name: str = "walkers") -> tuple[Table, ...]:
    return (Table(name, columns), *SCHEMA.tables[1:])


CHANGES: dict[str, Schema] = {
    "the game's name": replace(SCHEMA, game="another"),
    "its version": replace(SCHEMA, version=2),
    "a column more": replace(SCHEMA, tables=tables(X, Y, SCORE, Column("more"))),
    "a column less": replace(SCHEMA, tables=tables(X, Y)),
    "a column renamed": replace(SCHEMA, tables=tables(X, Y, Column("points"))),
    "columns in another order": replace(SCHEMA, tables=tables(Y, X, SCORE)),
    "a column that glides no more": replace(SCHEMA, tables=tables(X, replace(Y, gliding=False), SCORE)),
    "a column that glides now": replace(SCHEMA, tables=tables(X, Y, replace(SCORE, gliding=True))),
    "a table renamed": replace(SCHEMA, tables=tables(X, Y, SCORE, name="runners")),
    "a table less": replace(SCHEMA, tables=SCHEMA.tables[:1]),
    "tables in another order": replace(SCHEMA, tables=SCHEMA.tables[::-1]),
    "an input less": replace(SCHEMA, inputs=SCHEMA.inputs[:1]),
    "inputs in another order": replace(SCHEMA, inputs=SCHEMA.inputs[::-1]),
    "an input's range": replace(SCHEMA, inputs=(Field("x", -1, 127), SCHEMA.inputs[1])),
    "an action less": replace(SCHEMA, actions=()),
    "an action renamed": replace(SCHEMA, actions=(Action("close", (Field("door", 0, 9),)),)),
    "an argument's range": replace(SCHEMA, actions=(Action("open", (Field("door", 0, 8),)),)),
    "an event's fields": replace(SCHEMA, events=(Event("opened", ("door", "seat")),)),
    "an event less": replace(SCHEMA, events=()),
    "a setting's choices": replace(SCHEMA, settings=(Field("map", 0, 1, "", 0, ("maze", "plaza")),)),
    "a setting's default": replace(SCHEMA, settings=(Field("map", 0, 1, "", 1, ("plaza", "maze")),)),
    "a refusal": replace(SCHEMA, refusals=("locked", "barred")),
}


@pytest.mark.parametrize("changed", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_on_the_wire_changes_it(changed: Schema) -> None:
    assert changed.fingerprint != SCHEMA.fingerprint


def test_all_changes_give_different_ones() -> None:
    assert len({changed.fingerprint for changed in CHANGES.values()}) == len(CHANGES)


PROSE: dict[str, Schema] = {
    "of a column": replace(SCHEMA, tables=tables(replace(X, meaning="from the left wall"), Y, SCORE)),
    "of an input": replace(SCHEMA, inputs=(Field("x", -127, 127, "rightwards"), SCHEMA.inputs[1])),
    "of an action": replace(SCHEMA, actions=(replace(SCHEMA.actions[0], meaning=""),)),
    "of an argument": replace(SCHEMA, actions=(Action("open", (Field("door", 0, 9),)),)),
    "of an event": replace(SCHEMA, events=(replace(SCHEMA.events[0], meaning="click"),)),
    "of a setting": replace(SCHEMA, settings=(Field("map", 0, 1, "", 0, ("plaza", "maze")),)),
}


@pytest.mark.parametrize("changed", PROSE.values(), ids=PROSE.keys())
def test_prose_does_not(changed: Schema) -> None:
    assert changed != SCHEMA
    assert changed.fingerprint == SCHEMA.fingerprint


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PROTOCOL_VERSION", 2),
        ("SEATS", Table("seats", SEATS.columns[1:])),
        ("SESSION", Table("session", (*SESSION.columns, Column("more")))),
        ("describe_messages", lambda: [*describe_messages(), "more"]),  # type: ignore[misc]
    ],
)
def test_what_all_games_share_counts(monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> None:
    before, of_all = SCHEMA.fingerprint, schema_module.protocol_fingerprint()
    monkeypatch.setattr(schema_module, name, value)
    assert replace(SCHEMA).fingerprint != before
    assert schema_module.protocol_fingerprint() not in (before, of_all)


def test_it_is_the_crc_of_the_canonical_form() -> None:
    assert SCHEMA.fingerprint == zlib.crc32(SCHEMA.canonical())
    assert b'"meaning"' not in SCHEMA.canonical()
    assert b" " not in SCHEMA.canonical()


@pytest.mark.parametrize("name", schema_module.SESSION_REQUESTS)
def test_no_action_has_the_name_of_a_session_s_own_request(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        replace(SCHEMA, actions=(Action("open", ()), Action(name, ())))


def test_the_order_of_tables_on_the_wire() -> None:
    assert [table.name for table in SCHEMA.all_tables] == ["seats", "walkers", "doors", "session"]
    layout = SCHEMA.layout(4, (4, 7))
    assert layout.rows == (4, 4, 7, 1)
    assert layout.cells == 4 * 4 + 4 * 3 + 7 + 5


# --- messages --------------------------------------------------------------------------------------------------------


class Said(Struct, array_like=True, tag=7):
    first: Annotated[int, Meta(ge=0, le=9)]
    second: str = ""


def variant(name: str, tag: int = 7, **items: object) -> type[Struct]:
    namespace = {"__annotations__": items, "__module__": __name__, "second": ""}
    made: type[Struct] = type(Struct)(name, (Struct,), namespace, array_like=True, tag=tag)  # type: ignore[misc]
    return made


FIRST = Annotated[int, Meta(ge=0, le=9)]
VARIANTS = {
    "its name": variant("Told", first=FIRST, second=str),
    "its kind": variant("Said", 8, first=FIRST, second=str),
    "a range": variant("Said", first=Annotated[int, Meta(ge=0, le=10)], second=str),
    "a type": variant("Said", first=FIRST, second=str | None),
    "a length": variant("Said", first=FIRST, second=Annotated[str, Meta(max_length=3)]),
    "an item's name": variant("Said", number=FIRST, second=str),
    "an item more": variant("Said", first=FIRST, zero=int, second=str),
}


@pytest.mark.parametrize("changed", VARIANTS.values(), ids=VARIANTS.keys())
def test_a_change_to_a_message_changes_its_description(changed: type[Struct]) -> None:
    assert describe(variant("Said", first=FIRST, second=str)) == describe(Said)
    assert describe(changed) != describe(Said)


def test_a_type_that_has_no_place_on_the_wire_is_refused() -> None:
    with pytest.raises(TypeError, match="no place on the wire"):
        describe(variant("Said", first=float, second=str))


def test_every_message_is_described() -> None:
    client, server, deltas = describe_messages()  # type: ignore[misc,str-unpack]
    assert [entry[0] for entry in client] == [message.__name__ for message in CLIENT_MESSAGES]  # type: ignore[union-attr, index]
    assert [entry[0] for entry in server] == [message.__name__ for message in SERVER_MESSAGES]  # type: ignore[union-attr, index]
    assert deltas == [2, 3]
