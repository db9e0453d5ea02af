"""Dashes that hit somebody: who is hit, what falls out, where it lies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickroom.game.arena import purposes
from tickroom.game.arena.schema import EventKind, ItemKind
from tickroom.game.arena.sight import clear_sight
from tickroom.game.arena.terrain import Terrain
from tickroom.game.arena.units import BUMP_REACH, ITEM_RADIUS, SUB, TILE
from tickroom.game.arena.world import FAR_AWAY, SEAT_BITS, ArenaWorld
from tickroom.game.interface import Int64Array
from tickroom.game.randomness import draw
from tickroom.protocol.tables import BoolArray, Int32Array

EventRow = tuple[int, ...]  # row, kind, fields

COINS_A_BUMP = 3
POINTS_A_COIN = 10
LOOSE_NEAREST, LOOSE_FARTHEST = 24 * SUB, 56 * SUB
LOOSE_TRIES = 8


class Bump(NamedTuple):
    """One dash hits one victim. In this order bumps take effect: see ``draw`` in docs/games/arena.md."""

    row: int
    victim: int
    square: int
    draw: int
    attacker: int


def bumps(world: ArenaWorld, ticks: Int64Array, dashing: BoolArray, playing: BoolArray) -> list[Bump]:
    """All new hits of the running dashes, in the order in which they take effect.

    A dash hits each other player once, in the first tick in which their circles touch after movement.

    Args:
        dashing, playing: (sessions, seats) bool. Records the hits in ``world.dash_hits``.
    """
    row, attacker = np.nonzero(dashing & playing)
    x, y = world.players.x[row], world.players.y[row]
    dx = (x - world.players.x[row, attacker][:, None]).astype(np.int64)
    dy = (y - world.players.y[row, attacker][:, None]).astype(np.int64)
    square = dx * dx + dy * dy
    hit = (square <= BUMP_REACH * BUMP_REACH) & playing[row]
    hit &= (world.dash_hits[row, attacker][:, None] & SEAT_BITS[: world.seats]) == 0
    hit[np.arange(row.size), attacker] = False
    which, victim = np.nonzero(hit)
    if not which.size:
        return []
    r, a = row[which], attacker[which]
    np.bitwise_or.at(world.dash_hits, (r, a), SEAT_BITS[victim])
    ties = draw(world.seed[r], ticks[r], purposes.BUMP_TIE, victim * 64 + a)
    columns = (r, victim, square[which, victim], ties, a)
    return sorted(Bump(*bump) for bump in zip(*(column.tolist() for column in columns), strict=True))


def knock(world: ArenaWorld, terrain: Terrain, ticks: Int64Array, hits: list[Bump]) -> list[EventRow]:
    """Let the hits take effect: a shield absorbs one and is gone, else coins fall out. One event a hit, in order."""
    players = world.players
    events: list[EventRow] = []
    for hit in hits:
        row, victim, tick = hit.row, hit.victim, int(ticks[hit.row])
        coins = 0
        if players.shield_until[row, victim] >= tick:
            players.shield_until[row, victim] = tick - 1
        else:
            coins = min(COINS_A_BUMP, int(players.score[row, victim]) // POINTS_A_COIN)
        if coins:
            players.score[row, victim] -= coins * POINTS_A_COIN
            _drop_coins(world, terrain, row, victim, tick, coins)
        events.append((row, EventKind.BUMPED, hit.attacker, victim, coins))
    return events


def _drop_coins(world: ArenaWorld, terrain: Terrain, row: int, victim: int, tick: int, coins: int) -> None:
    """Loose coins around the victim in the lowest free rows. Coins that find none are lost."""
    base, items = world.base_items, world.items
    free = base + np.flatnonzero(items.kind[row, base:] == ItemKind.NONE)[:coins]
    if not free.size:
        return
    here = world.players.x[row, victim], world.players.y[row, victim]
    spots = _loose_places(world, terrain, row, here, tick, free)
    items.kind[row, free] = ItemKind.COIN
    items.x[row, free], items.y[row, free] = spots
    world.reach_x[row, free], world.reach_y[row, free] = FAR_AWAY, FAR_AWAY
    world.due[row, free] = tick + world.pace.loose_delay
    world.wake[row] = min(int(world.wake[row]), tick + world.pace.loose_delay)


def _loose_places(
    world: ArenaWorld, terrain: Terrain, row: int, here: tuple[np.int32, np.int32], tick: int, item: NDArray[np.intp]
) -> tuple[Int32Array, Int32Array]:
    """For each coin the first of its drawn places that lies in the ring around the victim, on floor, in its sight."""
    draws = draw(world.seed[row], tick, purposes.LOOSE_PLACE, item[:, None] * 16 + np.arange(LOOSE_TRIES))
    span = 2 * LOOSE_FARTHEST + 1
    dx, dy = draws % span - LOOSE_FARTHEST, draws // span % span - LOOSE_FARTHEST
    square = dx * dx + dy * dy
    fits = (square >= LOOSE_NEAREST**2) & (square <= LOOSE_FARTHEST**2)
    x, y = (_off_the_edges(start + offset) for start, offset in zip(here, (dx, dy), strict=True))
    fits &= _floor_in_sight(world, terrain, row, here, x, y)
    first = fits.argmax(axis=1)
    coin = np.arange(item.size)
    found = fits[coin, first]
    return np.where(found, x[coin, first], here[0]), np.where(found, y[coin, first], here[1])


def _off_the_edges(place: Int64Array) -> Int32Array:
    """The same tile, but at least an item's radius from its edges, so that a coin never overlaps a wall."""
    tile, within = np.divmod(place, TILE)
    inside: Int64Array = tile * TILE + np.clip(within, ITEM_RADIUS, TILE - ITEM_RADIUS)
    return inside.astype(np.int32)


def _floor_in_sight(
    world: ArenaWorld, terrain: Terrain, row: int, here: tuple[np.int32, np.int32], x: Int32Array, y: Int32Array
) -> BoolArray:
    """A line that ends in a wall touches it, so sight alone says that a place is floor."""
    start_x, start_y = np.full(x.size, here[0], np.int32), np.full(x.size, here[1], np.int32)
    first_tile = np.full(x.size, world.first_tile[row], np.int32)
    return clear_sight(terrain, first_tile, start_x, start_y, x.ravel(), y.ravel()).reshape(x.shape)
