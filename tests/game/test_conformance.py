"""Every game passes the conformance check; and the check fails a game that breaks a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from tickroom.game.conformance import NonConformance, check_game
from tickroom.game.interface import Call, Game, Rank, StepContext, StepResult, head
from tickroom.game.registry import GAMES
from tickroom.protocol.schema import Action, Event, Field, Schema
from tickroom.protocol.tables import BoolArray, Column, Int32Array, PublicTables, Table


@pytest.mark.parametrize("name", GAMES)
@pytest.mark.parametrize(("seats", "tick_hz"), [(1, 30), (4, 10), (4, 60), (9, 23), (64, 20)])
def test_every_game_conforms(name: str, seats: int, tick_hz: int) -> None:
    check_game(GAMES[name], seats=seats, tick_hz=tick_hz)


def test_games_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        GAMES["other"] = GAMES["arena"]  # type: ignore[index]


@dataclass
class TallyWorld:
    total: Int32Array  # (sessions, seats), public
    extra: np.ndarray[Any, np.dtype[Any]]  # (sessions,)


class Tally:
    """The smallest game: everybody counts up by what they hold. Subclasses below break one rule each."""

    schema = Schema(
        game="tally",
        version=1,
        tables=(Table("tally", (Column("total"),)),),
        inputs=(Field("amount", 0, 9),),
        actions=(Action("more", (Field("amount", 1, 5),)),),
        events=(Event("counted", ("seat",)),),
        refusals=("not_here",),
    )

    def assets(self) -> Mapping[str, object]:
        return {}

    def effective_settings(self, settings: Mapping[str, int], seats: int) -> dict[str, int]:
        return dict(settings)

    def table_rows(self, seats: int) -> tuple[int, ...]:
        return (seats,)

    def allocate(self, tables: PublicTables, seats: int, tick_hz: int) -> TallyWorld:
        return TallyWorld(tables.column("tally", "total"), np.zeros(tables.cells.shape[0], dtype=np.int64))

    def open(self, world: TallyWorld, row: int, seed: int, settings: Mapping[str, int]) -> None:
        world.total[row] = 0
        world.extra[row] = seed % 7

    def seat(self, world: TallyWorld, row: int, seat: int, tick: int) -> None:
        world.total[row, seat] = 1

    def unseat(self, world: TallyWorld, row: int, seat: int) -> None:
        world.total[row, seat] = 0

    def start_round(self, world: TallyWorld, row: int, tick: int) -> None:
        world.total[row] = 0

    def step(self, world: TallyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        world = head(world, context.ticks.size)
        present = context.seated & context.live[:, None]
        world.total[:] += context.inputs[:, :, 0] * present + (world.extra[:, None] * present).astype(np.int32)
        outcomes: list[str | None] = []
        for call in calls:
            here = present[call.row, call.seat]
            world.total[call.row, call.seat] += call.arguments[0] * here
            outcomes.append(None if here else "not_here")
        row, seat = np.nonzero(present)
        events = np.stack((row, np.zeros_like(row), seat), axis=1).astype(np.int32)
        return StepResult(events, outcomes)

    def ranking(self, world: TallyWorld, row: int, seats: Sequence[int]) -> list[Rank]:
        return [Rank(seat, 1, 0) for seat in seats]


def test_the_smallest_game_conforms() -> None:
    game: Game[TallyWorld] = Tally()
    check_game(game, seats=3, tick_hz=30)


class LooksAtItsNeighbours(Tally):
    def step(self, world: TallyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        result = super().step(world, context, calls)
        world.total[:] += np.int32(context.live.size) * context.seated
        return result


class KeepsSomethingOnItself(Tally):
    calls = 0

    def step(self, world: TallyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        self.calls += 1
        world.total[:] += np.int32(self.calls) * context.seated
        return super().step(world, context, calls)


class Floats(Tally):
    def allocate(self, tables: PublicTables, seats: int, tick_hz: int) -> TallyWorld:
        return replace(super().allocate(tables, seats, tick_hz), extra=np.zeros(tables.cells.shape[0]))


class Hides(Tally):
    """Public values that are a copy: they never reach the wire."""

    def allocate(self, tables: PublicTables, seats: int, tick_hz: int) -> TallyWorld:
        world = super().allocate(tables, seats, tick_hz)
        return replace(world, total=world.total.copy())


class SpeaksForTheDead(Tally):
    def step(self, world: TallyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        return super().step(world, context._replace(seated=context.seated | True, live=context.live | True), calls)


class Disorderly(Tally):
    def step(self, world: TallyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        result = super().step(world, context, calls)
        return result._replace(events=result.events[::-1])


class WideEvents(Tally):
    def step(self, world: TallyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        result = super().step(world, context, calls)
        return result._replace(events=result.events.astype(np.int64))


class UnknownEvents(Tally):
    def step(self, world: TallyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        result = super().step(world, context, calls)
        result.events[:, 1] = 1
        return result


class InventsRefusals(Tally):
    def step(self, world: TallyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        result = super().step(world, context, calls)
        return result._replace(outcomes=["because" for _ in result.outcomes])


class WritesOnItsContext(Tally):
    def step(self, world: TallyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        result = super().step(world, context, calls)
        context.inputs[:] = 0
        return result


class KeepsWhatWasThere(Tally):
    def open(self, world: TallyWorld, row: int, seed: int, settings: Mapping[str, int]) -> None:
        world.extra[row] += seed % 7


class ForgetsRows(Tally):
    def table_rows(self, seats: int) -> tuple[int, ...]:
        return ()


class WithBots(Tally):
    """A game whose bots hold what the schema's least is."""

    def bot_inputs(self, world: TallyWorld, context: StepContext, bots: BoolArray) -> Int32Array:
        return np.full(context.inputs.shape, self.schema.inputs[0].minimum, dtype=np.int32)


class BotsOutOfRange(WithBots):
    def bot_inputs(self, world: TallyWorld, context: StepContext, bots: BoolArray) -> Int32Array:
        return super().bot_inputs(world, context, bots) - np.int32(1)


class BotsOfAnotherShape(WithBots):
    def bot_inputs(self, world: TallyWorld, context: StepContext, bots: BoolArray) -> Int32Array:
        return super().bot_inputs(world, context, bots)[:, :1]


class BotsThatChangeTheWorld(WithBots):
    def bot_inputs(self, world: TallyWorld, context: StepContext, bots: BoolArray) -> Int32Array:
        world.total[bots] += 1
        return super().bot_inputs(world, context, bots)


class BotsThatLookAtTheirNeighbours(WithBots):
    def bot_inputs(self, world: TallyWorld, context: StepContext, bots: BoolArray) -> Int32Array:
        lowest, highest = self.schema.inputs[0].minimum, self.schema.inputs[0].maximum
        return np.full(context.inputs.shape, highest if bots.shape[0] > 1 else lowest, dtype=np.int32)


def test_a_game_with_bots_conforms() -> None:
    check_game(WithBots(), seats=3, tick_hz=30, ticks=60)


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (LooksAtItsNeighbours, "n pools of one"),
        (KeepsSomethingOnItself, "two different states"),
        (Floats, "integers and truth values"),
        (Hides, "no view"),
        (SpeaksForTheDead, "not live"),
        (Disorderly, "ordered by row"),
        (WideEvents, "not int32"),
        (UnknownEvents, "does not have"),
        (InventsRefusals, "refusals"),
        (WritesOnItsContext, "changed its context"),
        (KeepsWhatWasThere, "not a fresh one"),
        (ForgetsRows, "row counts"),
        (BotsOutOfRange, "out of the range"),
        (BotsOfAnotherShape, "bot_inputs gave"),
        (BotsThatChangeTheWorld, "bot_inputs changed"),
        (BotsThatLookAtTheirNeighbours, "n pools of one"),
    ],
)
def test_a_game_that_breaks_a_rule_is_found(broken: Callable[[], Game[Any]], rule: str) -> None:
    with pytest.raises(NonConformance, match=rule):
        check_game(broken(), seats=3, tick_hz=30, ticks=60)
