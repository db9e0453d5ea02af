"""Who comes in and who does not: password, lock, bans, seats kept for sockets, late joiners; sitting and standing."""

from __future__ import annotations

from typing import Any

from tests.server.core.stage import Stage, closes, facts
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import Joined, Left, Reply, Results, Settings, WatchingFact, Welcome
from tickroom.protocol.session_tables import Presence, Status
from tickroom.server.core.commands import Act, Drop, Join, Leave, Reserve, Resume, Watch
from tickroom.server.core.effects import Close, Effect, Ended, Seated, Watching


def ask(stage: Stage, connection: int, action: str, *arguments: int, token: str = "") -> ErrorCode:
    (reply,) = facts(stage.tick(Act(connection, 9, action, arguments, token)), Reply)
    assert isinstance(reply, Reply)
    return ErrorCode(reply.code)


def reasons(effects: list[Effect]) -> list[tuple[int, CloseCode, str]]:
    return [(effect.connection, effect.code, effect.reason) for effect in effects if isinstance(effect, Close)]


def presence(stage: Stage, seat: int) -> Presence:
    return Presence(int(stage.pool.presence[stage.session.row, seat]))


def playing(**settings: Any) -> Stage:
    """Ann plays a round."""
    stage = Stage(**settings)
    stage.join(1, "Ann")
    stage.ticks(12)
    assert stage.session.status is Status.ACTIVE
    return stage


# --- password, lock, bans --------------------------------------------------------------------------------------------


def test_a_session_with_a_password_lets_in_who_knows_it() -> None:
    stage = Stage(password="sesame")
    password = stage.session.password
    assert closes(stage.tick(Join(1, "Ann", "t"))) == [(1, CloseCode.WRONG_PASSWORD)]
    assert closes(stage.tick(Watch(2, password=password.digest("Sesame")))) == [(2, CloseCode.WRONG_PASSWORD)]
    assert facts(stage.tick(Join(3, "Ann", "t", password=password.digest("sesame"))), Welcome)
    assert facts(stage.tick(Watch(4, password=password.digest("sesame"))), Welcome)
    assert facts(stage.tick(Resume(5, "t", "u")), Welcome), "a seat that one has needs none"


def test_nothing_of_the_session_tells_the_password() -> None:
    stage = Stage(password="sesame")
    assert stage.session.settings.password is None
    assert (stage.session.told_settings["password"], stage.session.is_open) == (1, False)
    assert Stage().session.password.digest("sesame") != Stage(password="sesame").session.password.digest("open")
    assert facts(Stage().tick(Join(1, "Ann", "t", password="whatever")), Welcome), "where there is none, any will do"


def test_the_host_locks_the_door() -> None:
    stage = Stage()
    stage.join(1)
    effects = stage.tick(Act(1, 1, "lock", (1,)))
    (told,) = facts(effects, Settings)
    assert isinstance(told, Settings)
    assert told.settings["locked"] == 1
    assert reasons(stage.tick(Join(2, "Bob", "t"))) == [(2, CloseCode.NOT_ALLOWED, "locked")]
    assert reasons(stage.tick(Watch(3))) == [(3, CloseCode.NOT_ALLOWED, "locked")]
    stage.tick(Drop(1))
    assert facts(stage.tick(Resume(4, "token-1", "u")), Welcome), "who is in stays in"
    assert ask(stage, 4, "lock", 0) is ErrorCode.OK
    assert facts(stage.join(5), Welcome)


def test_the_banned_stay_out_by_account_and_by_address() -> None:
    stage = Stage()
    stage.join(1)
    stage.tick(Join(2, "Bob", "t", account="bob", address="there"))
    effects = stage.tick(Act(1, 1, "ban", (2,)))
    assert facts(effects, Left) == [Left(2, 1, "banned")]
    assert closes(effects) == [(2, CloseCode.NOT_ALLOWED)]
    banned = (2, CloseCode.NOT_ALLOWED, "banned")
    assert reasons(stage.tick(Join(2, "Rob", "t", account="bob", address="elsewhere"))) == [banned]
    assert reasons(stage.tick(Join(2, "Rob", "t", address="there"))) == [banned]
    assert reasons(stage.tick(Watch(2, "Rob", account="bob"))) == [banned]
    assert closes(stage.tick(Resume(2, "t", "u"))) == [(2, CloseCode.NOT_AUTHENTICATED)]
    assert facts(stage.tick(Join(3, "Eve", "t", account="eve", address="elsewhere")), Welcome)
    assert facts(stage.tick(Join(4, "Fay", "t")), Welcome), "an unknown address is nobody's"


def test_a_ban_without_an_address_bans_no_stranger() -> None:
    stage = Stage()
    stage.join(1)
    stage.join(2)
    assert ask(stage, 1, "ban", 2) is ErrorCode.OK
    assert facts(stage.join(3), Welcome)


def test_spectators_are_banned_too_and_only_who_is_there() -> None:
    stage = Stage()
    stage.join(1)
    stage.tick(Watch(2, "Eve", address="there"))
    assert ask(stage, 2, "ban", 1) is ErrorCode.NOT_SEATED
    effects = stage.tick(Act(1, 1, "ban", (2,)))
    assert facts(effects, WatchingFact) == [WatchingFact(2, "Eve", False)]
    assert closes(effects) == [(2, CloseCode.NOT_ALLOWED)]
    assert ask(stage, 1, "ban", 2) is ErrorCode.NO_SUCH_PERSON
    assert ask(stage, 1, "ban", 1) is ErrorCode.BAD_ARGUMENTS
    stage.join(3)
    assert ask(stage, 3, "ban", 1) is ErrorCode.NOT_HOST


# --- the host --------------------------------------------------------------------------------------------------------


def test_the_host_hands_over() -> None:
    stage = Stage()
    stage.join(1)
    stage.join(2)
    stage.tick(Join(3, "Robot", "t", bot=True))
    assert ask(stage, 2, "hand_over", 1) is ErrorCode.NOT_HOST
    assert ask(stage, 1, "hand_over", 1) is ErrorCode.BAD_ARGUMENTS
    assert ask(stage, 1, "hand_over", 3) is ErrorCode.NO_SUCH_PLAYER, "a program"
    assert ask(stage, 1, "hand_over", 2) is ErrorCode.OK
    assert stage.session.host == 2
    stage.tick(Leave(2))
    assert stage.session.host == 1, "who is there longest"


def test_settings_change_during_a_countdown_and_give_it_its_whole_time_again() -> None:
    stage = Stage(auto_start=False, countdown_s=3, rematch_after_s=4)
    stage.join(1)
    ask(stage, 1, "start")
    begins = int(stage.pool.starts_at[stage.session.row])
    stage.ticks(20)
    assert ask(stage, 1, "configure", 0, 33) is ErrorCode.OK
    assert int(stage.pool.starts_at[stage.session.row]) == stage.session.tick + 30 > begins
    stage.ticks(30)
    assert stage.session.status is Status.ACTIVE
    assert stage.x(0) == 33
    assert facts(stage.ticks(50), Results)
    begins = int(stage.pool.starts_at[stage.session.row])
    assert ask(stage, 1, "configure", 0, 34) is ErrorCode.OK
    assert int(stage.pool.starts_at[stage.session.row]) == begins, "time enough is left"


def test_who_is_away_holds_nobody_up() -> None:
    stage = Stage(auto_start=False)
    stage.join(1)
    stage.join(2)
    assert ask(stage, 2, "away", 1) is ErrorCode.OK
    assert presence(stage, 1) is Presence.AWAY
    ask(stage, 1, "ready", 1)
    assert stage.session.is_counting_down
    assert ask(stage, 2, "away", 0) is ErrorCode.OK
    assert presence(stage, 1) is Presence.CONNECTED
    assert ask(stage, 2, "away", 2) is ErrorCode.BAD_ARGUMENTS
    ask(stage, 2, "away", 1)
    stage.tick(Drop(2))
    assert presence(stage, 1) is Presence.DROPPED
    stage.tick(Resume(5, "token-2", "u"))
    assert presence(stage, 1) is Presence.CONNECTED, "who comes back is back"


def test_where_all_are_away_nothing_starts() -> None:
    stage = Stage(auto_start=False)
    stage.join(1)
    ask(stage, 1, "away", 1)
    assert not stage.session.is_counting_down


# --- seats for open sockets ------------------------------------------------------------------------------------------


def test_a_seat_is_kept_for_who_came_first() -> None:
    stage = Stage(seats=2)
    stage.tick(Reserve(1), Reserve(2), Reserve(3))
    assert closes(stage.join(3)) == [(3, CloseCode.SESSION_FULL)], "it opened last"
    assert closes(stage.join(4)) == [(4, CloseCode.SESSION_FULL)], "it had none kept"
    assert facts(stage.join(2), Welcome)
    assert facts(stage.join(1), Welcome)


def test_a_kept_seat_is_free_again_when_it_is_not_used() -> None:
    stage = Stage(seats=1)
    stage.tick(Reserve(1))
    stage.tick(Drop(1))
    assert stage.session.free_seats == 1
    stage.tick(Reserve(2), Watch(2))
    assert stage.session.free_seats == 1
    stage.tick(Reserve(3))
    stage.ticks(99)
    assert stage.session.free_seats == 0
    stage.tick()
    assert stage.session.free_seats == 1
    assert facts(stage.join(4), Welcome)


# --- late joiners ----------------------------------------------------------------------------------------------------


def test_late_joiners_play_at_once_by_default() -> None:
    stage = playing()
    stage.join(2)
    assert presence(stage, 1) is Presence.CONNECTED
    assert stage.x(1) == 7


def test_late_joiners_wait_for_the_next_round_where_that_is_set() -> None:
    stage = playing(late_join="wait")
    stage.join(2)
    assert presence(stage, 1) is Presence.WAITING
    assert stage.x(1) == 0, "not in the game yet"
    assert ask(stage, 2, "poke", 5) is ErrorCode.WRONG_STATUS
    stage.hold(1, stage.session.tick + 1, 5)
    stage.ticks(3)
    assert stage.x(1) == 0
    stage.tick(Drop(2))
    assert presence(stage, 1) is Presence.DROPPED
    stage.tick(Resume(3, "token-2", "u"))
    assert presence(stage, 1) is Presence.WAITING
    (results,) = facts(stage.ticks(60), Results)
    assert isinstance(results, Results)
    assert [seat for seat, *_ in results.ranking] == [0]
    assert presence(stage, 1) is Presence.CONNECTED
    assert stage.x(1) == 7
    ask(stage, 1, "start")
    (results,) = facts(stage.ticks(70), Results)
    assert isinstance(results, Results)
    assert {seat for seat, *_ in results.ranking} == {0, 1}


def test_who_waits_may_leave_again() -> None:
    stage = playing(late_join="wait")
    stage.join(2)
    assert facts(stage.tick(Leave(2)), Left) == [Left(2, 1, "left")]
    assert presence(stage, 1) is Presence.EMPTY


def test_who_waits_is_not_left_alone_until_the_round_would_have_ended() -> None:
    stage = playing(late_join="wait")
    stage.join(2)
    stage.tick(Leave(1))
    told = stage.ticks(2)
    (results,) = facts(told, Results)
    assert isinstance(results, Results)
    assert results.ranking == []
    assert presence(stage, 1) is Presence.CONNECTED
    assert ask(stage, 2, "start") is ErrorCode.OK


def test_who_drops_and_may_come_back_still_plays() -> None:
    stage = playing(late_join="wait", grace_s=60)
    stage.join(2)
    stage.tick(Drop(1))
    assert not facts(stage.ticks(5), Results)
    assert presence(stage, 1) is Presence.WAITING


def test_late_joiners_watch_where_that_is_set() -> None:
    stage = playing(late_join="watch", spectators=1)
    (welcome,) = facts(stage.join(2, "Bob"), Welcome)
    assert isinstance(welcome, Welcome)
    assert (welcome.seat, welcome.token, welcome.watchers) == (-1, "", ((2, "Bob"),))
    assert closes(stage.join(3)) == [(3, CloseCode.SESSION_FULL)], "nor is there room to watch"
    assert ask(stage, 2, "sit", token="t") is ErrorCode.WRONG_STATUS
    stage.ticks(60)
    assert ask(stage, 2, "sit", token="t") is ErrorCode.OK


# --- sitting and standing --------------------------------------------------------------------------------------------


def test_a_spectator_sits_and_stays_the_same_person() -> None:
    stage = Stage(seats=2)
    stage.join(1, "Ann")
    stage.tick(Watch(2, "Bob", account="bob", address="there"))
    effects = stage.tick(Act(2, 5, "sit", (), "fresh"))
    assert facts(effects, WatchingFact) == [WatchingFact(2, "Bob", False)]
    (joined,) = facts(effects, Joined)
    assert isinstance(joined, Joined)
    assert (joined.member.player, joined.member.seat, joined.member.nickname) == (2, 1, "Bob")
    (welcome,) = facts(effects, Welcome)
    assert isinstance(welcome, Welcome)
    assert (welcome.player, welcome.seat, welcome.token, welcome.watchers) == (2, 1, "fresh", ())
    assert any(isinstance(effect, Seated) for effect in effects)
    assert ask(stage, 2, "sit", token="t") is ErrorCode.ALREADY_SEATED
    stage.tick(Drop(2))
    assert facts(stage.tick(Resume(3, "fresh", "u")), Welcome)


def test_a_player_stands_and_watches_and_the_seat_is_free() -> None:
    stage = Stage(seats=2, spectators=1)
    stage.join(1, "Ann")
    stage.join(2, "Bob")
    effects = stage.tick(Act(1, 5, "stand", ()))
    assert facts(effects, Left) == [Left(1, 0, "stood")]
    assert facts(effects, WatchingFact) == [WatchingFact(1, "Ann", True)]
    assert Watching(1) in effects
    assert stage.session.host == 2
    assert closes(stage.tick(Resume(7, "token-1", "u"))) == [(7, CloseCode.NOT_AUTHENTICATED)]
    assert ask(stage, 2, "stand") is ErrorCode.SESSION_FULL
    assert facts(stage.join(3), Welcome)
    assert ask(stage, 1, "sit", token="t") is ErrorCode.SESSION_FULL


def test_a_session_whose_last_player_stands_ends_unless_somebody_sits() -> None:
    stage = Stage(auto_start=False)
    stage.join(1)
    stage.tick(Act(1, 5, "stand", ()))
    stage.ticks(20)
    assert ask(stage, 1, "sit", token="t") is ErrorCode.OK
    assert not any(isinstance(effect, Ended) for effect in stage.ticks(60))
    stage.tick(Act(1, 5, "stand", ()))
    assert Ended(CloseCode.SESSION_ENDED) in stage.ticks(60)
