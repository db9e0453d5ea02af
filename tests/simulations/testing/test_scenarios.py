"""Whole evenings in a session, told with the test kit: chat, coming late, being sent away, watching late, the arena."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.core.toy_game import ToyGame
from tickroom.game.arena.game import ARENA
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import (
    History,
    Left,
    ReadFact,
    Results,
    Revised,
    Said,
    TypingFact,
    WatchingFact,
    Welcome,
)
from tickroom.protocol.session_tables import Presence, Status
from tickroom.simulations.testing import Person, SessionUnderTest


def gathered(*nicknames: str, **settings: Any) -> tuple[SessionUnderTest, list[Person]]:
    chosen = {"tick_hz": 10, "countdown_s": 1, "round_s": 5, "rematch_after_s": 0, "auto_start": False}
    session = SessionUnderTest(ToyGame(), **(chosen | settings))
    people = [session.join(nickname) for nickname in nicknames]
    session.advance()
    return session, people


def start(session: SessionUnderTest, host: Person) -> None:
    host.request("start")
    session.until(lambda: session.status is Status.ACTIVE)


def texts(person: Person) -> list[str]:
    return [fact.message.text for fact in person.heard(Said)]


# --- chat ------------------------------------------------------------------------------------------------------------


def test_a_talk_between_two() -> None:
    session, (ann, bob) = gathered("Ann", "Bob")
    ann.typing()
    session.advance()
    assert bob.heard(TypingFact) == [TypingFact(ann.id, 0, True)]
    assert ann.heard(TypingFact) == []
    said = ann.say("hello\u202e  Bob")
    session.advance()
    assert said.ok
    assert texts(ann) == texts(bob) == ["hello Bob"]
    line = bob.heard(Said)[0].message
    assert (line.person, line.nickname, line.at_ms) == (ann.id, "Ann", session.now_ms - 100)
    bob.read(line.id)
    theft = bob.revise(line.id, "hello myself")
    ann.revise(line.id, "hello, Bob")
    session.advance()
    assert ann.heard(ReadFact) == [ReadFact(bob.id, line.id)]
    assert theft.reason == "not_yours"
    assert [fact.text for fact in bob.heard(Revised)] == ["hello, Bob"]
    eve = session.join("Eve")
    session.advance()
    (history,) = eve.heard(History)
    assert [(one.text, one.edited) for one in history.messages] == [("hello, Bob", True)]
    session.replay()


def test_typing_ends_by_itself_and_with_a_drop() -> None:
    session, (ann, bob) = gathered("Ann", "Bob")
    ann.typing()
    session.advance_s(6)
    assert [fact.on for fact in bob.heard(TypingFact)] == [True, False]
    bob.facts.clear()
    ann.typing()
    session.advance()
    ann.drop()
    session.advance()
    assert [fact.on for fact in bob.heard(TypingFact)] == [True, False]


def test_who_says_too_much_waits_and_may_then_go_on() -> None:
    session, (ann, bob) = gathered("Ann", "Bob")
    answers = [ann.say(f"line {number}") for number in range(7)]
    session.advance()
    refused = [answer for answer in answers if not answer.ok]
    assert refused
    assert {answer.reason for answer in refused} == {"rate_limited"}
    assert len(texts(bob)) == 7 - len(refused)
    session.advance_s(refused[0].decided.retry_after_ms / 1000)
    later = ann.say("later")
    session.advance()
    assert later.ok


def test_the_host_silences_and_somebody_mutes() -> None:
    session, (host, bob, eve) = gathered("Host", "Bob", "Eve")
    host.request("silence", bob.id, 1)
    eve.request("mute", host.id, 1)
    session.advance()
    refused = bob.say("let me speak")
    host.say("welcome")
    session.advance()
    assert refused.reason == "silenced"
    assert texts(bob) == ["welcome"]
    assert texts(eve) == []


# --- coming late -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late_join", ["play", "wait", "watch"])
def test_who_comes_during_a_round(late_join: str) -> None:
    session, (ann,) = gathered("Ann", late_join=late_join)
    start(session, ann)
    bob = session.join("Bob")
    session.advance()
    if late_join == "watch":
        assert bob.is_watching
        refused = bob.request("poke", 5)
        session.advance()
        assert refused.reason == "not_seated"
        assert ann.heard(WatchingFact) == [WatchingFact(bob.id, "Bob", True)]
        return
    poke = bob.request("poke", 5)
    bob.hold(2)
    before = int(session.column("players", "x")[bob.seat])
    session.advance()
    moved = int(session.column("players", "x")[bob.seat]) - before
    if late_join == "play":
        assert (poke.ok, moved) == (True, 2)
        return
    assert (poke.reason, moved) == ("wrong_status", 0)
    assert session.column("seats", "presence")[bob.seat] == Presence.WAITING
    session.until(lambda: session.status is Status.FINISHED)
    assert [line[1] for line in bob.heard(Results)[0].ranking] == [ann.id], "who waited is not ranked"
    start(session, ann)
    assert session.column("seats", "presence")[bob.seat] == Presence.CONNECTED
    again = bob.request("poke", 5)
    session.advance()
    assert again.ok
    session.replay()


def test_a_spectator_sits_down_and_stands_up_again() -> None:
    session, (ann,) = gathered("Ann", seats=2)
    eve = session.watch("Eve")
    session.advance()
    number = eve.id
    eve.request("sit")
    session.advance()
    assert (eve.seat, eve.id, len(eve.heard(Welcome))) == (1, number, 2)
    eve.hold(4)
    session.advance(2)
    assert session.column("players", "x")[1] == 7 + 8
    eve.request("stand")
    session.advance()
    assert eve.is_watching
    assert ann.heard(Left)[0] == Left(number, 1, "stood")
    session.advance(20)
    session.replay()


def test_late_spectators_see_what_was() -> None:
    session, (ann,) = gathered("Ann", spectator_delay_ticks=15)
    session.advance(20)
    eve = session.watch("Eve")
    ann.hold(1)
    session.advance()
    began = session.tick
    xs = []
    for _ in range(40):
        xs.append(int(session.column("players", "x")[0]))
        session.advance()
        seen = eve.table("players")[0, 0]
        assert seen == (7 if session.tick - 15 < began else xs[session.tick - 15 - began])
    ann.say("where are you?")
    session.advance(15)
    assert texts(eve) == []
    session.advance()
    assert texts(eve) == ["where are you?"]
    session.replay()


@pytest.mark.parametrize("is_muted", [False, True])
@pytest.mark.parametrize("ticks_ago", [0, 1, 4, 5, 6, 9])
def test_late_spectators_hear_each_line_once_though_somebody_is_muted(ticks_ago: int, is_muted: bool) -> None:
    session, (ann, bob) = gathered("Ann", "Bob", spectator_delay_ticks=5)
    session.advance()
    bob.request("mute", ann.id, int(is_muted))
    ann.say("hello")
    session.advance(1 + ticks_ago)
    eve = session.watch("Eve")
    session.advance(12)
    before = [line.text for history in eve.heard(History) for line in history.messages]
    assert before + texts(eve) == ["hello"]
    assert texts(bob) == ([] if is_muted else ["hello"])


# --- being sent away -------------------------------------------------------------------------------------------------


def test_who_is_kicked_may_come_back_and_who_is_banned_may_not() -> None:
    session, (host,) = gathered("Host")
    bob = session.join("Bob", address="there")
    session.advance()
    refused = bob.request("kick", host.id)
    session.advance()
    assert refused.reason == "not_host"
    for action, code, back in (("kick", CloseCode.KICKED, None), ("ban", CloseCode.NOT_ALLOWED, "banned")):
        host.request(action, bob.id)
        session.advance()
        assert bob.closed is not None
        assert bob.closed.code == code
        thief = session.take_over(bob.token)
        bob = session.join("Bob", address="there")
        session.advance()
        assert thief.closed is not None
        assert thief.closed.code == CloseCode.NOT_AUTHENTICATED, "the token went with the seat"
        assert (bob.closed and bob.closed.reason) == back
    assert [fact.cause for fact in host.heard(Left)] == ["kicked", "banned"]
    session.replay()


def test_nothing_reaches_who_was_kicked() -> None:
    session, (host, bob) = gathered("Host", "Bob")
    host.request("kick", bob.id)
    host.say("bye")
    session.advance()
    heard = len(bob.facts)
    host.say("at last")
    session.advance(20)
    assert len(bob.facts) == heard
    assert texts(bob) == []


def test_the_host_goes_and_the_next_one_may_kick() -> None:
    session, (ann, bob, eve) = gathered("Ann", "Bob", "Eve")
    assert session.host is ann
    ann.leave()
    session.advance()
    assert session.host is bob
    done = bob.request("kick", eve.id)
    session.advance()
    assert done.ok


# --- the arena -------------------------------------------------------------------------------------------------------


def test_a_round_of_the_arena_with_bots_is_told_exactly_and_replays() -> None:
    session = SessionUnderTest(ARENA, seats=4, round_s=20, countdown_s=1, auto_start=False, seed=5)
    ann = session.join("Ann")
    session.advance()
    for _ in range(2):
        ann.request("add_bot")
    ann.request("start")
    session.until(lambda: session.status is Status.ACTIVE)
    for x, y in ((127, 0), (0, 127), (-127, 0), (0, -127)):
        ann.hold(x=x, y=y)
        session.advance_s(2)
    ann.drop()
    session.advance_s(1)
    ann.resume()
    session.until(lambda: session.status is Status.FINISHED)
    (results,) = ann.heard(Results)
    assert len(results.ranking) == 3
    scores = session.column("players", "score")
    assert [line[3] for line in results.ranking] == sorted(scores[:3].tolist(), reverse=True)
    session.replay()


def test_what_the_arena_refuses_it_says() -> None:
    session = SessionUnderTest(ARENA, auto_start=False)
    ann = session.join("Ann")
    session.advance()
    answer = ann.request("collect", 0)
    session.advance()
    assert (answer.decided.code, answer.reason) == (ErrorCode.GAME_REFUSED, "not_playing")
