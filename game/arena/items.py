"""The life of items: laid out when a round starts, back elsewhere after they were picked; loose coins come and go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tickroom.game.arena import purposes
from tickroom.game.arena.places import TRIES, Places, nearest_square
from tickroom.game.arena.schema import ItemKind
from tickroom.game.arena.units import KEEP_AWAY
from tickroom.game.arena.world import FAR_AWAY, NEVER, ArenaWorld, set_alarm
from tickroom.game.interface import Int64Array
from tickroom.game.randomness import draw
from tickroom.protocol.tables import BoolArray, Int32Array

# A draw modulo 100 below the first bound is a coin, below the second a gem, and so on.
KIND_BOUNDS = np.array([80, 84, 90, 95, 100])
KIND_BOUNDS.flags.writeable = False

_RETURN_INDICES = np.array([*range(2 * TRIES), 14, 15])  # see purposes.RETURN_ITEM
_RETURN_INDICES.flags.writeable = False


def kinds_of(draws: Int64Array) -> Int32Array:
    """The kinds that draws stand for: 80 % coins, 4 % gems, 6 % boots, 5 % magnets, 5 % shields."""
    kinds = np.searchsorted(KIND_BOUNDS, draws % 100, side="right") + ItemKind.COIN
    return kinds.astype(np.int32)


def absence_of(world: ArenaWorld, draws: Int64Array) -> Int32Array:
    """For how many ticks items stay away: from ``respawn_least`` to ``respawn_most``, each as likely."""
    least, most = world.pace.respawn_least, world.pace.respawn_most
    return (least + draws % (most - least + 1)).astype(np.int32)


def scatter_items(world: ArenaWorld, places: Places, row: int, tick: int) -> None:
    """Lay all items of one session out anew, each on a floor tile of its own; no loose coins."""
    count, seed, map_number = int(world.item_count[row]), int(world.seed[row]), int(world.map[row])
    tile_draw = draw(seed, tick, purposes.SCATTER_TILE, np.arange(places.floor_count[map_number]))
    draws = draw(seed, tick, purposes.SCATTER_ITEM, np.arange(count)[:, None] * 4 + np.arange(3))
    spots = places.scattered(map_number, tile_draw, draws[:, 0])
    items = world.items
    for column in (items.kind, items.x, items.y):
        column[row] = 0
    items.kind[row, :count] = kinds_of(draws[:, 1])
    world.absence[row] = 0
    world.absence[row, :count] = absence_of(world, draws[:, 2])
    items.x[row, :count], items.y[row, :count] = spots[:, 0], spots[:, 1]
    world.reach_x[row], world.reach_y[row] = FAR_AWAY, FAR_AWAY
    world.reach_x[row, :count], world.reach_y[row, :count] = spots[:, 0], spots[:, 1]
    world.due[row] = NEVER
    set_alarm(world, row)


def wake_rows(world: ArenaWorld, places: Places, rows: NDArray[np.intp], ticks: Int64Array, seated: BoolArray) -> None:
    """Do what is due in these sessions: owed boots, loose coins ripe or gone, one item back in each session.

    At most one item a session and tick comes back, the lowest row first, so that each sees where the others are.

    Args:
        rows: sessions whose ``wake`` has come. ticks: (rows,) int64, their ticks. seated: (rows, seats) bool.
    """
    tick = ticks.astype(np.int32)[:, None]
    _give_owed_boots(world, rows, tick)
    due = world.due[rows] <= tick
    loose = due.copy()
    loose[:, : world.base_items] = False
    which, item = np.nonzero(loose)
    if which.size:
        _change_loose_coins(world, rows[which], item, tick[which, 0])
    which = np.flatnonzero(due[:, : world.base_items].any(axis=1))
    if which.size:
        item = due[which, : world.base_items].argmax(axis=1)
        _bring_back(world, places, rows[which], item, ticks[which], seated[which])
    world.wake[rows] = np.minimum(world.due[rows].min(axis=1), world.boots_owed[rows].min(axis=1))


def _give_owed_boots(world: ArenaWorld, rows: NDArray[np.intp], tick: Int32Array) -> None:
    which, seat = np.nonzero(world.boots_owed[rows] <= tick)
    if which.size:
        row, start = rows[which], tick[which, 0] + world.pace.boots_delay
        world.players.boots_from[row, seat] = start
        world.players.boots_until[row, seat] = start + world.pace.boots_ticks - 1
        world.boots_owed[row, seat] = NEVER


def _change_loose_coins(world: ArenaWorld, row: NDArray[np.intp], item: NDArray[np.intp], tick: Int32Array) -> None:
    items = world.items
    ripens = world.reach_x[row, item] == FAR_AWAY
    ripe_row, ripe_item = row[ripens], item[ripens]
    world.reach_x[ripe_row, ripe_item] = items.x[ripe_row, ripe_item]
    world.reach_y[ripe_row, ripe_item] = items.y[ripe_row, ripe_item]
    world.due[ripe_row, ripe_item] = tick[ripens] + (world.pace.loose_ticks - world.pace.loose_delay)
    remove_items(world, row[~ripens], item[~ripens])
    world.due[row[~ripens], item[~ripens]] = NEVER


def remove_items(world: ArenaWorld, row: NDArray[np.intp], item: NDArray[np.intp]) -> None:
    """Take items away; ``due`` is the caller's."""
    world.items.kind[row, item] = ItemKind.NONE
    world.reach_x[row, item] = FAR_AWAY
    world.reach_y[row, item] = FAR_AWAY


def _bring_back(
    world: ArenaWorld,
    places: Places,
    row: NDArray[np.intp],
    item: NDArray[np.intp],
    ticks: Int64Array,
    seated: BoolArray,
) -> None:
    items, players = world.items, world.players
    index = (item * 16)[:, None] + _RETURN_INDICES
    draws = draw(world.seed[row][:, None], ticks[:, None], purposes.RETURN_ITEM, index)
    spots = places.floor_places(world.map[row][:, None], draws[:, 0:-2:2], draws[:, 1:-2:2])
    others_x = np.concatenate((items.x[row], players.x[row]), axis=1)
    others_y = np.concatenate((items.y[row], players.y[row]), axis=1)
    present = np.concatenate((items.kind[row] != ItemKind.NONE, seated), axis=1)
    best = nearest_square(spots, others_x, others_y, present, KEEP_AWAY).argmax(axis=1)  # the first of equals
    spot = spots[np.arange(row.size), best]
    items.kind[row, item] = kinds_of(draws[:, -2])
    world.absence[row, item] = absence_of(world, draws[:, -1])
    items.x[row, item] = world.reach_x[row, item] = spot[:, 0]
    items.y[row, item] = world.reach_y[row, item] = spot[:, 1]
    world.due[row, item] = NEVER
