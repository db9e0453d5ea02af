"""The session's own requests: start, ready, kick, configure; who may, when, and what it does."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from tests.server.core.stage import Stage, closes, facts
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import ROUND_S_SETTING, Events, Left, Reply, Results, Settings, Welcome
from tickroom.protocol.replica import Replica
from tickroom.protocol.session_tables import Status
from tickroom.server.core.commands import Act, Drop, Join, Leave, Resume
from tickroom.server.core.effects import Close, Effect, Tell, TellAll

START = 0  # the toy's only setting


def ask(stage: Stage, connection: int, action: str, *arguments: int) -> ErrorCode:
    """Request something; the code of the one reply."""
    (reply,) = facts(stage.tick(Act(connection, 1, action, arguments)), Reply)
    assert isinstance(reply, Reply)
    assert reply.reason == ErrorCode(reply.code).reason
    return ErrorCode(reply.code)


def gathered(*connections: int, **settings: Any) -> Stage:
    """A session that waits, with a player for each connection; the first is the host."""
    chosen: dict[str, Any] = {"auto_start": False} | settings
    stage = Stage(**chosen)
    for connection in connections:
        stage.join(connection)
    return stage


def is_ready(stage: Stage) -> list[int]:
    ready: list[int] = stage.pool.ready[stage.session.row].tolist()
    return ready


def test_who_stands_up_is_answered_what_was_asked_of_the_game_before() -> None:
    stage = gathered(1, 2)
    effects = stage.tick(Act(1, 7, "poke", (5,)), Act(1, 8, "stand", ()))
    replies = [(reply.id, reply.code) for reply in facts(effects, Reply) if isinstance(reply, Reply)]
    assert replies == [(7, ErrorCode.NOT_SEATED), (8, ErrorCode.OK)]
    assert facts(effects, Events) == []


@pytest.mark.parametrize("gone", [Resume(9, "token-1", "token-9"), Drop(1)], ids=["superseded", "dropped"])
def test_the_game_s_answer_is_not_told_to_a_connection_that_is_gone(gone: Resume | Drop) -> None:
    stage = gathered(1, 2)
    effects = stage.tick(Act(1, 7, "poke", (5,)), gone)
    assert [effect for effect in effects if isinstance(effect, Tell) and effect.connection == 1] == []
    assert facts(effects, Events), "it is done all the same"


# --- start -----------------------------------------------------------------------------------------------------------


def test_the_host_alone_starts() -> None:
    stage = gathered(1, 2)
    assert ask(stage, 2, "start") is ErrorCode.NOT_HOST
    assert not stage.session.is_counting_down
    assert ask(stage, 1, "start") is ErrorCode.OK
    assert stage.session.is_counting_down


def test_anyone_starts_where_the_session_was_made_so() -> None:
    stage = gathered(1, 2, anyone_starts=True)
    assert stage.session.told_settings["anyone_starts"] == 1
    assert ask(stage, 2, "start") is ErrorCode.OK
    assert stage.session.is_counting_down


def test_whoever_becomes_host_may_start() -> None:
    stage = gathered(1, 2)
    stage.tick(Leave(1))
    assert ask(stage, 2, "start") is ErrorCode.OK


# --- ready -----------------------------------------------------------------------------------------------------------


def test_the_countdown_starts_when_the_last_person_is_ready_and_ready_is_gone_when_the_round_starts() -> None:
    stage = gathered(1, 2)
    assert ask(stage, 1, "ready", 1) is ErrorCode.OK
    assert is_ready(stage) == [1, 0, 0, 0]
    assert not stage.session.is_counting_down
    assert ask(stage, 2, "ready", 1) is ErrorCode.OK
    assert stage.session.is_counting_down
    stage.ticks(10)
    assert stage.session.status is Status.ACTIVE
    assert is_ready(stage) == [0, 0, 0, 0]


def test_one_person_alone_is_everybody() -> None:
    stage = gathered(1)
    ask(stage, 1, "ready", 1)
    assert stage.session.is_counting_down


def test_ready_is_taken_back() -> None:
    stage = gathered(1, 2)
    ask(stage, 1, "ready", 1)
    ask(stage, 1, "ready", 0)
    ask(stage, 2, "ready", 1)
    assert is_ready(stage) == [0, 1, 0, 0]
    assert not stage.session.is_counting_down


def test_bots_are_not_waited_for_and_do_not_start_anything() -> None:
    stage = gathered(1)
    stage.tick(Join(2, "Robot", "token-2", bot=True))
    assert ask(stage, 2, "ready", 1) is ErrorCode.OK
    assert not stage.session.is_counting_down
    ask(stage, 1, "ready", 1)
    assert stage.session.is_counting_down
    robots = Stage(auto_start=False)
    robots.tick(Join(1, "Robot", "token-1", bot=True))
    ask(robots, 1, "ready", 1)
    assert not robots.session.is_counting_down


@pytest.mark.parametrize("gone", [Drop(2), Leave(2), Act(1, 9, "kick", (2,))])
def test_who_was_waited_for_and_goes_is_waited_for_no_more(gone: Drop | Leave | Act) -> None:
    stage = gathered(1, 2)
    ask(stage, 1, "ready", 1)
    stage.tick(gone)
    assert stage.session.is_counting_down


def test_nobody_there_starts_nothing() -> None:
    stage = gathered(1, 2)
    ask(stage, 1, "ready", 1)
    stage.tick(Drop(2), Drop(1))
    assert stage.session.is_counting_down, "Ann was ready, and alone for a moment"
    other = gathered(1, 2)
    ask(other, 1, "ready", 1)
    other.tick(Drop(1))
    other.tick(Drop(2))
    assert not other.session.is_counting_down
    assert is_ready(other) == [1, 0, 0, 0], "kept with the seat"
    other.tick(Resume(3, "token-1", "fresh"))
    assert other.session.is_counting_down


def test_a_seat_s_next_player_is_not_ready() -> None:
    stage = gathered(1, 2)
    ask(stage, 2, "ready", 1)
    stage.tick(Leave(2))
    stage.join(3)
    assert is_ready(stage) == [0, 0, 0, 0]


def test_all_ready_shortens_the_wait_for_a_rematch_and_never_lengthens_it() -> None:
    stage = gathered(1, auto_start=True, rematch_after_s=10)
    assert facts(stage.ticks(61), Results)
    ends = int(stage.pool.starts_at[0])
    ask(stage, 1, "ready", 1)
    soon = int(stage.pool.starts_at[0])
    assert soon == stage.session.tick + 10 < ends
    stage.ticks(5)
    ask(stage, 1, "ready", 0)
    ask(stage, 1, "ready", 1)
    assert int(stage.pool.starts_at[0]) == soon


# --- kick ------------------------------------------------------------------------------------------------------------


def test_who_is_kicked_loses_the_seat_and_is_closed_and_may_not_resume() -> None:
    stage = gathered(1, 2)
    effects = stage.tick(Act(1, 1, "kick", (2,)))
    left = TellAll(Left(2, 1, "kicked"))
    assert left in effects
    assert closes(effects) == [(2, CloseCode.KICKED)]
    assert effects.index(left) < effects.index(Close(2, CloseCode.KICKED)), "the kicked one hears of it as well"
    assert stage.pool.players[0].tolist() == [1, 0, 0, 0]
    assert not stage.tick(Drop(2)), "the end of the old socket touches nobody"
    assert closes(stage.tick(Resume(3, "token-2", "fresh"))) == [(3, CloseCode.NOT_AUTHENTICATED)]
    assert facts(stage.join(4), Welcome), "with the code anybody may come, for nobody is banned"


def test_one_whose_socket_is_lost_can_be_kicked() -> None:
    stage = gathered(1, 2)
    stage.tick(Drop(2))
    effects = stage.tick(Act(1, 1, "kick", (2,)))
    assert facts(effects, Left) == [Left(2, 1, "kicked")]
    assert closes(effects) == []


def test_kicking_works_while_a_round_runs() -> None:
    stage = gathered(1, 2, auto_start=True)
    stage.ticks(15)
    assert stage.session.status is Status.ACTIVE
    stage.hold(1, stage.session.tick + 5, 3)
    assert ask(stage, 1, "kick", 2) is ErrorCode.OK
    assert stage.x(1) == 0


# --- configure -------------------------------------------------------------------------------------------------------


def test_a_game_s_setting_opens_the_game_anew_and_seats_everybody_in_it() -> None:
    stage = gathered(1, 2)
    stage.hold(0, 3, 5)
    stage.ticks(5)
    assert stage.x(0) != 7
    stage.hold(0, stage.session.tick + 1, 0)
    effects = stage.tick(Act(1, 1, "configure", (START, 42)))
    assert [stage.x(seat) for seat in range(4)] == [42, 42, 0, 0]
    (told,) = facts(effects, Settings)
    assert isinstance(told, Settings)
    assert told.settings == stage.session.told_settings
    assert told.settings["start"] == 42
    assert facts(effects, Reply) == [Reply(1, 0, "ok", stage.session.tick)]
    assert stage.pool.players[0].tolist() == [1, 2, 0, 0], "the same people in the same seats"
    assert stage.session.host == 1
    assert is_told(effects)
    (welcome,) = facts(stage.join(3), Welcome)
    assert isinstance(welcome, Welcome)
    assert welcome.settings["start"] == 42


def is_told(effects: list[Effect]) -> bool:
    return any(isinstance(effect, TellAll) and isinstance(effect.fact, Settings) for effect in effects)


def test_who_followed_the_deltas_holds_the_game_that_was_opened_anew() -> None:
    stage = gathered(1, 2)
    stage.hold(0, 3, 5)
    replica = Replica(stage.pool.layout)
    _, tick, values, rates = msgpack.unpackb(stage.pool.keyframe(stage.session))
    replica.load_keyframe(tick, values, rates)
    for number in range(30):
        stage.tick(*([Act(1, 1, "configure", (START, -50))] if number == 15 else []))
        if stage.state is not None:
            replica.apply_delta(msgpack.unpackb(stage.state))
    assert stage.session.told_settings["start"] == -50
    while replica.tick < stage.session.tick:
        replica.advance_to((replica.tick + 1) & 127)
    assert (replica.values == stage.pool.tables.cells[0]).all()


def test_the_length_of_a_round_counts_from_the_next_on_and_leaves_the_game_alone() -> None:
    stage = gathered(1)
    stage.hold(0, 2, 5)
    stage.ticks(3)
    stood = stage.x(0)
    effects = stage.tick(Act(1, 1, "configure", (ROUND_S_SETTING, 8)))
    assert stage.x(0) == stood + 5
    assert stage.session.settings.round_s == 8
    (told,) = facts(effects, Settings)
    assert isinstance(told, Settings)
    assert told.settings["round_s"] == 8
    ask(stage, 1, "start")
    assert not facts(stage.ticks(89), Results)
    assert facts(stage.tick(), Results)


@pytest.mark.parametrize("value", [-100, 100])
def test_a_setting_s_edges_are_taken(value: int) -> None:
    stage = gathered(1)
    assert ask(stage, 1, "configure", START, value) is ErrorCode.OK
    assert stage.session.told_settings["start"] == value


@pytest.mark.parametrize("round_s", [5, 3600])
def test_a_round_s_edges_are_taken(round_s: int) -> None:
    assert ask(gathered(1), 1, "configure", ROUND_S_SETTING, round_s) is ErrorCode.OK


def test_settings_stand_still_while_a_round_runs() -> None:
    stage = gathered(1)
    ask(stage, 1, "start")
    stage.ticks(20)
    assert stage.session.status is Status.ACTIVE
    assert ask(stage, 1, "configure", START, 1) is ErrorCode.WRONG_STATUS
    assert ask(stage, 1, "configure", ROUND_S_SETTING, 60) is ErrorCode.WRONG_STATUS
    stage.ticks(60)
    assert stage.session.status is Status.FINISHED
    assert ask(stage, 1, "configure", START, 1) is ErrorCode.OK
    assert stage.session.told_settings["start"] == 1


def test_settings_change_a_few_times_a_second_at_most() -> None:
    stage = gathered(1)  # 10 ticks a second: every second tick
    codes = [ask(stage, 1, "configure", START, value) for value in range(4)]
    assert codes == [ErrorCode.OK, ErrorCode.TOO_MANY_REQUESTS] * 2


def test_earlier_choices_stay() -> None:
    stage = gathered(1)
    ask(stage, 1, "configure", START, 3)
    stage.ticks(2)
    ask(stage, 1, "configure", ROUND_S_SETTING, 9)
    assert (stage.session.told_settings["start"], stage.session.told_settings["round_s"]) == (3, 9)


# --- refusals --------------------------------------------------------------------------------------------------------

WRONG = {
    "start with an argument": ("start", (1,)),
    "ready without": ("ready", ()),
    "ready, twice": ("ready", (1, 1)),
    "ready, two": ("ready", (2,)),
    "ready, minus one": ("ready", (-1,)),
    "kick nobody named": ("kick", ()),
    "kick two": ("kick", (2, 3)),
    "kick oneself": ("kick", (1,)),
    "configure nothing": ("configure", ()),
    "configure without a value": ("configure", (START,)),
    "configure, too much": ("configure", (START, 1, 1)),
    "configure, no such setting": ("configure", (1, 1)),
    "configure, setting below 0": ("configure", (-1, 1)),
    "configure, value below": ("configure", (START, -101)),
    "configure, value above": ("configure", (START, 101)),
    "round_s below": ("configure", (ROUND_S_SETTING, 4)),
    "round_s above": ("configure", (ROUND_S_SETTING, 3601)),
    "beyond round_s": ("configure", (ROUND_S_SETTING + 1, 10)),
}


@pytest.mark.parametrize(("action", "arguments"), WRONG.values(), ids=WRONG.keys())
def test_wrong_arguments_change_nothing(action: str, arguments: tuple[int, ...]) -> None:
    stage = gathered(1, 2)
    cells, told = stage.pool.tables.cells.copy(), stage.session.told_settings
    assert ask(stage, 1, action, *arguments) is ErrorCode.BAD_ARGUMENTS
    assert (stage.pool.tables.cells == cells).all()
    assert stage.session.told_settings == told


@pytest.mark.parametrize(("action", "arguments"), [("start", ()), ("kick", (1,)), ("configure", (START, 1))])
def test_what_is_the_host_s_is_refused_to_others(action: str, arguments: tuple[int, ...]) -> None:
    stage = gathered(1, 2)
    cells, told = stage.pool.tables.cells.copy(), stage.session.told_settings
    assert ask(stage, 2, action, *arguments) is ErrorCode.NOT_HOST
    assert (stage.pool.tables.cells == cells).all()
    assert stage.session.told_settings == told
    assert ask(stage, 99, action, *arguments) is ErrorCode.NOT_SEATED


def test_only_players_are_kicked() -> None:
    stage = gathered(1, 2)
    stage.tick(Leave(2))
    for player in (0, 2, 3, -1):
        assert ask(stage, 1, "kick", player) is ErrorCode.NO_SUCH_PLAYER


def test_ready_and_start_wait_for_the_end_of_a_round() -> None:
    stage = gathered(1, auto_start=True)
    stage.ticks(15)
    assert ask(stage, 1, "ready", 1) is ErrorCode.WRONG_STATUS
    assert ask(stage, 1, "start") is ErrorCode.WRONG_STATUS
    assert is_ready(stage) == [0, 0, 0, 0]
