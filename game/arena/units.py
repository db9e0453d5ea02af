"""Sizes, speeds and times of the arena. Positions count in subunits, times in ticks of the session's rate."""

from __future__ import annotations

from typing import NamedTuple

from tickroom.game.fixed import rounded_quotient, ticks_of

SUB = 48  # subunits a unit
TILE = 32 * SUB
PLAYER_RADIUS = 12 * SUB
ITEM_RADIUS = 8 * SUB
LONGEST_STEP = TILE - PLAYER_RADIUS  # a longer one could pass a wall's corner unseen; movement.py splits it

WALK_SPEED = 200 * SUB  # subunits a second, as the two below
BOOTS_SPEED = 300 * SUB
DASH_SPEED = 600 * SUB

TOUCH_REACH = PLAYER_RADIUS + ITEM_RADIUS  # between centres, as all reaches
COLLECT_REACH = 64 * SUB
MAGNET_REACH = 96 * SUB
BUMP_REACH = 2 * PLAYER_RADIUS
KEEP_AWAY = 64 * SUB  # from players and items, for an item that comes back

FULL_TILT = 127  # length of an input that means full speed


class Pace(NamedTuple):
    """What depends on the tick rate: speeds in subunits a tick, durations in ticks."""

    walk: int
    boots: int
    dash: int
    dash_ticks: int
    dash_cooldown: int
    boots_delay: int
    boots_ticks: int
    magnet_ticks: int
    shield_ticks: int
    respawn_least: int
    respawn_most: int
    loose_delay: int
    loose_ticks: int


def pace(tick_hz: int) -> Pace:
    """Speeds and durations at ``tick_hz`` ticks a second, each rounded to nearest."""
    return Pace(
        walk=rounded_quotient(WALK_SPEED, tick_hz),
        boots=rounded_quotient(BOOTS_SPEED, tick_hz),
        dash=rounded_quotient(DASH_SPEED, tick_hz),
        dash_ticks=ticks_of(200, tick_hz),
        dash_cooldown=ticks_of(2_000, tick_hz),
        boots_delay=ticks_of(500, tick_hz),
        boots_ticks=ticks_of(5_000, tick_hz),
        magnet_ticks=ticks_of(8_000, tick_hz),
        shield_ticks=ticks_of(10_000, tick_hz),
        respawn_least=ticks_of(3_000, tick_hz),
        respawn_most=ticks_of(8_000, tick_hz),
        loose_delay=ticks_of(500, tick_hz),
        loose_ticks=ticks_of(10_000, tick_hz),
    )
