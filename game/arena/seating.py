"""Players come, go, and start a round: where they stand."""

from __future__ import annotations

import numpy as np

from tickroom.game.arena import purposes
from tickroom.game.arena.places import TRIES, Places, nearest_square
from tickroom.game.arena.world import ArenaWorld, clear_seat
from tickroom.game.randomness import draw

FAR_ENOUGH = 2**15 - 1  # farther than this from everybody makes no difference to where a player starts


def place_player(world: ArenaWorld, places: Places, row: int, seat: int, tick: int) -> None:
    """Put a player on that one of a few drawn start places which is farthest from everybody seated; first of equals."""
    players = world.players
    draws = draw(world.seed[row], tick, purposes.START_PLACE, seat * 16 + np.arange(2 * TRIES))
    spots = places.start_places(int(world.map[row]), draws[0::2], draws[1::2])
    present = world.seated[row].copy()
    present[seat] = False
    nearest = nearest_square(spots[None], players.x[None, row], players.y[None, row], present[None], FAR_ENOUGH)
    best = int(nearest[0].argmax())
    players.x[row, seat], players.y[row, seat] = spots[best]


def take_seat(world: ArenaWorld, places: Places, row: int, seat: int, tick: int) -> None:
    """A fresh player in a seat."""
    clear_seat(world, row, seat)
    world.seated[row, seat] = True
    place_player(world, places, row, seat, tick)


def leave_seat(world: ArenaWorld, row: int, seat: int) -> None:
    """The seat is empty: zeros."""
    clear_seat(world, row, seat)
    world.seated[row, seat] = False


def start_over(world: ArenaWorld, places: Places, row: int, tick: int) -> None:
    """Everybody seated afresh: no points, no powers, a new place. In an order that a hash draws, to favour no seat."""
    seats = np.flatnonzero(world.seated[row])
    order = draw(world.seed[row], tick, purposes.START_ORDER, seats).argsort(kind="stable")
    world.seated[row] = False
    for seat in seats[order].tolist():
        take_seat(world, places, row, seat, tick)
