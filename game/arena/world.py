"""All that the arena keeps: public columns, which are views on the tables, and hidden arrays beside them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from tickroom.game.arena.schema import ITEMS, PLAYERS
from tickroom.game.arena.units import Pace, pace
from tickroom.game.interface import Int64Array
from tickroom.protocol.tables import BoolArray, Int32Array, PublicTables

NEVER = 2**31 - 1  # a tick that does not come
FAR_AWAY = -(2**20)  # a place that no player comes near to; squares of differences to it fit int64 only

ITEMS_A_SEAT, ITEMS_AT_LEAST, ITEMS_AT_MOST = 6, 8, 200
LOOSE_A_SEAT, LOOSE_AT_MOST = 3, 64


def item_rows(seats: int) -> int:
    """Rows of the items table that hold the map's own items; loose coins have the rows after them."""
    return min(ITEMS_AT_MOST, seats * ITEMS_A_SEAT + ITEMS_AT_LEAST)


def loose_rows(seats: int) -> int:
    """Rows of the items table for coins that dashes knocked loose."""
    return min(LOOSE_AT_MOST, seats * LOOSE_A_SEAT)


@dataclass
class PlayerColumns:
    """The public table ``players``: views, each (sessions, seats) int32; schema.py says what each means."""

    x: Int32Array
    y: Int32Array
    score: Int32Array
    dash_x: Int32Array
    dash_y: Int32Array
    dash_until: Int32Array
    dash_ready: Int32Array
    boots_from: Int32Array
    boots_until: Int32Array
    magnet_until: Int32Array
    shield_until: Int32Array


@dataclass
class ItemColumns:
    """The public table ``items``: views, each (sessions, rows) int32. A row whose kind is 0 keeps its last place."""

    kind: Int32Array
    x: Int32Array
    y: Int32Array


@dataclass
class ArenaWorld:
    """The state of all sessions of a pool, session axis first.

    Hidden, that is not on the wire:
    seed (sessions,) int64; map, first_tile, item_count (sessions,) int32: fixed when a session opens.
    seated (sessions, seats) bool.
    reach_x, reach_y (sessions, items) int32: where an item can be picked; FAR_AWAY for a row that cannot be.
    due (sessions, items) int32: the tick in which a row changes by itself: it comes back, a loose coin may be picked
        from then on, or vanishes; NEVER for none.
    absence (sessions, items) int32: for how many ticks an item will stay away once it is picked; drawn when it appears.
    boots_owed (sessions, seats) int32: the tick in which boots are given that were picked while earlier ones ran out;
        NEVER for none.
    wake (sessions,) int32: no later than any of ``due`` and ``boots_owed``, so that most steps look at nothing else.
    dash_hits (sessions, seats) int64: bit s is set when this dash has already hit seat s.
    """

    players: PlayerColumns
    items: ItemColumns
    seed: Int64Array
    map: Int32Array
    first_tile: Int32Array
    item_count: Int32Array
    seated: BoolArray
    reach_x: Int32Array
    reach_y: Int32Array
    due: Int32Array
    absence: Int32Array
    boots_owed: Int32Array
    wake: Int32Array
    dash_hits: Int64Array
    pace: Pace

    @property
    def seats(self) -> int:
        """Seats of each session."""
        return int(self.seated.shape[1])

    @property
    def base_items(self) -> int:
        """Rows of the items table before the loose coins."""
        return item_rows(self.seats)


def allocate_world(tables: PublicTables, seats: int, tick_hz: int) -> ArenaWorld:
    """A world of zeros over ``tables``."""
    sessions = tables.cells.shape[0]
    items = item_rows(seats) + loose_rows(seats)

    def zeros(*shape: int) -> Int32Array:
        return np.zeros((sessions, *shape), dtype=np.int32)

    return ArenaWorld(
        players=PlayerColumns(*(tables.column(PLAYERS.name, field.name) for field in fields(PlayerColumns))),
        items=ItemColumns(*(tables.column(ITEMS.name, field.name) for field in fields(ItemColumns))),
        seed=np.zeros(sessions, dtype=np.int64),
        map=zeros(),
        first_tile=zeros(),
        item_count=zeros(),
        seated=np.zeros((sessions, seats), dtype=np.bool_),
        reach_x=zeros(items),
        reach_y=zeros(items),
        due=zeros(items),
        absence=zeros(items),
        boots_owed=zeros(seats),
        wake=zeros(),
        dash_hits=np.zeros((sessions, seats), dtype=np.int64),
        pace=pace(tick_hz),
    )


def clear_row(world: ArenaWorld, row: int) -> None:
    """Make one session's row what no session has touched."""
    for columns in (world.players, world.items):
        for field in fields(columns):
            getattr(columns, field.name)[row] = 0
    world.seated[row] = False
    world.reach_x[row] = FAR_AWAY
    world.reach_y[row] = FAR_AWAY
    world.due[row] = NEVER
    world.absence[row] = 0
    world.boots_owed[row] = NEVER
    world.wake[row] = NEVER
    world.dash_hits[row] = 0


def clear_seat(world: ArenaWorld, row: int, seat: int) -> None:
    """Zeros for one player, and no trace of it in the others' dashes."""
    for field in fields(world.players):
        getattr(world.players, field.name)[row, seat] = 0
    world.boots_owed[row, seat] = NEVER
    world.dash_hits[row, seat] = 0
    world.dash_hits[row] &= ~SEAT_BITS[seat]


def set_alarm(world: ArenaWorld, row: int) -> None:
    """Bring ``wake`` of a session up to date."""
    world.wake[row] = min(world.due[row].min(), world.boots_owed[row].min())


def _seat_bits() -> NDArray[np.int64]:
    bits = np.left_shift(np.int64(1), np.arange(64, dtype=np.int64))  # the last one is negative: still one bit
    bits.flags.writeable = False
    return bits


SEAT_BITS = _seat_bits()
