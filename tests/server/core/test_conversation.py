"""Chat between the people of a session: who hears what, who is answered what."""

from __future__ import annotations

from typing import Any

from tests.server.core.stage import Stage, facts
from tickroom.protocol.codes import ErrorCode
from tickroom.protocol.messages import History, ReadFact, Reply, Revised, Said, ServerFact, TypingFact
from tickroom.server.core.commands import Act, Drop, Join, Leave, Read, Resume, Revise, Say, Type, Watch
from tickroom.server.core.effects import Effect, Tell, TellAll, TellSome

NOW_MS = 1_800_000_000_000
ANN, BOB, EVE, WES = 1, 2, 3, 4  # connections, and ids alike: two play, two watch


def party(**settings: Any) -> Stage:
    stage = Stage(**settings)
    stage.join(ANN, "Ann")
    stage.join(BOB, "Bob")
    stage.tick(Watch(EVE, "Eve"), Watch(WES, "Wes"))
    return stage


def say(stage: Stage, connection: int, text: str, channel: int = 0) -> list[Effect]:
    return stage.tick(Say(connection, 77, channel, text, NOW_MS))


def answer(effects: list[Effect]) -> ErrorCode:
    (reply,) = facts(effects, Reply)
    assert isinstance(reply, Reply)
    return ErrorCode(reply.code)


def audience(effects: list[Effect], kind: type[ServerFact]) -> set[int]:
    """Who of the four is told a fact of this kind."""
    told: set[int] = set()
    for effect in effects:
        if isinstance(effect, Tell | TellAll | TellSome) and isinstance(effect.fact, kind):
            match effect:
                case Tell(connection):
                    told.add(connection)
                case TellAll(_, but):
                    told |= {ANN, BOB, EVE, WES} - {but}
                case TellSome(connections):
                    told |= set(connections)
    return told


def test_what_a_player_says_all_hear_as_the_same_bytes() -> None:
    effects = say(party(), ANN, "hello")
    (said,) = facts(effects, Said)
    assert isinstance(said, Said)
    assert (said.message.person, said.message.nickname, said.message.text) == (1, "Ann", "hello")
    assert said.message.at_ms == NOW_MS
    assert [type(effect) for effect in effects] == [TellAll, Tell]
    assert answer(effects) is ErrorCode.OK


def test_spectators_have_a_channel_of_their_own() -> None:
    stage = party()
    effects = say(stage, EVE, "who wins?", channel=1)
    assert answer(effects) is ErrorCode.OK
    assert audience(effects, Said) == {EVE, WES}
    assert [effect.at_once for effect in effects if isinstance(effect, TellSome)] == [True]
    assert answer(say(stage, ANN, "what are they saying?", channel=1)) is ErrorCode.NO_SUCH_CHANNEL
    assert answer(say(stage, ANN, "teams?", channel=2)) is ErrorCode.NO_SUCH_CHANNEL
    assert audience(say(stage, EVE, "well played", channel=0), Said) == {ANN, BOB, EVE, WES}


def test_a_session_may_be_without_chat() -> None:
    stage = party(chat=False)
    assert answer(say(stage, ANN, "hello")) is ErrorCode.NO_SUCH_CHANNEL
    assert stage.tick(Type(ANN, 0, True), Read(ANN, 1)) == []
    assert not facts(stage.join(9), History)


def test_strangers_say_nothing() -> None:
    stage = party()
    assert answer(say(stage, 99, "hello")) is ErrorCode.NOT_SEATED
    assert stage.tick(Type(99, 0, True), Read(99, 1)) == []
    assert answer(stage.tick(Revise(99, 1, 1, "x", NOW_MS))) is ErrorCode.NOT_SEATED


def test_a_refusal_says_when_to_try_again() -> None:
    stage = party()
    for number in range(5):
        stage.tick(Say(ANN, number, 0, f"line {number}", NOW_MS))
    (reply,) = facts(say(stage, ANN, "more"), Reply)
    assert reply == Reply(77, ErrorCode.RATE_LIMITED, "rate_limited", stage.session.tick, 500)


def test_who_comes_is_told_what_was_said_and_read() -> None:
    stage = party()
    say(stage, ANN, "hello")
    say(stage, EVE, "psst", channel=1)
    stage.tick(Read(BOB, 1))
    (history,) = facts(stage.tick(Join(9, "Zoe", "t")), History)
    assert isinstance(history, History)
    assert [line.text for line in history.messages] == ["hello"]
    assert history.reads == [(2, 1)]
    (history,) = facts(stage.tick(Watch(10, "Yan")), History)
    assert isinstance(history, History)
    assert [line.text for line in history.messages] == ["hello", "psst"]


def test_who_resumes_is_told_too() -> None:
    stage = party()
    say(stage, ANN, "hello")
    stage.tick(Drop(BOB))
    say(stage, ANN, "Bob?")
    (history,) = facts(stage.tick(Resume(12, "token-2", "new")), History)
    assert isinstance(history, History)
    assert [line.text for line in history.messages] == ["hello", "Bob?"]


def test_lines_are_revised_and_deleted() -> None:
    stage = party()
    say(stage, BOB, "teh")
    effects = stage.tick(Revise(BOB, 5, 1, "the", NOW_MS + 9))
    assert facts(effects, Revised) == [Revised(1, "the", False, NOW_MS + 9)]
    assert answer(stage.tick(Revise(EVE, 6, 1, "tee", NOW_MS))) is ErrorCode.NOT_YOURS
    assert answer(stage.tick(Revise(BOB, 7, 2, "the", NOW_MS))) is ErrorCode.NO_SUCH_MESSAGE
    assert stage.session.host == ANN
    effects = stage.tick(Revise(ANN, 8, 1, None, NOW_MS))
    assert facts(effects, Revised) == [Revised(1, "", True, NOW_MS)]
    assert answer(stage.tick(Revise(BOB, 7, 1, "the", NOW_MS))) is ErrorCode.NO_SUCH_MESSAGE


def test_players_do_not_learn_which_lines_spectators_have() -> None:
    stage = party()
    say(stage, EVE, "psst", channel=1)
    assert answer(stage.tick(Revise(BOB, 1, 1, "x", NOW_MS))) is ErrorCode.NO_SUCH_MESSAGE
    effects = stage.tick(Revise(EVE, 1, 1, None, NOW_MS))
    assert audience(effects, Revised) == {EVE, WES}


def test_typing_is_told_to_the_others_and_ends_with_the_line() -> None:
    stage = party()
    effects = stage.tick(Type(ANN, 0, True))
    assert audience(effects, TypingFact) == {BOB, EVE, WES}
    assert not facts(say(stage, ANN, "hello"), TypingFact), "the line says so itself"
    assert not facts(stage.ticks(60), TypingFact)


def test_typing_ends_where_it_was_told_though_the_line_is_said_elsewhere() -> None:
    stage = party()
    stage.tick(Type(EVE, 0, True))
    effects = say(stage, EVE, "psst", channel=1)
    assert facts(effects, TypingFact) == [TypingFact(3, 0, False)]
    assert audience(effects, TypingFact) == {ANN, BOB, WES}


def test_who_is_muted_while_writing_writes_no_more_for_who_muted() -> None:
    stage = party()
    stage.tick(Type(ANN, 0, True), Type(EVE, 1, True))
    effects = stage.tick(Act(BOB, 1, "mute", (1, 1)), Act(BOB, 2, "mute", (3, 1)))
    ends = [effect for effect in effects if isinstance(effect, TellSome)]
    assert ends == [TellSome((BOB,), TypingFact(1, 0, False))], "of the spectators' channel players hear nothing"
    assert audience(stage.ticks(60), TypingFact) == {EVE, WES}


def test_typing_expires_by_itself_and_with_the_socket() -> None:
    stage = party()
    stage.tick(Type(ANN, 0, True))
    effects = stage.ticks(49)
    assert not facts(effects, TypingFact)
    assert facts(stage.tick(), TypingFact) == [TypingFact(1, 0, False)]
    stage.tick(Type(BOB, 0, True), Type(EVE, 1, True))
    assert facts(stage.tick(Drop(BOB)), TypingFact) == [TypingFact(2, 0, False)]
    effects = stage.tick(Leave(EVE))
    assert audience(effects, TypingFact) == {WES}


def test_read_marks_are_told_to_the_others() -> None:
    stage = party()
    say(stage, ANN, "hello")
    effects = stage.tick(Read(BOB, 1))
    assert facts(effects, ReadFact) == [ReadFact(2, 1)]
    assert audience(effects, ReadFact) == {ANN, EVE, WES}
    assert stage.tick(Read(BOB, 1)) == []


def test_the_muted_are_unheard_by_one_alone() -> None:
    stage = party()
    assert answer(stage.tick(Act(BOB, 1, "mute", (1, 1)))) is ErrorCode.OK
    assert audience(say(stage, ANN, "hello"), Said) == {ANN, EVE, WES}
    assert audience(stage.tick(Type(ANN, 0, True)), TypingFact) == {EVE, WES}
    assert audience(stage.tick(Revise(ANN, 1, 1, "hullo", NOW_MS)), Revised) == {ANN, EVE, WES}
    assert answer(stage.tick(Act(EVE, 1, "mute", (1, 1)))) is ErrorCode.OK, "spectators may as well"
    assert audience(say(stage, ANN, "hello?"), Said) == {ANN, WES}
    stage.tick(Act(BOB, 1, "mute", (1, 0)), Act(EVE, 1, "mute", (1, 0)))
    assert audience(say(stage, ANN, "hello!"), Said) == {ANN, BOB, EVE, WES}


def test_whom_one_cannot_mute() -> None:
    stage = party()
    assert answer(stage.tick(Act(BOB, 1, "mute", (2, 1)))) is ErrorCode.BAD_ARGUMENTS
    assert answer(stage.tick(Act(BOB, 1, "mute", (1, 2)))) is ErrorCode.BAD_ARGUMENTS
    assert answer(stage.tick(Act(BOB, 1, "mute", (50, 1)))) is ErrorCode.NO_SUCH_PERSON
    assert answer(stage.tick(Act(EVE, 1, "mute", (1,)))) is ErrorCode.BAD_ARGUMENTS


def test_the_host_silences_for_all() -> None:
    stage = party()
    stage.tick(Type(EVE, 0, True))
    effects = stage.tick(Act(ANN, 1, "silence", (3, 1)))
    assert answer(effects) is ErrorCode.OK
    assert facts(effects, TypingFact) == [TypingFact(3, 0, False)]
    assert answer(say(stage, EVE, "hello")) is ErrorCode.SILENCED
    assert answer(say(stage, EVE, "hello", channel=1)) is ErrorCode.SILENCED
    assert answer(stage.tick(Act(ANN, 1, "silence", (3, 0)))) is ErrorCode.OK
    assert answer(say(stage, EVE, "hello")) is ErrorCode.OK
    assert answer(stage.tick(Act(BOB, 1, "silence", (3, 1)))) is ErrorCode.NOT_HOST
    assert answer(stage.tick(Act(ANN, 1, "silence", (1, 1)))) is ErrorCode.BAD_ARGUMENTS
    assert answer(stage.tick(Act(ANN, 1, "silence", (9, 1)))) is ErrorCode.NO_SUCH_PERSON
