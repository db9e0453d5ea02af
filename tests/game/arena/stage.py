"""One session of the arena, set up by hand: players and items exactly where a test wants them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tickroom.game.arena.game import ARENA, Arena
from tickroom.game.arena.schema import ItemKind
from tickroom.game.arena.units import SUB
from tickroom.game.arena.world import FAR_AWAY, NEVER, ArenaWorld, set_alarm
from tickroom.game.interface import Call, StepContext, StepResult
from tickroom.game.maps import read_map
from tickroom.protocol.session_tables import Status
from tickroom.protocol.tables import PublicTables

TILE_UNITS = 32
OPEN_MAP = "\n".join(["#" * 20, "#S" + "." * 17 + "#", *["#" + "." * 18 + "#"] * 12, "#" * 20])


def arena_of(text: str) -> Arena:
    return Arena((read_map("test", text),))


OPEN = arena_of(OPEN_MAP)


class Stage:
    """An active round without items. Places are in units, as (x, y)."""

    def __init__(
        self,
        places: Sequence[tuple[int, int]],
        *,
        arena: Arena = OPEN,
        tick_hz: int = 30,
        seed: int = 1,
        tick: int = 1000,
    ) -> None:
        self.arena, self.tick = arena, tick
        self.seats = len(places)
        self.tables = PublicTables(arena.schema.layout(self.seats, arena.table_rows(self.seats)), 1)
        self.world: ArenaWorld = arena.allocate(self.tables, self.seats, tick_hz)
        self.tick_hz = tick_hz
        self.status = Status.ACTIVE
        self.inputs = np.zeros((1, self.seats, 3), dtype=np.int32)
        self.seated = np.ones((1, self.seats), dtype=np.bool_)
        arena.open(self.world, 0, seed, {"map": 0, "items": 1})
        self.clear_items()
        for seat, (x, y) in enumerate(places):
            arena.seat(self.world, 0, seat, tick)
            self.place(seat, x, y)

    def clear_items(self) -> None:
        world = self.world
        world.items.kind[0] = 0
        world.reach_x[0], world.reach_y[0] = FAR_AWAY, FAR_AWAY
        world.due[0] = NEVER
        set_alarm(world, 0)

    def place(self, seat: int, x: int, y: int) -> None:
        self.world.players.x[0, seat], self.world.players.y[0, seat] = x * SUB, y * SUB

    def item(self, row: int, kind: ItemKind, x: int, y: int) -> None:
        world = self.world
        world.items.kind[0, row] = kind
        world.items.x[0, row] = world.reach_x[0, row] = x * SUB
        world.items.y[0, row] = world.reach_y[0, row] = y * SUB
        world.absence[0, row] = 100

    def hold(self, seat: int, x: int, y: int, buttons: int = 0) -> None:
        self.inputs[0, seat] = x, y, buttons

    def step(self, *collects: tuple[int, int]) -> StepResult:
        """One tick, with ``collect`` requests as (seat, item)."""
        self.tick += 1
        calls = [Call(0, seat, "collect", (item,)) for seat, item in collects]
        return self.arena.step(self.world, self.context(), calls)

    def context(self) -> StepContext:
        return StepContext(
            np.array([self.tick]),
            np.array([self.status], dtype=np.int32),
            np.ones(1, dtype=np.bool_),
            self.seated,
            self.inputs,
            self.tick_hz,
        )

    def run(self, ticks: int) -> list[StepResult]:
        return [self.step() for _ in range(ticks)]

    def at(self, seat: int) -> tuple[int, int]:
        return int(self.world.players.x[0, seat]), int(self.world.players.y[0, seat])

    def score(self, seat: int) -> int:
        return int(self.world.players.score[0, seat])

    def kind(self, row: int) -> int:
        return int(self.world.items.kind[0, row])


def events(result: StepResult) -> list[tuple[int, ...]]:
    """Without the row: (kind, fields ...)."""
    return [tuple(event[1:]) for event in result.events.tolist()]


__all__ = ["ARENA", "OPEN", "Stage", "arena_of", "events"]
