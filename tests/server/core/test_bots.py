"""Seats that the server plays: they come and go as the host and the people want, and are replayed exactly."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.server.core.stage import Stage, closes, facts
from tests.server.core.toy_game import ToyGame, ToyWorld
from tickroom.game.interface import StepContext
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import Joined, Left, Reply, Results, Welcome
from tickroom.protocol.session_tables import Presence, Status
from tickroom.protocol.tables import BoolArray, Int32Array
from tickroom.server.core.commands import Act, Drop, Join, Leave, Resume
from tickroom.server.core.effects import Ended
from tickroom.server.core.pool import Pool
from tickroom.server.core.replay import advance_logged


class BotGame(ToyGame):
    """Its bots walk right by 1, wherever nobody is poisoned: at 50 they raise."""

    def bot_inputs(self, world: ToyWorld, context: StepContext, bots: BoolArray) -> Int32Array:
        if (world.x[bots] >= 50).any():
            raise RuntimeError("a wall")
        return np.full(context.inputs.shape, 1, dtype=np.int32)


class GreedyGame(ToyGame):
    """Its bots want more than there is."""

    def bot_inputs(self, world: ToyWorld, context: StepContext, bots: BoolArray) -> Int32Array:
        return np.full(context.inputs.shape, 99, dtype=np.int32)


def ask(stage: Stage, connection: int, action: str, *arguments: int) -> ErrorCode:
    (reply,) = facts(stage.tick(Act(connection, 9, action, arguments)), Reply)
    assert isinstance(reply, Reply)
    return ErrorCode(reply.code)


def hosted(game: ToyGame | None = None, **settings: Any) -> Stage:
    stage = Stage(game or BotGame(), **settings)
    stage.join(1, "Ann")
    return stage


def test_a_game_without_bots_has_none() -> None:
    stage = hosted(ToyGame())
    assert ask(stage, 1, "add_bot") is ErrorCode.UNKNOWN_ACTION


def test_the_host_adds_bots_and_they_play() -> None:
    stage = hosted()
    effects = stage.tick(Act(1, 9, "add_bot", ()))
    (joined,) = facts(effects, Joined)
    assert isinstance(joined, Joined)
    member = joined.member
    assert (member.player, member.seat, member.nickname, member.bot, member.connected) == (2, 1, "Bot 1", True, True)
    assert stage.pool.presence[stage.session.row, 1] == Presence.CONNECTED
    before = stage.x(1)
    stage.ticks(5)
    assert stage.x(1) == before + 5
    assert stage.x(0) == 7, "people hold what they hold"


def test_bots_hold_what_the_schema_allows() -> None:
    stage = hosted(GreedyGame())
    ask(stage, 1, "add_bot")
    before = stage.x(1)
    stage.tick()
    assert stage.x(1) == before + 5


def test_bots_take_the_free_seats_and_no_more() -> None:
    stage = hosted(seats=3)
    assert [ask(stage, 1, "add_bot") for _ in range(3)] == [ErrorCode.OK, ErrorCode.OK, ErrorCode.BOTS_FULL]
    assert [seat.nickname for seat in stage.session.members] == ["Ann", "Bot 1", "Bot 2"]
    assert stage.session.free_seats == 2


def test_the_newest_bot_makes_room_for_a_person() -> None:
    stage = hosted(seats=3)
    ask(stage, 1, "add_bot")
    ask(stage, 1, "add_bot")
    effects = stage.tick(Join(2, "Bob", "t"))
    assert facts(effects, Left) == [Left(3, 2, "left")]
    (joined,) = facts(effects, Joined)
    assert isinstance(joined, Joined)
    assert joined.member.seat == 2
    stage.tick(Join(3, "Cy", "t"))
    assert closes(stage.tick(Join(4, "Di", "t"))) == [(4, CloseCode.SESSION_FULL)]
    assert not stage.session.bots


def test_the_host_removes_bots_and_only_those() -> None:
    stage = hosted()
    stage.join(2)
    ask(stage, 1, "add_bot")
    assert ask(stage, 2, "remove_bot", 3) is ErrorCode.NOT_HOST
    assert ask(stage, 2, "add_bot") is ErrorCode.NOT_HOST
    assert ask(stage, 1, "remove_bot", 2) is ErrorCode.NO_SUCH_PLAYER
    assert ask(stage, 1, "remove_bot", 3) is ErrorCode.OK
    assert [seat.player for seat in stage.session.members] == [1, 2]
    ask(stage, 1, "add_bot")
    assert ask(stage, 1, "kick", 4) is ErrorCode.OK, "or kicks them"
    ask(stage, 1, "add_bot")
    assert ask(stage, 1, "ban", 5) is ErrorCode.NO_SUCH_PERSON


def test_bots_go_with_the_last_person() -> None:
    stage = hosted()
    ask(stage, 1, "add_bot")
    stage.tick(Drop(1))
    assert stage.session.bots, "Ann may come back"
    assert stage.session.host == 1
    stage.tick(Resume(2, "token-1", "u"))
    effects = stage.tick(Leave(2))
    assert [fact.player for fact in facts(effects, Left) if isinstance(fact, Left)] == [1, 2]
    assert stage.session.host == 0
    assert Ended(CloseCode.SESSION_ENDED) in stage.ticks(60)


def test_bots_are_never_host_and_need_not_be_ready() -> None:
    stage = hosted(auto_start=False)
    ask(stage, 1, "add_bot")
    stage.join(2)
    stage.tick(Leave(1))
    assert stage.session.host == 3
    assert ask(stage, 2, "hand_over", 2) is ErrorCode.NO_SUCH_PLAYER
    ask(stage, 2, "ready", 1)
    assert stage.session.is_counting_down


def test_nobody_resumes_a_bot() -> None:
    stage = hosted()
    ask(stage, 1, "add_bot")
    assert closes(stage.tick(Resume(5, "", "u"))) == [(5, CloseCode.NOT_AUTHENTICATED)]
    assert facts(stage.join(6), Welcome)


def test_bots_that_raise_end_their_session_alone() -> None:
    stage = hosted(rematch_after_s=0, round_s=60)
    other = stage.open("OTHERS")
    stage.pool.advance([(other, Join(50, "Zoe", "t"))])
    ask(stage, 1, "add_bot")
    with_bots = stage.session
    failed = False
    for _ in range(80):
        stage.tick()
        failed = failed or bool(stage.output.failures)
    assert failed
    assert with_bots.ended
    assert not other.ended
    assert other in stage.pool.sessions.values()


@pytest.mark.parametrize("game", [BotGame])
def test_bots_are_replayed_exactly_from_the_commands_alone(game: type[ToyGame]) -> None:
    stage = Stage(game(), keep_log=True, rematch_after_s=1)
    again = Pool(game(), 4, 10)
    twin = again.open("STAGED", stage.settings, 1, {"start": 7})
    script: dict[int, list[Any]] = {
        1: [Join(1, "Ann", "t")],
        4: [Act(1, 1, "add_bot", ())],
        9: [Act(1, 2, "add_bot", ()), Join(2, "Bob", "u")],
        20: [Act(1, 3, "remove_bot", (2,))],
        30: [Drop(2), Act(1, 4, "add_bot", ())],
    }
    ended = 0
    for tick in range(1, 40):
        effects = stage.tick(*script.get(tick, ()))
        ended += len(facts(effects, Results))
        advance_logged(again, {twin: stage.output.log.get(stage.session, [])})
        assert (again.tables.cells[twin.row] == stage.pool.tables.cells[stage.session.row]).all(), tick
        assert again.checksum(twin) == stage.pool.checksum(stage.session)
    assert stage.session.status is Status.ACTIVE
