"""The first command of a session at another node: its people are to find their way there, and lose nothing by it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.core.recording import RecordedStage, life_of, replay_all
from tests.server.core.stage import Stage, closes, facts
from tests.server.core.test_bots import BotGame
from tests.server.core.toy_game import ToyGame
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import Left, Welcome
from tickroom.protocol.session_tables import Presence, Status
from tickroom.server.core.checkpoint import restore_session
from tickroom.server.core.commands import Act, Drop, Join, Reserve, Resume, Say, TakeOver, Type, Watch
from tickroom.server.core.effects import Ended
from tickroom.server.core.entering import TAKEN_OVER_GRACE_S
from tickroom.server.core.pool import Pool

HZ = 10


class Standing(BotGame):
    """Its bots stand still: what is told here is longer than their walk to the wall."""

    def bot_inputs(self, world: Any, context: Any, bots: Any) -> Any:
        return context.inputs * 0


def playing(**settings: Any) -> RecordedStage:
    """Ann, Bob who is lost, and a bot of the server's play; Eve watches; one more socket is open."""
    stage = RecordedStage(Standing(), **({"seats": 4} | settings))
    stage.tick(Join(1, "Ann", "a"), Join(2, "Bob", "b"), Watch(3, "Eve"), Act(1, 1, "add_bot", ()))
    stage.ticks(14)
    stage.tick(Drop(2), Reserve(9), Act(1, 2, "away", (1,)), Type(1, 0, True), Type(3, 0, True))
    assert stage.session.status is Status.ACTIVE
    return stage


def taken_over(stage: RecordedStage) -> RecordedStage:
    """The same session in a pool of its own, and its records there."""
    other = RecordedStage(Standing(), **{name: getattr(stage.settings, name) for name in ("seats", "grace_s")})
    other.pool = Pool(stage.pool.game, 4, HZ)
    other.session = restore_session(other.pool, stage.checkpoint())
    other.tick(TakeOver())
    return other


@pytest.mark.parametrize("grace_s", [0, 3, 40])
def test_every_seat_is_lost_and_kept_long_enough(grace_s: int) -> None:
    stage = playing(grace_s=grace_s)
    other = taken_over(stage)
    ann, *rest = other.session.members
    until = stage.session.tick + 1 + max(grace_s, TAKEN_OVER_GRACE_S) * HZ
    if grace_s:
        bob, bot = rest
        assert (bob.kept_until, bob.presence) == (until, Presence.DROPPED)
    else:
        (bot,) = rest
    assert (ann.connection, ann.kept_until, ann.away, ann.presence) == (None, until, False, Presence.DROPPED)
    assert int(other.pool.presence[other.session.row, 0]) == Presence.DROPPED
    assert (bot.driven, bot.presence) == (True, Presence.CONNECTED)
    assert other.session.host == 1
    other.ticks(until - other.session.tick - 1)
    assert ann in other.session.members
    expired = [fact for fact in facts(other.tick(), Left) if isinstance(fact, Left) and fact.cause == "expired"]
    assert len(expired) == (2 if grace_s else 1)
    assert ann not in other.session.members


def test_whoever_resumes_finds_the_same_game() -> None:
    stage = playing()
    stage.hold(0, stage.session.tick + 1, 3)
    stage.ticks(4)
    other = taken_over(stage)
    x, tick = stage.x(0), stage.session.tick
    effects = other.tick(Resume(1, "a", "a2"))
    (welcome,) = facts(effects, Welcome)
    assert isinstance(welcome, Welcome)
    assert (welcome.player, welcome.seat, welcome.tick, welcome.host) == (1, 0, tick + 2, 1)
    assert other.x(0) == x, "nothing is held any more"
    assert other.session.status is Status.ACTIVE
    assert other.session.members[0].away is False


def test_watchers_reservations_and_typing_are_gone() -> None:
    other = taken_over(playing())
    assert other.session.watchers == []
    assert len(other.session.reservations) == 0
    saved = other.session.conversation.chat.save()
    assert [(voice.person, voice.typing_in) for voice in saved.voices] == [(1, None)]
    assert not other.session.knows(1)
    assert not other.session.knows(3)


def test_a_number_of_a_connection_there_means_nobody_here() -> None:
    """The new node counts its connections anew."""
    other = taken_over(playing())
    other.tick(Say(1, 1, 0, "I am Ann?", 0), Drop(1), Join(3, "Zoe", "z"))
    assert [seat.nickname for seat in other.session.members] == ["Ann", "Bob", "Bot 1", "Zoe"]
    assert other.session.conversation.chat.save().lines == []


def test_a_session_in_which_nobody_sits_waits_for_its_watchers() -> None:
    stage = RecordedStage()
    stage.tick(Join(1, "Ann", "a"), Watch(2, "Eve"))
    stage.tick(Drop(1))
    stage.ticks(3 * HZ)
    assert stage.session.members == []
    other = taken_over(stage)
    other.ticks(TAKEN_OVER_GRACE_S * HZ - 1)
    assert not other.session.ended
    assert any(isinstance(effect, Ended) for effect in other.tick())


def test_a_countdown_goes_on_without_people() -> None:
    stage = RecordedStage(ToyGame(), countdown_s=2)
    stage.join(1)
    other = taken_over(stage)
    other.ticks(2 * HZ - 1)
    assert other.session.status is Status.ACTIVE


def test_it_is_replayed_like_any_command() -> None:
    """The node that took over dies as well: its journal begins with what it did first."""
    stage = playing()
    moved = restore_session(Pool(Standing(), 4, HZ), stage.checkpoint())
    other = RecordedStage(Standing())
    other.pool, other.session = moved.pool, moved
    checkpoint = other.checkpoint()
    other.tick(TakeOver())
    other.tick(Resume(1, "a", "a2"))
    other.ticks(7)
    (again,) = replay_all(Standing(), [checkpoint], other.records).finish()
    assert life_of(again) == life_of(moved)


def test_the_wrong_token_opens_nothing_there_either() -> None:
    other = taken_over(playing())
    assert closes(other.tick(Resume(1, "zzz", "new"))) == [(1, CloseCode.NOT_AUTHENTICATED)]


def test_where_nothing_happened_it_loses_seats_all_the_same() -> None:
    stage = Stage()
    stage.join(1)
    stage.tick(TakeOver())
    assert stage.session.members[0].is_lost
    assert not stage.session.knows(1)
