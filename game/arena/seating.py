"""Players come, go, and start a round: where they stand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tickroom.game.arena import purposes
from tickroom.game.arena.places import TRIES, Places, nearest_square
from tickroom.game.arena.world import ArenaWorld, clear_seat
from tickroom.game.randomness import draw
from tickroom.protocol.tables import Int32Array

FAR_ENOUGH = 2**15 - 1  # farther than this from everybody makes no difference to where a player starts


def start_spots(world: ArenaWorld, places: Places, row: int, seats: Sequence[int], tick: int) -> Int32Array:
    """(seats, TRIES, 2) int32: the start places drawn for each of these seats."""
    index = np.array(seats)[:, None] * 16 + np.arange(2 * TRIES)
    draws = draw(world.seed[row], tick, purposes.START_PLACE, index)
    return places.start_places(int(world.map[row]), draws[:, 0::2], draws[:, 1::2])


def place_player(world: ArenaWorld, row: int, seat: int, spots: Int32Array) -> None:
    """Put a player on that one of its (TRIES, 2) places which is farthest from all who sit; of equals the first."""
    players = world.players
    present = world.seated[row].copy()
    present[seat] = False
    nearest = nearest_square(spots[None], players.x[None, row], players.y[None, row], present[None], FAR_ENOUGH)
    players.x[row, seat], players.y[row, seat] = spots[nearest[0].argmax()]


def take_seat(world: ArenaWorld, places: Places, row: int, seat: int, tick: int) -> None:
    """A fresh player in a seat."""
    clear_seat(world, row, seat)
    world.seated[row, seat] = True
    place_player(world, row, seat, start_spots(world, places, row, [seat], tick)[0])


def leave_seat(world: ArenaWorld, row: int, seat: int) -> None:
    """The seat is empty: zeros."""
    clear_seat(world, row, seat)
    world.seated[row, seat] = False


def start_over(world: ArenaWorld, places: Places, row: int, tick: int) -> None:
    """Everybody seated afresh: no points, no powers, a new place. In an order that a hash draws, to favour no seat."""
    seats = np.flatnonzero(world.seated[row])
    order = draw(world.seed[row], tick, purposes.START_ORDER, seats).argsort(kind="stable")
    spots = start_spots(world, places, row, seats.tolist(), tick)
    for seat in seats.tolist():
        clear_seat(world, row, seat)
    world.seated[row] = False
    for position in order.tolist():
        seat = int(seats[position])
        place_player(world, row, seat, spots[position])
        world.seated[row, seat] = True
