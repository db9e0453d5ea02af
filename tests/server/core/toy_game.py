"""The smallest game that uses all a game can: movement, an action, a refusal, an event, and a step that raises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tickroom.game.interface import Call, Rank, StepContext, StepResult
from tickroom.protocol.schema import Action, Event, Field, Schema
from tickroom.protocol.session_tables import Status
from tickroom.protocol.tables import Column, Int32Array, PublicTables, Table

POISON = 9


@dataclass
class ToyWorld:
    """``x`` and ``pokes`` are public, (sessions, seats); ``moves`` is hidden: steps in which a player moved."""

    x: Int32Array
    pokes: Int32Array
    moves: Int32Array


class ToyGame:
    """Players walk on a line and poke; a poke with POISON makes the step raise after it has changed the world."""

    schema = Schema(
        "toy",
        1,
        tables=(Table("players", (Column("x", gliding=True), Column("pokes"))),),
        inputs=(Field("x", -5, 5),),
        actions=(Action("poke", (Field("strength", 0, 9),)),),
        events=(Event("poked", ("seat", "strength")),),
        settings=(Field("start", -100, 100, default=7),),
        refusals=("too_weak",),
    )

    def assets(self) -> Mapping[str, object]:
        return {}

    def effective_settings(self, settings: Mapping[str, int], seats: int) -> dict[str, int]:
        return dict(settings)

    def table_rows(self, seats: int) -> tuple[int, ...]:
        return (seats,)

    def allocate(self, tables: PublicTables, seats: int, tick_hz: int) -> ToyWorld:
        moves = np.zeros((tables.cells.shape[0], seats), dtype=np.int32)
        return ToyWorld(tables.column("players", "x"), tables.column("players", "pokes"), moves)

    def open(self, world: ToyWorld, row: int, seed: int, settings: Mapping[str, int]) -> None:
        world.moves[row] = settings["start"]

    def seat(self, world: ToyWorld, row: int, seat: int, tick: int) -> None:
        world.x[row, seat] = world.moves[row, seat]

    def unseat(self, world: ToyWorld, row: int, seat: int) -> None:
        world.x[row, seat] = world.pokes[row, seat] = 0

    def start_round(self, world: ToyWorld, row: int, tick: int) -> None:
        world.pokes[row] = 0

    def step(self, world: ToyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        moving = context.seated & (context.status != Status.FINISHED)[:, None]
        world.x += np.where(moving, context.inputs[:, :, 0], 0)
        world.moves += moving & (context.inputs[:, :, 0] != 0)
        events, outcomes = [], []
        for call in calls:
            (strength,) = call.arguments
            if strength == POISON:
                raise RuntimeError("poisoned")
            outcomes.append(None if strength > 1 else "too_weak")
            if strength > 1:
                world.pokes[call.row, call.seat] += 1
                events.append((call.row, 0, call.seat, strength))
        return StepResult(np.array(events, dtype=np.int32).reshape(-1, 4), outcomes)

    def ranking(self, world: ToyWorld, row: int, seats: Sequence[int]) -> list[Rank]:
        scores = {seat: int(world.pokes[row, seat]) for seat in seats}
        best = sorted(seats, key=lambda seat: (-scores[seat], seat))
        return [Rank(seat, 1 + sum(other > scores[seat] for other in scores.values()), scores[seat]) for seat in best]
