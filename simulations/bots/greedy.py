"""A bot that plays to win: the most points for the shortest way, round all walls, and a dash at whoever is rich."""

from __future__ import annotations

import math
from types import MappingProxyType

from tickroom.game.arena.schema import DASH_BUTTON, ItemKind
from tickroom.protocol.session_tables import Status
from tickroom.simulations.bots.behaviour import Intent, View, towards
from tickroom.simulations.bots.floor_plan import Tile, Ways

# What an item is worth to the bot: points, or points that it may bring.
WORTH = MappingProxyType(
    {ItemKind.COIN: 10, ItemKind.GEM: 50, ItemKind.BOOTS: 15, ItemKind.MAGNET: 20, ItemKind.SHIELD: 15}
)
SUBUNITS = 48  # a unit, as game/arena/schema.py has it
REACH_UNITS = 60  # of the arena's 64: the bot sees the place a little late
RICH_SCORE = 30  # as much as one dash can knock loose
DASH_REACH_TILES = 3  # a dash goes 120 units, not quite four tiles
GIVE_UP_S = 1  # not a subunit nearer for so long: another goal
SHUN_S = 3


class Greedy:
    """Goes for the item with the best worth for each step of the way."""

    def __init__(self) -> None:
        self._shunned: dict[int, int] = {}  # item row: until tick
        self._place = (-1, -1)
        self._place_since = 0

    def decide(self, view: View) -> Intent:
        """A dash, the next leg of the way, or nothing where there is nothing to get."""
        here = view.plan.tile_at(*view.position)
        if view.status is Status.FINISHED or not view.plan.is_floor(here):
            return Intent()
        victim = self._victim(view, here)
        if victim is not None:
            return self._aim(view, view.player(victim, "x"), view.player(victim, "y"), DASH_BUTTON)
        ways = view.plan.ways_from(here)
        goal = self._best_item(view, ways)
        if goal is None:
            return Intent()
        self._notice_progress(view, goal)
        target = view.item(goal, "x"), view.item(goal, "y")
        asked = goal if self._may_reach(view, here, target) else None
        return self._aim(view, *self._next_corner(view, ways, target))._replace(collect=asked)

    def _victim(self, view: View, here: Tile) -> int | None:
        """A rich player within a dash and in the open, when ours is ready."""
        if view.status is not Status.ACTIVE or view.tick < view.player(view.seat, "dash_ready"):
            return None
        for seat in view.others():
            there = view.plan.tile_at(view.player(seat, "x"), view.player(seat, "y"))
            near = max(abs(there[0] - here[0]), abs(there[1] - here[1])) <= DASH_REACH_TILES
            bare = view.player(seat, "shield_until") < view.tick
            if near and bare and view.player(seat, "score") >= RICH_SCORE and view.plan.is_open(here, there):
                return seat
        return None

    def _best_item(self, view: View, ways: Ways) -> int | None:
        best, best_value = None, 0.0
        for row in range(len(view.items)):
            kind = view.item(row, "kind")
            steps = ways.steps.get(view.plan.tile_at(view.item(row, "x"), view.item(row, "y")))
            if kind == ItemKind.NONE or steps is None or self._shunned.get(row, 0) > view.tick:
                continue
            value = WORTH.get(ItemKind(kind), 0) / (steps + 1)
            if value > best_value:
                best, best_value = row, value
        return best

    def _notice_progress(self, view: View, goal: int) -> None:
        """Shun a goal that the bot cannot get to, for whatever reason: it stands still on the way."""
        if view.position != self._place:
            self._place, self._place_since = view.position, view.tick
        elif view.tick - self._place_since > GIVE_UP_S * view.tick_hz:
            self._shunned[goal] = view.tick + SHUN_S * view.tick_hz
            self._place_since = view.tick

    def _next_corner(self, view: View, ways: Ways, target: tuple[int, int]) -> tuple[int, int]:
        """The farthest point of the way that can be walked to in a straight line."""
        path = ways.path(view.plan.tile_at(*target))
        if not path or view.plan.is_open(ways.start, path[-1]):
            return target
        corner = path[0]
        for tile in path[1:]:
            if not view.plan.is_open(ways.start, tile):
                break
            corner = tile
        return view.plan.centre(corner)

    def _may_reach(self, view: View, here: Tile, target: tuple[int, int]) -> bool:
        """Whether asking for the item is worth a request: in reach, and nothing between."""
        own_x, own_y = view.position
        near = math.hypot(target[0] - own_x, target[1] - own_y) < REACH_UNITS * SUBUNITS
        return near and view.status is Status.ACTIVE and view.plan.is_open(here, view.plan.tile_at(*target))

    def _aim(self, view: View, x: int, y: int, buttons: int = 0) -> Intent:
        own_x, own_y = view.position
        return Intent(*towards(x - own_x, y - own_y), buttons)
