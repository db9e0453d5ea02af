"""Who picks what: touches, magnets and ``collect`` requests of one tick compete for the same items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickroom.game.arena import purposes
from tickroom.game.arena.items import remove_items
from tickroom.game.arena.schema import EventKind, ItemKind
from tickroom.game.arena.sight import clear_sight
from tickroom.game.arena.terrain import Terrain
from tickroom.game.arena.units import COLLECT_REACH, MAGNET_REACH, TOUCH_REACH
from tickroom.game.arena.world import FAR_AWAY, NEVER, ArenaWorld
from tickroom.game.interface import Call, Int64Array
from tickroom.game.randomness import draw
from tickroom.protocol.tables import BoolArray, Int32Array

_PAIRS_AT_ONCE = 16_384  # 64 KB an array: larger ones are fresh pages at each call, at five times the time a pair

POINTS = {ItemKind.COIN: 10, ItemKind.GEM: 50}

EventRow = tuple[int, ...]  # row, kind, fields


class Claim(NamedTuple):
    """One seat reaches one item; ``square`` is the squared distance of their centres."""

    row: int
    item: int
    square: int
    seat: int


def touching(world: ArenaWorld, x: Int32Array, y: Int32Array, playing: BoolArray) -> list[Claim]:
    """The claims of all players whose circles touch an item's.

    Args:
        x, y: (sessions, seats) int32, contiguous, after movement. playing: (sessions, seats) bool.
    Cost: six operations over sessions * seats * items; the rest is for the few that are near.
    """
    sessions, items = world.reach_x.shape
    at_once = max(1, _PAIRS_AT_ONCE // (world.seats * items))
    claims: list[Claim] = []
    for first in range(0, sessions, at_once):
        some = slice(first, first + at_once)
        dx = world.reach_x[some, None, :] - x[some, :, None]
        dy = world.reach_y[some, None, :] - y[some, :, None]
        near = (np.maximum(np.abs(dx, out=dx), np.abs(dy, out=dy)) <= TOUCH_REACH).ravel().nonzero()[0]
        if near.size:
            player, item = np.divmod(near, items)
            player += first * world.seats
            square = _squares(dx.ravel()[near], dy.ravel()[near])
            keep = ((square <= TOUCH_REACH * TOUCH_REACH) & playing.ravel()[player]).nonzero()[0]
            row, seat = np.divmod(player[keep], world.seats)
            claims += _claims(row, item[keep], square[keep], seat)
    return claims


def pulled(
    world: ArenaWorld, terrain: Terrain, x: Int32Array, y: Int32Array, tick: Int32Array, playing: BoolArray
) -> list[Claim]:
    """The claims of players with a running magnet: every item in its reach that they see.

    Args:
        x, y, playing: as for ``touching``. tick: (sessions,) int32.
    """
    magnets = ((world.players.magnet_until >= tick[:, None]) & playing).ravel().nonzero()[0]
    if not magnets.size:
        return []
    rows = magnets // world.seats
    x, y = x.ravel()[magnets], y.ravel()[magnets]
    dx = world.reach_x[rows] - x[:, None]
    dy = world.reach_y[rows] - y[:, None]
    near = (np.maximum(np.abs(dx), np.abs(dy)) <= MAGNET_REACH).ravel().nonzero()[0]
    if not near.size:
        return []
    dx, dy = dx.ravel()[near], dy.ravel()[near]
    which, item = np.divmod(near, world.reach_x.shape[1])
    square = _squares(dx, dy)
    x, y, row, seat = x[which], y[which], rows[which], magnets[which] % world.seats
    seen = clear_sight(terrain, world.first_tile[row], x, y, x + dx, y + dy)
    keep = (seen & (square <= MAGNET_REACH * MAGNET_REACH)).nonzero()[0]
    return _claims(row[keep], item[keep], square[keep], seat[keep])


def _squares(dx: Int32Array, dy: Int32Array) -> Int32Array:
    return dx * dx + dy * dy


def _claims(row: NDArray[np.intp], item: NDArray[np.intp], square: Int32Array, seat: NDArray[np.intp]) -> list[Claim]:
    columns = (row.tolist(), item.tolist(), square.tolist(), seat.tolist())
    return [Claim(*claim) for claim in zip(*columns, strict=True)]


def asked(
    world: ArenaWorld, terrain: Terrain, tick: Int32Array, playing: BoolArray, calls: Sequence[Call]
) -> tuple[list[str | None], list[Claim | None]]:
    """Each ``collect`` call's refusal, or its claim when there is none (yet: somebody else may be nearer).

    The first that applies: not_playing, no_such_item, out_of_reach, behind_wall.
    """
    refusals: list[str | None] = []
    claims: list[Claim | None] = []
    for call in calls:
        row, seat, item = call.row, call.seat, call.arguments[0]
        refusal, claim = None, None
        if not playing[row, seat]:
            refusal = "not_playing"
        elif item >= world.reach_x.shape[1] or world.reach_x[row, item] == FAR_AWAY:
            refusal = "no_such_item"
        else:
            dx = int(world.reach_x[row, item]) - int(world.players.x[row, seat])
            dy = int(world.reach_y[row, item]) - int(world.players.y[row, seat])
            square = dx * dx + dy * dy
            reach = MAGNET_REACH if world.players.magnet_until[row, seat] >= tick[row] else COLLECT_REACH
            if square > reach * reach:
                refusal = "out_of_reach"
            elif not _sees(world, terrain, row, seat, item):
                refusal = "behind_wall"
            else:
                claim = Claim(row, item, square, seat)
        refusals.append(refusal)
        claims.append(claim)
    return refusals, claims


def _sees(world: ArenaWorld, terrain: Terrain, row: int, seat: int, item: int) -> bool:
    at = slice(seat, seat + 1), slice(item, item + 1)
    x, y = world.players.x[row, at[0]], world.players.y[row, at[0]]
    sight = clear_sight(
        terrain, world.first_tile[row : row + 1], x, y, world.reach_x[row, at[1]], world.reach_y[row, at[1]]
    )
    return bool(sight[0])


def settle(world: ArenaWorld, ticks: Int64Array, claims: Sequence[Claim]) -> dict[tuple[int, int], int]:
    """The winning seat of each (row, item) claimed: the nearest; of equally near ones that of the lowest draw.

    The draw is over (seed, tick, item, seat), so that no seat is favoured; equal draws (one in 2**32): the lower seat.
    """
    contenders: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for claim in claims:
        contenders.setdefault((claim.row, claim.item), []).append((claim.square, claim.seat))
    winners: dict[tuple[int, int], int] = {}
    for (row, item), rivals in contenders.items():
        least = min(rivals)[0]
        nearest = sorted({seat for square, seat in rivals if square == least})
        if len(nearest) > 1:
            draws = draw(world.seed[row], ticks[row], purposes.PICK_TIE, item * 64 + np.array(nearest))
            winners[row, item] = nearest[int(draws.argmin())]
        else:
            winners[row, item] = nearest[0]
    return winners


def take(world: ArenaWorld, ticks: Int64Array, winners: Mapping[tuple[int, int], int]) -> list[EventRow]:
    """Give each item to its winner: points or power, the item gone, its return set. One event each, by row and item."""
    picks = sorted((row, item, seat) for (row, item), seat in winners.items())
    row, item, _ = (np.array(column) for column in zip(*picks, strict=True))
    kinds: list[int] = world.items.kind[row, item].tolist()
    back = ticks[row] + world.absence[row, item]
    due = np.where(item < world.base_items, back, NEVER).astype(np.int32)
    remove_items(world, row, item)
    world.due[row, item] = due
    np.minimum.at(world.wake, row, due)
    events: list[EventRow] = []
    for (at, which, seat), kind in zip(picks, kinds, strict=True):
        points = _give(world, at, seat, ItemKind(kind), int(ticks[at]))
        events.append((at, EventKind.PICKED, seat, which, kind, points))
    return events


def _give(world: ArenaWorld, row: int, seat: int, kind: ItemKind, tick: int) -> int:
    players, pace = world.players, world.pace
    points = POINTS.get(kind, 0)
    if points:
        players.score[row, seat] += points
    elif kind is ItemKind.BOOTS:
        _give_boots(world, row, seat, tick)
    elif kind is ItemKind.MAGNET:
        players.magnet_until[row, seat] = tick + pace.magnet_ticks
    else:
        players.shield_until[row, seat] = tick + pace.shield_ticks
    return points


def _give_boots(world: ArenaWorld, row: int, seat: int, tick: int) -> None:
    """Boots work from ``boots_delay`` later, so that a client which is ahead by its lead predicts them exactly.

    For the same reason a running pair is never altered for its next ``boots_delay`` ticks: one that runs beyond them is
    made longer, one that ends within them is followed by a new pair, given when it has ended.
    """
    players, pace = world.players, world.pace
    start = tick + pace.boots_delay
    until = int(players.boots_until[row, seat])
    if until < tick + 1:  # none, or over
        players.boots_from[row, seat] = start
        players.boots_until[row, seat] = start + pace.boots_ticks - 1
    elif until >= start:
        players.boots_until[row, seat] = start + pace.boots_ticks - 1
    elif world.boots_owed[row, seat] == NEVER:
        world.boots_owed[row, seat] = until + 1
        world.wake[row] = min(int(world.wake[row]), until + 1)
