"""Inputs take effect in the tick they name, or in the next; never twice, never unbounded."""

from tests.server.core.stage import Stage
from tickroom.protocol.codes import ErrorCode
from tickroom.server.core.commands import Drop, Resume
from tickroom.server.core.inputs import InputCounts


def counts(stage: Stage) -> InputCounts:
    return stage.pool.inputs.counts


def test_an_input_takes_effect_in_the_tick_it_names_and_holds() -> None:
    stage = Stage()
    stage.join(1)  # tick 1
    assert stage.hold(0, 4, 2) is None
    positions = []
    for _ in range(5):
        stage.tick()
        positions.append((stage.session.tick, stage.x(0)))
    assert positions == [(2, 7), (3, 7), (4, 9), (5, 11), (6, 13)]
    assert stage.pool.stamps[0, 0] == 4


def test_a_late_input_takes_effect_in_the_next_tick_and_is_counted() -> None:
    stage = Stage()
    stage.join(1)
    stage.ticks(9)
    assert stage.hold(0, 10, 1) is None, "tick 10 was just stepped: late"
    assert counts(stage).late == 1
    stage.tick()
    assert (stage.x(0), stage.pool.stamps[0, 0]) == (8, 10)


def test_of_several_late_inputs_the_newest_is_used() -> None:
    stage = Stage()
    stage.join(1)
    stage.ticks(9)
    for tick, x in ((5, 1), (6, 2), (7, 3)):
        assert stage.hold(0, tick, x) is None
    stage.tick()
    assert (stage.x(0), stage.pool.stamps[0, 0]) == (10, 7)


def test_inputs_are_taken_in_the_order_of_their_ticks_only() -> None:
    stage = Stage()
    stage.join(1)
    assert stage.hold(0, 5, 1) is None
    assert stage.hold(0, 5, 2) is ErrorCode.INPUT_OUT_OF_ORDER
    assert stage.hold(0, 4, 2) is ErrorCode.INPUT_OUT_OF_ORDER
    assert counts(stage).out_of_order == 2
    stage.ticks(4)
    assert stage.x(0) == 8


def test_an_input_too_far_ahead_is_refused_at_the_edge() -> None:
    stage = Stage()
    stage.join(1)
    assert stage.hold(0, 1 + 10 + 1, 1) is ErrorCode.INPUT_TOO_EARLY
    assert stage.hold(0, 1 + 10, 1) is None
    assert counts(stage).too_early == 1
    stage.ticks(10)
    assert (stage.session.tick, stage.x(0)) == (11, 8)


def test_no_input_of_before_a_drop_is_used_after_it() -> None:
    stage = Stage()
    stage.join(1)
    stage.hold(0, 8, 5)
    stage.tick(Drop(1))
    stage.tick(Resume(2, "token-1", "t"))
    stage.ticks(10)
    assert stage.x(0) == 7
    assert stage.hold(0, 14, 1) is None, "the new connection's ticks count afresh"


def test_a_session_born_later_counts_its_own_ticks() -> None:
    stage = Stage()
    stage.join(1)
    stage.ticks(41)
    stage.session = stage.open("SECOND")
    stage.join(2)
    assert stage.session.tick == 1
    assert stage.hold(0, 3, 4) is None
    stage.ticks(2)
    assert (stage.session.tick, stage.x(0)) == (3, 11)
