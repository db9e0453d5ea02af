"""Scenes from the life of a session: who gets in, who comes back, and when it ends."""

from tests.server.core.stage import Stage, closes, facts
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import Dropped, History, Joined, Left, Reply, Results, Resumed, Welcome
from tickroom.protocol.session_tables import Presence, Status
from tickroom.server.core.commands import Act, Confirm, Drop, End, Join, Leave, Resume
from tickroom.server.core.effects import Ended, Seated, SendKeyframe, Tell, TellAll


def test_who_joins_is_welcomed_and_gets_the_state_and_the_others_are_told() -> None:
    stage = Stage()
    stage.join(1, "Ann")
    effects = stage.join(2, "Bob")
    joined, seated, welcome, history, keyframe = effects
    assert history == Tell(2, History([], []))
    assert isinstance(joined, TellAll)
    assert joined.but == 2
    assert isinstance(joined.fact, Joined)
    assert joined.fact.member.nickname == "Bob"
    assert isinstance(seated, Seated)
    assert isinstance(welcome, Tell)
    assert isinstance(welcome.fact, Welcome)
    assert [member.nickname for member in welcome.fact.roster] == ["Ann", "Bob"]
    assert welcome.fact.rows == (4, 4, 1)
    assert keyframe == SendKeyframe(2)


def test_a_full_session_turns_the_next_one_away_and_takes_one_again_when_a_seat_is_free() -> None:
    stage = Stage(seats=2)
    stage.join(1)
    stage.join(2)
    assert closes(stage.join(3)) == [(3, CloseCode.SESSION_FULL)]
    stage.tick(Leave(1))
    assert facts(stage.join(4), Welcome)


def test_player_ids_are_never_used_twice() -> None:
    stage = Stage(seats=1)
    stage.join(1)
    stage.tick(Leave(1))
    (welcome,) = facts(stage.join(2), Welcome)
    assert isinstance(welcome, Welcome)
    assert (welcome.player, welcome.seat) == (2, 0)


def test_a_dropped_player_keeps_the_seat_for_the_grace_time_and_resumes_it_with_the_token() -> None:
    stage = Stage()
    stage.join(1)
    stage.hold(0, 2, 5)
    stage.ticks(3)
    effects = stage.tick(Drop(1))
    assert facts(effects, Dropped) == [Dropped(1, 0, 5 + 30)]
    assert stage.pool.presence[0, 0] == Presence.DROPPED
    stood = stage.x(0)
    stage.ticks(5)
    assert stage.x(0) == stood, "nobody holds the controls of a dropped player"
    effects = stage.tick(Resume(2, "token-1", "fresh"))
    assert facts(effects, Resumed) == [Resumed(1, 0)]
    (welcome,) = facts(effects, Welcome)
    assert isinstance(welcome, Welcome)
    assert (welcome.player, welcome.seat, welcome.token) == (1, 0, "fresh")
    assert stage.pool.presence[0, 0] == Presence.CONNECTED


def test_a_token_is_good_once() -> None:
    stage = Stage()
    stage.join(1)
    stage.tick(Resume(2, "token-1", "fresh"), Confirm(2))
    assert closes(stage.tick(Resume(3, "token-1", "other"))) == [(3, CloseCode.NOT_AUTHENTICATED)]
    assert closes(stage.tick(Resume(4, "", "other"))) == [(4, CloseCode.NOT_AUTHENTICATED)]
    assert facts(stage.tick(Resume(5, "fresh", "newer")), Welcome)


def test_a_welcome_that_is_lost_costs_nobody_the_seat() -> None:
    stage = Stage()
    stage.join(1)
    stage.tick(Drop(1))
    stage.tick(Resume(2, "token-1", "lost"))
    stage.tick(Drop(2))
    assert facts(stage.tick(Resume(3, "token-1", "fresh")), Welcome)
    assert closes(stage.tick(Resume(4, "lost", "x"))) == [(4, CloseCode.NOT_AUTHENTICATED)]
    stage.tick(Confirm(99))
    assert facts(stage.tick(Resume(5, "token-1", "newer"), Confirm(5)), Welcome)
    assert closes(stage.tick(Resume(6, "token-1", "x"))) == [(6, CloseCode.NOT_AUTHENTICATED)]


def test_who_takes_over_an_open_socket_holds_nothing_of_before() -> None:
    stage = Stage()
    stage.join(1)
    stage.hold(0, 2, 5)
    stage.tick()
    stage.hold(0, 9, -5)
    stood = stage.x(0)
    stage.tick(Resume(2, "token-1", "fresh"))
    stage.ticks(12)
    assert stage.x(0) == stood


def test_a_wrong_token_takes_nothing_from_the_one_who_has_the_seat() -> None:
    stage = Stage()
    stage.join(1)
    stage.tick(Drop(1))
    stage.tick(Resume(2, "guess", "x"))
    assert facts(stage.tick(Resume(3, "token-1", "y")), Welcome)


def test_a_newer_connection_supersedes_the_older_whose_late_end_touches_nobody() -> None:
    stage = Stage()
    stage.join(1)
    assert closes(stage.tick(Resume(2, "token-1", "fresh"))) == [(1, CloseCode.SUPERSEDED)]
    assert not facts(stage.tick(Drop(1)), Dropped)
    assert stage.pool.presence[0, 0] == Presence.CONNECTED


def test_the_seat_of_one_who_does_not_come_back_is_free_after_the_grace_time() -> None:
    stage = Stage()
    stage.join(1)
    stage.join(2)
    stage.tick(Drop(1))
    assert not facts(stage.ticks(29), Left)
    assert facts(stage.tick(), Left) == [Left(1, 0, "expired")]
    assert stage.pool.players[0, 0] == 0


def test_who_leaves_frees_the_seat_at_once_and_is_closed() -> None:
    stage = Stage()
    stage.join(1)
    effects = stage.tick(Leave(1))
    assert facts(effects, Left) == [Left(1, 0, "left")]
    assert closes(effects) == [(1, CloseCode.LEFT)]
    assert stage.pool.tables.cells[0, : 4 * 4].sum() == 0, "the seat rows are empty again"


def test_a_session_ends_when_nobody_is_left_and_when_nobody_ever_came() -> None:
    stage = Stage()
    stage.join(1)
    stage.tick(Leave(1))
    assert Ended(CloseCode.SESSION_ENDED) not in stage.ticks(49)
    assert Ended(CloseCode.SESSION_ENDED) in stage.tick()
    assert not stage.pool.sessions
    unused = Stage()
    assert Ended(CloseCode.SESSION_ENDED) not in unused.ticks(599)
    assert Ended(CloseCode.SESSION_ENDED) in unused.tick()


def test_a_session_does_not_end_while_a_dropped_player_may_come_back() -> None:
    stage = Stage(grace_s=60)
    stage.join(1)
    stage.tick(Drop(1))
    assert Ended(CloseCode.SESSION_ENDED) not in stage.ticks(599)


def test_a_round_counts_down_runs_and_ends_with_a_ranking() -> None:
    stage = Stage()
    stage.join(1)  # tick 1: starts the countdown
    stage.ticks(9)
    assert stage.session.status is Status.WAITING
    stage.tick()
    assert stage.session.status is Status.ACTIVE
    stage.tick(Act(1, 1, "poke", (5,)))
    stage.ticks(48)
    assert stage.session.status is Status.ACTIVE
    effects = stage.tick()
    assert stage.session.status is Status.FINISHED
    assert facts(effects, Results) == [Results(61, 1, [(0, 1, 1, 1)])]


def test_start_is_refused_while_a_round_runs_and_taken_before_and_after() -> None:
    stage = Stage(auto_start=False)
    stage.join(1)
    stage.ticks(20)
    assert stage.session.status is Status.WAITING
    assert facts(stage.tick(Act(1, 7, "start", ())), Reply) == [Reply(7, 0, "ok", 22)]
    stage.ticks(10)
    assert stage.session.status is Status.ACTIVE
    (reply,) = facts(stage.tick(Act(1, 8, "start", ())), Reply)
    assert isinstance(reply, Reply)
    assert reply.code == ErrorCode.WRONG_STATUS
    stage.ticks(60)
    assert stage.session.status is Status.FINISHED
    stage.tick(Act(1, 9, "start", ()))
    stage.ticks(10)
    assert stage.session.status is Status.ACTIVE
    assert stage.pool.rounds[0] == 2


def test_a_rematch_starts_by_itself_when_set() -> None:
    stage = Stage(rematch_after_s=2)
    stage.join(1)
    stage.ticks(60)
    assert stage.session.status is Status.FINISHED
    stage.ticks(20)
    assert stage.session.status is Status.ACTIVE


def test_requests_are_answered_whatever_they_ask() -> None:
    stage = Stage()
    stage.join(1)
    asked = {
        1: Act(1, 1, "fly", ()),
        2: Act(1, 2, "poke", ()),
        3: Act(1, 3, "poke", (10,)),
        4: Act(1, 4, "poke", (0,)),
        5: Act(1, 5, "start", (1,)),
        6: Act(99, 6, "poke", (5,)),
    }
    effects = stage.tick(*asked.values())
    replies = {fact.id: fact.code for fact in facts(effects, Reply) if isinstance(fact, Reply)}
    assert replies == {
        1: ErrorCode.UNKNOWN_ACTION,
        2: ErrorCode.BAD_ARGUMENTS,
        3: ErrorCode.BAD_ARGUMENTS,
        4: ErrorCode.GAME_REFUSED,
        5: ErrorCode.BAD_ARGUMENTS,
        6: ErrorCode.NOT_SEATED,
    }


def test_a_tick_takes_a_bounded_number_of_requests_of_one_player() -> None:
    stage = Stage()
    stage.join(1)
    effects = stage.tick(*(Act(1, number, "poke", (5,)) for number in range(6)))
    codes = [fact.code for fact in facts(effects, Reply) if isinstance(fact, Reply)]
    assert sorted(codes) == [ErrorCode.OK] * 4 + [ErrorCode.TOO_MANY_REQUESTS] * 2


def test_a_request_of_one_who_leaves_in_the_same_tick_does_nothing() -> None:
    stage = Stage()
    stage.join(1)
    stage.join(2)
    effects = stage.tick(Act(1, 1, "poke", (5,)), Leave(1))
    assert not facts(effects, Reply)
    assert stage.pool.tables.column("players", "pokes")[0].sum() == 0


def test_the_operator_ends_a_session_with_a_code() -> None:
    stage = Stage()
    stage.join(1)
    assert Ended(CloseCode.SHUTTING_DOWN) in stage.tick(End(CloseCode.SHUTTING_DOWN))
    assert stage.session.ended
    assert stage.tick(Join(2, "late", "t")) == []
