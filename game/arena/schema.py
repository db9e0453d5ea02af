"""What the arena puts on the wire.

Positions are in subunits: 48 to a unit, so that 200 units a second is a whole number of subunits a tick at every tick
rate that divides 9,600 (10, 12, 15, 16, 20, 24, 25, 30, 32, 40, 48, 50, 60 Hz).
"""

from __future__ import annotations

from enum import IntEnum

from tickroom.protocol.schema import Action, Event, Field, Schema
from tickroom.protocol.tables import Column, Table


class ItemKind(IntEnum):
    """Column ``items.kind``."""

    NONE = 0
    COIN = 1
    GEM = 2
    BOOTS = 3
    MAGNET = 4
    SHIELD = 5


class EventKind(IntEnum):
    """Kinds of events, in the order of the schema."""

    PICKED = 0
    BUMPED = 1


DASH_BUTTON = 1
MAP_NAMES = ("plaza", "corridors", "islands")

PLAYERS = Table(
    "players",
    (
        Column("x", "centre, in subunits", gliding=True),
        Column("y", "centre, in subunits, downwards", gliding=True),
        Column("score", "points in this round"),
        Column("dash_x", "direction of the running or last dash, -127 to 127"),
        Column("dash_y", "as dash_x"),
        Column("dash_until", "last tick of the running or last dash"),
        Column("dash_ready", "first tick in which a dash may start"),
        Column(
            "boots_from", "first tick of the boots' speed; known half a second ahead, so that prediction stays exact"
        ),
        Column("boots_until", "last tick of the boots' speed"),
        Column("magnet_until", "last tick of the magnet's reach"),
        Column("shield_until", "last tick of the shield"),
    ),
)

ITEMS = Table(
    "items",
    (
        Column("kind", "0 none (row free or respawning), 1 coin, 2 gem, 3 boots, 4 magnet, 5 shield"),
        Column("x", "centre, in subunits"),
        Column("y", "centre, in subunits"),
    ),
)

SCHEMA = Schema(
    game="arena",
    version=1,
    tables=(PLAYERS, ITEMS),
    inputs=(
        Field("x", -127, 127, "direction to the right; 127 is full speed"),
        Field("y", -127, 127, "direction downwards; a vector longer than 127 counts as 127 long"),
        Field("buttons", 0, 1, "1: dash, in the direction held, as soon as it is ready"),
    ),
    actions=(
        Action("collect", (Field("item", 0, 2**31 - 1, "row in the items table"),), "pick a named item in reach"),
    ),
    events=(
        Event("picked", ("seat", "item", "kind", "points"), "a player picked an item"),
        Event(
            "bumped",
            ("attacker", "victim", "coins"),
            "a dash hit somebody; so many coins fell out (0: shielded or poor)",
        ),
    ),
    settings=(
        Field("map", 0, len(MAP_NAMES) - 1, "which map", 0, MAP_NAMES),
        Field("items", 0, 200, "how many items lie about; 0 stands for as many as suit the seats", 0),
    ),
    refusals=("no_such_item", "out_of_reach", "behind_wall", "beaten_to_it", "not_playing"),
)
