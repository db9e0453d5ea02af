"""Who watches sees what players see, has no seat, and touches nobody by coming, dropping or going."""

from __future__ import annotations

from tests.server.core.stage import Stage, closes, facts
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import Error, History, Joined, Reply, WatchingFact, Welcome
from tickroom.server.core.commands import Act, Confirm, Drop, Join, Leave, Resume, Watch
from tickroom.server.core.effects import Ended, SendKeyframe, Tell, TellAll, Watching


def test_who_watches_is_welcomed_without_a_seat_and_gets_the_state_and_the_others_are_told() -> None:
    stage = Stage(seats=1)
    stage.join(1, "Ann")
    cells = stage.pool.tables.cells.copy()
    effects = stage.tick(Watch(2))
    others, watching, told, history, keyframe = effects
    assert others == TellAll(WatchingFact(2, "Spectator", True), but=2)
    assert history == Tell(2, History([], []))
    assert watching == Watching(2)
    assert isinstance(told, Tell)
    welcome = told.fact
    assert isinstance(welcome, Welcome)
    assert (told.connection, welcome.seat, welcome.player, welcome.token) == (2, -1, 2, "")
    assert welcome.tick == stage.session.tick
    assert [member.nickname for member in welcome.roster] == ["Ann"]
    assert (welcome.watchers, welcome.host) == (((2, "Spectator"),), 1)
    assert keyframe == SendKeyframe(2)
    assert (stage.pool.tables.cells == cells).all(), "the session is full, and stays as it is"


def test_only_so_many_watch_as_the_session_was_made_for() -> None:
    stage = Stage(spectators=2)
    stage.tick(Watch(1), Watch(2))
    assert stage.session.spectators == 2
    assert closes(stage.tick(Watch(3))) == [(3, CloseCode.SESSION_FULL)]
    stage.tick(Drop(1))
    assert facts(stage.tick(Watch(4)), Welcome)
    assert closes(stage.tick(Watch(5))) == [(5, CloseCode.SESSION_FULL)]
    assert facts(stage.join(6), Joined), "seats are not theirs"


def test_a_session_may_be_for_players_alone() -> None:
    assert closes(Stage(spectators=0).tick(Watch(1))) == [(1, CloseCode.SESSION_FULL)]


def test_dropping_touches_no_seat() -> None:
    stage = Stage()
    stage.join(1)
    stage.tick(Watch(2))
    cells = stage.pool.tables.cells.copy()
    assert stage.tick(Drop(2)) == [TellAll(WatchingFact(2, "Spectator", False))]
    assert (stage.pool.tables.cells == cells).all()
    assert stage.session.spectators == 0


def test_leaving_closes() -> None:
    stage = Stage()
    stage.join(1)
    stage.tick(Watch(2))
    effects = stage.tick(Leave(2))
    assert closes(effects) == [(2, CloseCode.LEFT)]
    assert facts(effects, WatchingFact) == [WatchingFact(2, "Spectator", False)]
    assert stage.tick(Leave(2)) == [], "gone already"


def test_who_watches_requests_nothing() -> None:
    stage = Stage()
    stage.tick(Watch(1), Confirm(1))
    for action in ("start", "ready", "kick", "configure", "poke", "fly"):
        replies = facts(stage.tick(Act(1, 3, action, (1,))), Reply)
        assert replies == [Reply(3, ErrorCode.NOT_SEATED, "not_seated", stage.session.tick)]
    assert stage.session.host == 0


def test_one_connection_does_not_watch_and_play() -> None:
    stage = Stage()
    stage.join(1)
    stage.tick(Watch(2))
    for command in (Watch(1), Watch(2), Join(2, "Bob", "t"), Resume(2, "token-1", "t")):
        (error,) = facts(stage.tick(command), Error)
        assert isinstance(error, Error)
        assert error.code == ErrorCode.ALREADY_SEATED
    assert (len(stage.session.members), stage.session.spectators) == (1, 1)


def test_a_session_with_nobody_but_spectators_ends_as_an_empty_one() -> None:
    stage = Stage()
    stage.join(1)
    stage.tick(Watch(2))
    stage.tick(Leave(1))
    stage.ticks(40)
    stage.tick(Watch(3))
    assert Ended(CloseCode.SESSION_ENDED) not in stage.ticks(8)
    assert Ended(CloseCode.SESSION_ENDED) in stage.tick()
    unused = Stage()
    unused.tick(Watch(1))
    assert Ended(CloseCode.SESSION_ENDED) in unused.ticks(599)


def test_spectators_are_not_waited_for() -> None:
    stage = Stage(auto_start=False)
    stage.tick(Watch(2))
    stage.join(1)
    stage.tick(Act(1, 1, "ready", (1,)))
    assert stage.session.is_counting_down
