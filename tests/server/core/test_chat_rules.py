"""The chat of a session by itself: each limit at its edge, in ticks, and what is kept."""

from __future__ import annotations

import pytest

from tickroom.protocol.codes import ErrorCode
from tickroom.protocol.messages import ChatMessage
from tickroom.server.core.chat import ALL, KEPT_LEAST, MUTED_MOST, WATCHERS, Author, Chat, Refused, Typist

HZ = 10
ANN, BOB, EVE = Author(1, "Ann"), Author(2, "Bob"), Author(3, "Eve")
NOW_MS = 1_800_000_000_000


def say(chat: Chat, author: Author, text: str, tick: int, channel: int = ALL) -> ChatMessage | Refused:
    return chat.say(author, channel, text, tick, NOW_MS)


def refusal(said: ChatMessage | Refused) -> tuple[ErrorCode, int]:
    assert isinstance(said, Refused)
    return said.code, said.wait_ticks


def line(said: ChatMessage | Refused) -> ChatMessage:
    assert isinstance(said, ChatMessage), said
    return said


def test_a_line_has_an_id_its_author_and_both_times() -> None:
    chat = Chat(HZ, 50)
    assert say(chat, ANN, "hi", 7) == ChatMessage(1, 1, "Ann", ALL, "hi", 7, NOW_MS, False)
    assert line(say(chat, BOB, "ho", 7, WATCHERS)).id == 2


def test_five_lines_at_once_then_one_a_second() -> None:
    chat = Chat(HZ, 50)
    for number in range(5):
        line(say(chat, ANN, f"line {number}", 100))
    assert refusal(say(chat, ANN, "one more", 100)) == (ErrorCode.RATE_LIMITED, HZ)
    assert refusal(say(chat, ANN, "one more", 109)) == (ErrorCode.RATE_LIMITED, 1)
    line(say(chat, BOB, "others have their own budget", 109))
    line(say(chat, ANN, "one more", 110))
    assert refusal(say(chat, ANN, "and one", 111)) == (ErrorCode.RATE_LIMITED, 9)
    for number in range(5):
        line(say(chat, ANN, f"rested {number}", 110 + 5 * HZ))
    assert refusal(say(chat, ANN, "again", 110 + 5 * HZ)) == (ErrorCode.RATE_LIMITED, HZ)


def test_what_is_refused_costs_nothing() -> None:
    chat = Chat(HZ, 50)
    for _ in range(50):
        say(chat, ANN, "", 1)
        say(chat, ANN, "a" * 301, 1)
    assert [line(say(chat, ANN, str(number), 1)).id for number in range(5)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("text", "code"), [("", ErrorCode.EMPTY_TEXT), ("a" * 301, ErrorCode.TOO_LONG)])
def test_what_is_wrong_with_the_text_is_told_first(text: str, code: ErrorCode) -> None:
    chat = Chat(HZ, 50)
    chat.silence(1, True)
    assert refusal(say(chat, ANN, text, 1)) == (code, 0)
    line(say(chat, BOB, "a" * 300, 1))


def test_the_same_text_for_the_third_time_within_thirty_seconds_is_refused() -> None:
    chat = Chat(HZ, 50)
    line(say(chat, ANN, "buy now", 100))
    line(say(chat, ANN, "BUY now", 150))
    assert refusal(say(chat, ANN, "buy NOW", 160)) == (ErrorCode.REPEATED, 240)
    line(say(chat, BOB, "buy now", 160))
    line(say(chat, ANN, "something else", 160))
    assert refusal(say(chat, ANN, "buy now", 399)) == (ErrorCode.REPEATED, 1)
    line(say(chat, ANN, "buy now", 400))
    assert refusal(say(chat, ANN, "buy now", 410)) == (ErrorCode.REPEATED, 40)


def test_the_silenced_are_not_heard_until_they_are_again() -> None:
    chat = Chat(HZ, 50)
    mine = line(say(chat, ANN, "before", 1))
    chat.silence(1, True)
    assert refusal(say(chat, ANN, "hello?", 1)) == (ErrorCode.SILENCED, 0)
    assert refusal(chat.revise(1, mine.id, "hello?", 1)) == (ErrorCode.SILENCED, 0)
    assert chat.type(1, ALL, True, 1) == []
    assert isinstance(chat.delete(1, mine.id, is_host=False), ChatMessage), "to take back what one said is no speech"
    chat.silence(1, False)
    line(say(chat, ANN, "hello!", 1))


def test_history_is_a_ring() -> None:
    chat = Chat(HZ, 3)
    for number in range(KEPT_LEAST + 5):
        line(say(chat, ANN, f"line {number}", number * HZ))
    assert [one.id for one in chat.told_to(2, (ALL,), 10**6)] == [53, 54, 55]
    assert chat.line(5) is None
    assert refusal(chat.revise(1, 5, "x", 10**6)) == (ErrorCode.NO_SUCH_MESSAGE, 0)
    assert chat.line(6) is not None
    assert Chat(HZ, 0).told_to(2, (ALL,), 10**6) == []


def test_history_is_of_the_channels_that_one_has_and_of_whom_one_hears() -> None:
    chat = Chat(HZ, 50)
    say(chat, ANN, "to all", 10)
    say(chat, EVE, "to watchers", 20, WATCHERS)
    say(chat, BOB, "late", 30)
    assert [one.text for one in chat.told_to(4, (ALL,), 31)] == ["to all", "late"]
    assert [one.text for one in chat.told_to(4, (ALL, WATCHERS), 31)] == ["to all", "to watchers", "late"]
    assert [one.text for one in chat.told_to(4, (ALL, WATCHERS), 10)] == ["to watchers"], "seen 21 ticks late"
    chat.mute(4, 2, True)
    assert [one.text for one in chat.told_to(4, (ALL,), 31)] == ["to all"]


def test_one_s_own_lines_are_revised_and_by_the_host_deleted() -> None:
    chat = Chat(HZ, 50)
    first, second = line(say(chat, ANN, "teh", 1)), line(say(chat, BOB, "rude", 1))
    assert chat.revise(1, first.id, "the", 2) == ChatMessage(1, 1, "Ann", ALL, "the", 1, NOW_MS, True)
    assert refusal(chat.revise(1, second.id, "nice", 2)) == (ErrorCode.NOT_YOURS, 0)
    assert refusal(chat.delete(1, second.id, is_host=False)) == (ErrorCode.NOT_YOURS, 0)
    assert line(chat.delete(1, second.id, is_host=True)).id == second.id
    assert refusal(chat.delete(2, second.id, is_host=False)) == (ErrorCode.NO_SUCH_MESSAGE, 0)
    assert [one.text for one in chat.told_to(3, (ALL,), 3)] == ["the"]


def test_a_revision_counts_as_a_line() -> None:
    chat = Chat(HZ, 50)
    mine = line(say(chat, ANN, "0", 1))
    for number in range(4):
        line(chat.revise(1, mine.id, str(number), 1))
    assert refusal(chat.revise(1, mine.id, "x", 1)) == (ErrorCode.RATE_LIMITED, HZ)


def test_typing_is_told_once_and_expires_after_five_seconds() -> None:
    chat = Chat(HZ, 50)
    assert chat.type(1, ALL, True, 100) == [(Typist(1, ALL), True)]
    assert chat.type(1, ALL, True, 120) == [], "told already; but it goes on"
    assert chat.next_expiry() == 170
    assert chat.expire(169) == []
    assert chat.expire(170) == [Typist(1, ALL)]
    assert chat.next_expiry() is None
    assert chat.type(1, ALL, False, 171) == []


def test_who_writes_elsewhere_has_stopped_here() -> None:
    chat = Chat(HZ, 50)
    chat.type(1, ALL, True, 1)
    assert chat.type(1, WATCHERS, False, 2) == []
    assert chat.type(1, WATCHERS, True, 2) == [(Typist(1, ALL), False), (Typist(1, WATCHERS), True)]
    assert chat.type(1, WATCHERS, False, 3) == [(Typist(1, WATCHERS), False)]
    assert chat.stop_typing(1) == []


def test_flickering_typing_is_told_so_often_and_no_more() -> None:
    chat = Chat(HZ, 50)
    told = [fact for tick in range(100) for on in (True, False) for fact in chat.type(1, ALL, on, tick)]
    begun = [on for _, on in told if on]
    assert 8 <= len(begun) <= 8 + 2 * 10
    assert len(told) == 2 * len(begun)


def test_read_marks_go_forward_to_what_there_is() -> None:
    chat = Chat(HZ, 50)
    say(chat, ANN, "1", 1)
    say(chat, ANN, "2", 1)
    assert [chat.read(2, message) for message in (3, 1, 1, 2, 1)] == [False, True, False, True, False]
    assert chat.reads == [(2, 2)]
    chat.forget(2)
    assert chat.reads == []


def test_who_is_gone_is_forgotten_everywhere() -> None:
    chat = Chat(HZ, 50)
    chat.mute(1, 2, True)
    chat.silence(2, True)
    chat.type(2, ALL, True, 1)
    chat.forget(2)
    assert not chat.has_mutes
    assert not chat.silenced
    assert chat.next_expiry() is None


def test_mutes_are_bounded() -> None:
    chat = Chat(HZ, 50)
    assert {chat.mute(1, 10 + number, True) for number in range(MUTED_MOST)} == {None}
    assert chat.mute(1, 9, True) is ErrorCode.TOO_MANY_REQUESTS
    assert chat.mute(1, 10, True) is None, "muted already"
    assert chat.mute(1, 10, False) is None
    assert chat.mute(1, 9, True) is None
