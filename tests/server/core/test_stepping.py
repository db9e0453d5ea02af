"""An exception in a game's step ends the session at fault, and no other feels it."""

from tests.server.core.stage import Stage, facts
from tests.server.core.toy_game import POISON
from tickroom.game.interface import export_row
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import Events, Reply
from tickroom.server.core.commands import Act, Join
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
