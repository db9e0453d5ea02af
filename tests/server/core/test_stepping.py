"""An exception in a game's step ends the session at fault, and no other feels it."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from tests.server.core.stage import Stage, facts
from tests.server.core.toy_game import POISON, ToyGame, ToyWorld
from tickroom.game.interface import Call, Rank, StepContext, StepResult, export_row
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import Events, Reply
from tickroom.server.core.commands import Act, Command, End, Join, Leave
from tickroom.server.core.effects import Ended


def test_only_the_session_whose_step_raises_is_ended() -> None:
    stage, undisturbed = Stage(), Stage()
    for one in (stage, undisturbed):
        one.join(1)
        one.hold(0, 2, 3)
    poisoned = stage.open("POISON")
    stage.pool.advance([(poisoned, Join(2, "Eve", "t"))])
    undisturbed.tick()
    output = stage.pool.advance([(poisoned, Act(2, 1, "poke", (POISON,))), (stage.session, Act(1, 2, "poke", (5,)))])
    undisturbed.tick(Act(1, 2, "poke", (5,)))

    ((failed, error),) = output.failures
    assert failed is poisoned
    assert str(error) == "poisoned"
    by_session = {part.session: part.effects for part in output.sessions}
    assert by_session[poisoned] == [Ended(CloseCode.SESSION_FAILED)], "no success is told of a step that was undone"
    assert facts(by_session[stage.session], Reply)
    assert facts(by_session[stage.session], Events) == facts(undisturbed.effects, Events)
    for mine, theirs in zip(export_row(stage.pool.world, 0), export_row(undisturbed.pool.world, 0), strict=True):
        assert (mine == theirs).all()
    assert stage.pool.checksum(stage.session) == undisturbed.pool.checksum(undisturbed.session)
    stage.ticks(20)
    assert poisoned.ended
    assert not stage.session.ended


def test_a_row_is_clean_for_its_next_session() -> None:
    stage = Stage()
    stage.join(1)
    stage.hold(0, 2, 5)
    stage.ticks(5)
    stage.tick(Act(1, 1, "poke", (POISON,)))
    assert stage.session.ended
    stage.session = stage.open("FRESH2")
    fresh = Stage()
    stage.join(1)
    fresh.join(1)
    assert (stage.pool.tables.cells[0] == fresh.pool.tables.cells[0]).all()
    assert stage.state == fresh.state


class FaultyGame(ToyGame):
    """A toy game that raises in one of its methods, for the sessions of one row."""

    def __init__(self, method: str, row: int = 1) -> None:
        self.method = method
        self.row = row

    def _perhaps(self, method: str, row: int) -> None:
        if method == self.method and row == self.row:
            raise RuntimeError(f"fault in {method}")

    def open(self, world: ToyWorld, row: int, seed: int, settings: Mapping[str, int]) -> None:
        self._perhaps("open", row)
        super().open(world, row, seed, settings)

    def seat(self, world: ToyWorld, row: int, seat: int, tick: int) -> None:
        self._perhaps("seat", row)
        super().seat(world, row, seat, tick)

    def unseat(self, world: ToyWorld, row: int, seat: int) -> None:
        self._perhaps("unseat", row)
        super().unseat(world, row, seat)

    def start_round(self, world: ToyWorld, row: int, tick: int) -> None:
        self._perhaps("start_round", row)
        super().start_round(world, row, tick)

    def ranking(self, world: ToyWorld, row: int, seats: Sequence[int]) -> list[Rank]:
        self._perhaps("ranking", row)
        return super().ranking(world, row, seats)

    def step(self, world: ToyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
        result = super().step(world, context, calls)
        if calls and self.method == "outcomes":
            return StepResult(result.events, [])
        if calls and self.method == "kinds":
            return StepResult(np.full((1, 4), 99, dtype=np.int32), result.outcomes)
        return result


@pytest.mark.parametrize("method", ["seat", "unseat", "start_round", "ranking", "outcomes", "kinds"])
def test_whatever_a_game_raises_in_ends_its_session_alone(method: str) -> None:
    stage = Stage(FaultyGame(method))
    stage.join(1)
    other = stage.open("FAULTY")
    failures = []
    ended = []
    for tick in range(90):
        script: dict[int, list[Command]] = {0: [Join(2, "Eve", "t")], 3: [Act(2, 1, "poke", (5,))], 80: [Leave(2)]}
        output = stage.pool.advance([(other, command) for command in script.get(tick, [])])
        failures += output.failures
        ended += [effect for part in output.sessions if part.session is other for effect in part.effects]
    assert [session for session, _ in failures] == [other]
    assert ended.count(Ended(CloseCode.SESSION_FAILED)) == 1
    assert list(stage.pool.sessions.values()) == [stage.session]
    assert stage.session.tick == 91


def test_a_session_that_cannot_be_opened_takes_no_row() -> None:
    stage = Stage(FaultyGame("open"))
    with pytest.raises(RuntimeError, match="fault in open"):
        stage.open("FAULTY")
    assert list(stage.pool.sessions) == [0]
    stage.ticks(5)


def test_a_session_ends_once_however_much_goes_wrong_in_its_last_tick() -> None:
    stage = Stage()
    stage.join(1)
    effects = stage.tick(Act(1, 1, "poke", (POISON,)), End(CloseCode.SHUTTING_DOWN))
    assert [effect for effect in effects if isinstance(effect, Ended)] == [Ended(CloseCode.SHUTTING_DOWN)]


@pytest.mark.parametrize("row", [-1, 1, 7, 99])
def test_an_event_of_a_row_that_plays_not_is_a_fault_of_the_game(row: int) -> None:
    class Astray(ToyGame):
        def step(self, world: ToyWorld, context: StepContext, calls: Sequence[Call]) -> StepResult:
            result = super().step(world, context, calls)
            result.events[:, 0] = row
            return result

    stage = Stage(Astray())
    stage.join(1)
    stage.tick(Act(1, 1, "poke", (5,)))
    ((failed, error),) = stage.output.failures
    assert failed is stage.session
    assert "row" in str(error)
