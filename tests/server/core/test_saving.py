"""The parts of a session that are saved by themselves: what they refuse and remember afterwards is the same."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tickroom.protocol.messages import ChatMessage
from tickroom.server.core.chat import ALL, WATCHERS, Author, Chat, Refused, SavedChat
from tickroom.server.core.people import BANS_MOST, Bans, Password, Reservations, Watcher

HZ, HISTORY = 10, 3
PEOPLE = st.integers(1, 4)


def passed_on(chat: Chat) -> Chat:
    blob = msgspec.msgpack.encode(chat.save())
    again = Chat(HZ, HISTORY)
    again.restore(msgspec.msgpack.decode(blob, type=SavedChat))
    return again


def do(chat: Chat, act: tuple[str, int, int, str], tick: int) -> object:
    what, person, other, text = act
    match what:
        case "say":
            return chat.say(Author(person, f"P{person}"), other % 2, text, tick, 0)
        case "revise":
            return chat.revise(person, other, text, tick)
        case "delete":
            return chat.delete(person, other, is_host=text == "b")
        case "type":
            return chat.type(person, other % 2, text == "a", tick)
        case "mute":
            return chat.mute(person, other, text != "b")
        case "silence":
            chat.silence(person, text == "a")
        case "read":
            return chat.read(person, other)
        case "forget":
            chat.forget(person)
        case _:
            return chat.expire(tick)
    return None


ACTS = st.tuples(
    st.sampled_from(["say", "say", "say", "revise", "delete", "type", "mute", "silence", "read", "forget", "expire"]),
    PEOPLE,
    st.integers(1, 9),
    st.sampled_from(["a", "b", "c", ""]),
)


@given(st.lists(st.tuples(ACTS, st.integers(0, 9))), st.lists(st.tuples(ACTS, st.integers(0, 9))))
def test_a_chat_goes_on_as_it_would_have(
    before: list[tuple[tuple[str, int, int, str], int]], after: list[tuple[tuple[str, int, int, str], int]]
) -> None:
    chat, tick = Chat(HZ, HISTORY), 0
    for act, pause in before:
        tick += pause
        do(chat, act, tick)
    again = passed_on(chat)
    assert again.save() == chat.save()
    for act, pause in after:
        tick += pause
        assert do(again, act, tick) == do(chat, act, tick)
        assert again.next_expiry() == chat.next_expiry()
        assert again.reads == chat.reads
        assert again.has_mutes == chat.has_mutes
        for person in range(1, 5):
            assert again.told_to(person, (ALL, WATCHERS), tick) == chat.told_to(person, (ALL, WATCHERS), tick)
            assert again.typist(person) == chat.typist(person)
    assert again.save() == chat.save()


def test_what_is_said_after_is_not_in_what_was_saved() -> None:
    chat = Chat(HZ, HISTORY)
    chat.say(Author(1, "Ann"), ALL, "one", 1, 0)
    chat.mute(1, 2, True)
    saved = chat.save()
    chat.say(Author(1, "Ann"), ALL, "two", 2, 0)
    chat.mute(1, 3, True)
    assert [line.text for line in saved.lines] == ["one"]
    assert (saved.voices[0].muted, len(saved.voices[0].recent)) == ([2], 1)


def test_a_restored_chat_still_forgets_the_oldest_lines() -> None:
    chat = Chat(HZ, 60)
    for number in range(60):
        assert isinstance(chat.say(Author(1, "Ann"), ALL, f"line {number}", number * HZ, 0), ChatMessage)
    again = Chat(HZ, 60)
    again.restore(chat.save())
    assert not isinstance(again.say(Author(1, "Ann"), ALL, "more", 61 * HZ, 0), Refused)
    assert [line.id for line in again.save().lines] == list(range(2, 62))


def test_bans_are_kept_in_their_order_and_stay_bounded() -> None:
    bans = Bans()
    for number in range(BANS_MOST):
        bans.add(Watcher(number, number, "Eve", f"account {number}" if number % 2 else None, f"address {number}"))
    again = Bans()
    again.restore(bans.save())
    assert again.save() == bans.save()
    assert len(again.save()) == BANS_MOST
    newest = bans.save()[-1][1]
    assert again.hold(None, newest)
    for one in (bans, again):
        one.add(Watcher(1, 1, "Eve", None, "one more"))
    assert again.save() == bans.save()


def test_a_restored_password_admits_the_same() -> None:
    password, again = Password("sesame", "salt"), Password(None, "salt")
    again.restore(password.save())
    assert again.is_set
    assert again.admits(password.digest("sesame"))
    assert not again.admits(password.digest("other"))
    again.restore(None)
    assert not again.is_set


def test_restored_reservations_expire_at_their_tick() -> None:
    reservations, again = Reservations(), Reservations()
    reservations.keep(1, 10)
    reservations.keep(2, 20)
    again.restore(reservations.save())
    assert (len(again), 1 in again, again.next_expiry()) == (2, True, 10)
    again.expire(10)
    assert again.save() == [(2, 20)]
    again.clear()
    assert again.save() == []
    assert len(reservations) == 2
