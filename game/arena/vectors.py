"""Golden vectors for movement's twins: ``python -m tickroom.game.arena.vectors > tests/vectors/movement.json``.

``constants``: the sizes that the rule uses. ``paces``: by tick rate, what of ``units.pace`` movement uses.
``walks``: one player each, alone; every tick it is moved by the rule in movement.py and never touched otherwise.

    map, tick_hz     where, how fast
    first_tick       the tick of the first step
    start            the values before it, in the order of ``columns``
    inputs           [steps, x, y, buttons]: held for so many ticks, one after the other
    results          after each tick: the values of ``columns`` that changed: [x, y], or all but boots if more did
"""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np

from tickroom.game.arena.game import ARENA
from tickroom.game.arena.movement import Held, Runners, move
from tickroom.game.arena.schema import DASH_BUTTON
from tickroom.game.arena.units import LONGEST_STEP, PLAYER_RADIUS, TILE, Pace, pace
from tickroom.game.randomness import draw

TICK_RATES = (10, 11, 13, 15, 20, 30, 37, 50, 60)
WALKS_EACH = 5  # of each map and tick rate
TICKS_A_WALK = 160
FIRST_TICK = 1000

_DIRECTION, _LENGTH, _DASH, _BOOTS = 1, 2, 3, 4  # purposes of draws, of no concern to the game's


class Hold(NamedTuple):
    """One input and for how many ticks it is held."""

    ticks: int
    x: int
    y: int
    buttons: int


def holds_of(seed: int) -> list[Hold]:
    """Random inputs for one walk: axis-parallel, diagonal, analogue, small ones and rests; dashes now and then."""
    holds: list[Hold] = []
    left = TICKS_A_WALK
    while left:
        number = len(holds)
        kind, x, y = (int(value) for value in draw(seed, number, _DIRECTION, np.arange(3)))
        match kind % 8:
            case 0 | 1:
                axes = ((127, 0), (-127, 0), (0, 127), (0, -127))[x % 4]
            case 2 | 3:
                axes = (x % 2 * 254 - 127, y % 2 * 254 - 127)
            case 4:
                axes = (x % 11 - 5, y % 11 - 5)
            case 5:
                axes = (x % 255 - 127, 0) if y % 2 else (0, x % 255 - 127)
            case _:
                axes = (x % 255 - 127, y % 255 - 127)
        ticks = min(left, 1 + int(draw(seed, number, _LENGTH, 0)) % 16)
        dash = int(draw(seed, number, _DASH, 0)) % 3 == 0
        holds.append(Hold(ticks, *axes, DASH_BUTTON if dash else 0))
        left -= ticks
    return holds


def walk(map_number: int, tick_hz: int, seed: int) -> dict[str, object]:
    """One walk, as the module's docstring describes it."""
    places, terrain = ARENA.places, ARENA.terrain
    draws = [draw(seed, 0, _BOOTS, index) for index in range(4)]
    spot = places.start_places(map_number, draws[0], draws[1])
    boots_from = FIRST_TICK + int(draws[2]) % (TICKS_A_WALK // 2)
    boots_until = boots_from + int(draws[3]) % (TICKS_A_WALK // 2)
    start = [int(spot[0]), int(spot[1]), 0, 0, 0, 0, boots_from, boots_until]
    runners = Runners(*(np.array([value], dtype=np.int32) for value in start))
    first_tile = np.array([map_number * terrain.tiles_a_map], dtype=np.int32)
    holds = holds_of(seed)
    tick, before = FIRST_TICK, start[2:6]
    results: list[list[int]] = []
    for hold in holds:
        held = Held(
            axes=np.array([[hold.x], [hold.y]], dtype=np.int32),
            buttons=np.array([hold.buttons], dtype=np.int32),
            tick=np.zeros(1, dtype=np.int32),
            may_move=np.ones(1, dtype=np.bool_),
            first_tile=first_tile,
        )
        for _ in range(hold.ticks):
            held.tick[0] = tick
            move(runners, held, terrain, pace(tick_hz))
            after = [int(column[0]) for column in runners[:6]]
            results.append(after if after[2:] != before else after[:2])
            tick, before = tick + 1, after[2:]
    return {
        "map": ARENA.maps[map_number].name,
        "tick_hz": tick_hz,
        "first_tick": FIRST_TICK,
        "start": start,
        "inputs": [list(hold) for hold in holds],
        "results": results,
    }


def render() -> str:
    """The whole file: JSON, a walk a line."""
    walks = [
        walk(map_number, tick_hz, (map_number * 100 + tick_hz) * 10 + number)
        for map_number in range(len(ARENA.maps))
        for tick_hz in TICK_RATES
        for number in range(WALKS_EACH)
    ]
    head = {
        "constants": {"TILE": TILE, "PLAYER_RADIUS": PLAYER_RADIUS, "LONGEST_STEP": LONGEST_STEP},
        "paces": {str(tick_hz): _movement_pace(pace(tick_hz)) for tick_hz in TICK_RATES},
        "columns": list(Runners._fields),
        "maps": {each.name: list(each.rows) for each in ARENA.maps},
    }
    lines = ",\n".join(json.dumps(each, separators=(",", ":")) for each in walks)
    return json.dumps(head, separators=(",", ":"))[:-1] + ',"walks":[\n' + lines + "\n]}\n"


def _movement_pace(whole: Pace) -> dict[str, int]:
    names = ("walk", "boots", "dash", "dash_ticks", "dash_cooldown")
    return {name: getattr(whole, name) for name in names}


if __name__ == "__main__":
    print(render(), end="")
