"""The arena as a game: what the server calls, and the order of things within a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files

import numpy as np

from tickroom.game.arena import dash, pickup
from tickroom.game.arena.bots import Ways, bot_inputs
from tickroom.game.arena.items import scatter_items, wake_rows
from tickroom.game.arena.movement import Held, Runners, move
from tickroom.game.arena.places import Places
from tickroom.game.arena.schema import MAP_NAMES, SCHEMA
from tickroom.game.arena.scoring import ranking
from tickroom.game.arena.seating import leave_seat, start_over, take_seat
from tickroom.game.arena.terrain import Terrain
from tickroom.game.arena.units import SUB, TILE
from tickroom.game.arena.world import ITEMS_AT_MOST, ArenaWorld, allocate_world, clear_row, item_rows, loose_rows
from tickroom.game.interface import Call, Rank, StepContext, StepResult, head
from tickroom.game.maps import TileMap, read_maps
from tickroom.protocol.session_tables import Status
from tickroom.protocol.tables import BoolArray, Int32Array, PublicTables

LEAST_FLOOR = ITEMS_AT_MOST + 50  # each item lies on a tile of its own
LEAST_STARTS = 8

_EVENT_WIDTH = 2 + max(len(event.fields) for event in SCHEMA.events)
_NO_EVENTS = np.zeros((0, _EVENT_WIDTH), dtype=np.int32)
_NO_EVENTS.flags.writeable = False


class Arena:
    """Implements ``Game[ArenaWorld]``; docs/games/arena.md has the rules. Holds its maps, and nothing that changes."""

    schema = SCHEMA

    def __init__(self, maps: tuple[TileMap, ...] | None = None) -> None:
        """``maps``: others than the arena's own, with at least one start each; for tests and trials."""
        self.maps: tuple[TileMap, ...] = maps or read_maps(
            files(__package__) / "maps", MAP_NAMES, least_floor=LEAST_FLOOR, least_starts=LEAST_STARTS
        )
        self.terrain = Terrain.build(self.maps)
        self.places = Places.build(self.maps)
        self._ways = Ways(self.terrain)  # a cache: what it holds follows from the maps

    def assets(self) -> Mapping[str, object]:
        """``maps``: of each its name, its tiles' edge in units, its size in tiles, and its rows of text."""
        return {
            "maps": [
                {"name": each.name, "tile": TILE // SUB, "width": each.width, "height": each.height, "rows": each.rows}
                for each in self.maps
            ]
        }

    def table_rows(self, seats: int) -> tuple[int, ...]:
        """Rows of ``players`` and ``items``: the map's own items, then room for loose coins."""
        return seats, item_rows(seats) + loose_rows(seats)

    def effective_settings(self, settings: Mapping[str, int], seats: int) -> dict[str, int]:
        """The settings that a session with so many seats plays by: ``items`` is never 0 and never above what fits."""
        wanted = settings["items"] or item_rows(seats)
        return {**settings, "items": min(wanted, item_rows(seats))}

    def allocate(self, tables: PublicTables, seats: int, tick_hz: int) -> ArenaWorld:
        """See ``Game.allocate``."""
        return allocate_world(tables, seats, tick_hz)

    def open(self, world: ArenaWorld, row: int, seed: int, settings: Mapping[str, int]) -> None:
        """See ``Game.open``."""
        clear_row(world, row)
        world.seed[row] = seed
        world.map[row] = settings["map"]
        world.first_tile[row] = settings["map"] * self.terrain.tiles_a_map
        world.item_count[row] = self.effective_settings(settings, world.seats)["items"]
        scatter_items(world, self.places, row, 0)

    def seat(self, world: ArenaWorld, row: int, seat: int, tick: int) -> None:
        """See ``Game.seat``."""
        take_seat(world, self.places, row, seat, tick)

    def unseat(self, world: ArenaWorld, row: int, seat: int) -> None:
        """See ``Game.unseat``."""
        leave_seat(world, row, seat)

    def start_round(self, world: ArenaWorld, row: int, tick: int) -> None:
        """See ``Game.start_round``."""
        start_over(world, self.places, row, tick)
        scatter_items(world, self.places, row, tick)

    def ranking(self, world: ArenaWorld, row: int, seats: Sequence[int]) -> list[Rank]:
        """See ``Game.ranking``."""
        return ranking(world, row, seats)

    def bot_inputs(self, world: ArenaWorld, context: StepContext, bots: BoolArray) -> Int32Array:
        """See ``PlaysBots.bot_inputs``; bots.py has what they want."""
        return bot_inputs(self._ways, self.terrain, world, context, bots)

    def step(self, world: ArenaWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        """See ``Game.step``. In order: players move; what is due comes and goes; dashes hit; items are picked."""
        count = context.ticks.size
        if world.seed.size != count:
            world = head(world, count)
        tick = context.ticks.astype(np.int32)
        present = context.seated & context.live[:, None]
        dashing = self._move(world, context, tick, present & (context.status != Status.FINISHED)[:, None])
        active = (context.status == Status.ACTIVE) & context.live
        playing = present & active[:, None]
        woken = ((world.wake <= tick) & active).nonzero()[0]
        if woken.size:
            wake_rows(world, self.places, woken, context.ticks[woken], context.seated[woken])
        events: list[tuple[int, ...]] = []
        if dashing is not None and (hits := dash.bumps(world, context.ticks, dashing, playing)):
            events += dash.knock(world, self.terrain, context.ticks, hits)
        outcomes = self._pick(world, context, tick, playing, calls, events)
        return StepResult(_event_rows(events), outcomes)

    def _move(self, world: ArenaWorld, context: StepContext, tick: Int32Array, may_move: BoolArray) -> BoolArray | None:
        """Move everybody; returns whose dash runs in this tick, (sessions, seats) bool, or None when no dash does."""
        players, shape = world.players, may_move.shape
        runners = Runners(*(getattr(players, name).ravel() for name in Runners._fields))
        inputs = context.inputs.reshape(-1, context.inputs.shape[2]).T.copy()
        ticks = tick.repeat(shape[1])
        held = Held(inputs[:2], inputs[2], ticks, may_move.ravel(), world.first_tile.repeat(shape[1]))
        started = move(runners, held, self.terrain, world.pace)
        players.x[:], players.y[:] = runners.x.reshape(shape), runners.y.reshape(shape)
        if started.size:
            row, seat = np.divmod(started, shape[1])
            for name in ("dash_x", "dash_y", "dash_until", "dash_ready"):
                getattr(players, name)[row, seat] = getattr(runners, name)[started]
            world.dash_hits[row, seat] = 0
        dashing = ticks <= runners.dash_until
        return dashing.reshape(shape) if np.count_nonzero(dashing) else None

    def _pick(
        self,
        world: ArenaWorld,
        context: StepContext,
        tick: Int32Array,
        playing: BoolArray,
        calls: Sequence[Call],
        events: list[tuple[int, ...]],
    ) -> list[str | None]:
        """Settle all claims on items and give them out, adding to ``events``; returns the outcome of each call."""
        x, y = np.ascontiguousarray(world.players.x), np.ascontiguousarray(world.players.y)
        claims = pickup.touching(world, x, y, playing)
        claims += pickup.pulled(world, self.terrain, x, y, tick, playing)
        refusals, asked = pickup.asked(world, self.terrain, tick, playing, calls) if calls else ([], [])
        claims += [claim for claim in asked if claim is not None]
        if not claims:
            return refusals
        winners = pickup.settle(world, context.ticks, claims)
        events += pickup.take(world, context.ticks, winners)
        for number, claim in enumerate(asked):
            if claim is not None and winners[claim.row, claim.item] != claim.seat:
                refusals[number] = "beaten_to_it"
        return refusals


def _event_rows(events: list[tuple[int, ...]]) -> Int32Array:
    """The events as one array, ordered by row; within a row in the order in which they happened."""
    if not events:
        return _NO_EVENTS
    padded = [event + (0,) * (_EVENT_WIDTH - len(event)) for event in sorted(events, key=lambda event: event[0])]
    return np.array(padded, dtype=np.int32)


ARENA = Arena()
