"""What nodes ask of each other: every question reaches the one it is for, and whatever is wrong is an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgpack
import msgspec
import pytest

from tests.server.shell.cluster.members import Member, toy_node
from tickroom.server.core.settings import SessionSettings, SettingsInvalid
from tickroom.server.shell.cluster import errands
from tickroom.server.shell.cluster.envelope import Envelope
from tickroom.server.shell.cluster.errands import (
    ErrandRefused,
    Why,
    answer,
    ask_adopt,
    ask_create,
    ask_drain,
    ask_move,
    ask_show,
)
from tickroom.server.shell.cluster.handover import NotMoved
from tickroom.server.shell.cluster.interface import Fenced, Inbox, NoAnswer, StoreAway
from tickroom.server.shell.cluster.memory import MemoryStore
from tickroom.server.shell.node import NodeFull


@pytest.fixture
async def other() -> AsyncIterator[Member]:
    """A node that answers; whoever asks it uses its store."""
    member = Member(toy_node(max_sessions=1), MemoryStore(), "other")
    await member.join()
    serving = asyncio.create_task(member.serve())
    yield member
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_a_session_is_made_there_as_it_was_wished_and_shown(other: Member) -> None:
    wishes = SessionSettings(game="toy", seats=3, tick_hz=20, password="swordfish", options={"start": 9})
    made = await ask_create(other.store, other.incarnation, wishes, other.node.envelope)
    session = other.node.sessions[made.code]
    assert (session.settings.seats, session.settings.tick_hz, session.password.is_set) == (3, 20, True)
    assert (made.seats, made.tick_hz, made.status, made.options["start"]) == (3, 20, "waiting", 9)
    assert await ask_show(other.store, other.incarnation, made.code) == made
    assert made.websocket == "", "the asker knows the address"
    assert made.at("https://other.example/").websocket == f"wss://other.example/ws/{made.code}"


async def test_what_is_wrong_with_settings_is_said_in_the_words_of_the_other_node(other: Member) -> None:
    wishes = SessionSettings(game="toy", options={"start": 1000, "lives": 1})
    with pytest.raises(SettingsInvalid) as there:
        await ask_create(other.store, other.incarnation, wishes, other.node.envelope)
    with pytest.raises(SettingsInvalid) as here:
        other.node.create(wishes)
    assert there.value.faults == here.value.faults
    assert len(here.value.faults) == 2


class Overheard:
    """An inbox, and what crossed it."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.crossed: list[bytes] = []
        self.serve = inbox.serve

    async def ask(self, incarnation: str, question: bytes, timeout_s: float) -> bytes:
        self.crossed.append(question)
        return await self._inbox.ask(incarnation, question, timeout_s)


async def test_nobody_who_reads_the_store_learns_the_password(other: Member) -> None:
    inbox = Overheard(other.store.inbox)
    wishes = SessionSettings(game="toy", password="swordfish")
    made = await ask_create(other.store._replace(inbox=inbox), other.incarnation, wishes, other.node.envelope)
    assert other.node.sessions[made.code].password.is_set
    assert len(inbox.crossed) == 1
    assert b"swordfish" not in inbox.crossed[0]


async def test_a_node_with_another_key_refuses_and_says_why(other: Member) -> None:
    with pytest.raises(ErrandRefused, match="all nodes need the same") as refused:
        await ask_create(other.store, other.incarnation, SessionSettings(game="toy"), Envelope(b"other" * 8))
    assert refused.value.why is Why.NOT_UNDERSTOOD


async def test_a_full_node_takes_no_more(other: Member) -> None:
    await ask_create(other.store, other.incarnation, SessionSettings(game="toy"), other.node.envelope)
    with pytest.raises(NodeFull):
        await ask_create(other.store, other.incarnation, SessionSettings(game="toy"), other.node.envelope)


async def test_no_such_session_is_none_and_a_node_without_a_lease_says_nothing(other: Member) -> None:
    assert await ask_show(other.store, other.incarnation, "AAAAAA") is None
    code = (await ask_create(other.store, other.incarnation, SessionSettings(game="toy"), other.node.envelope)).code
    other.is_active = False
    with pytest.raises(ErrandRefused) as refused:
        await ask_show(other.store, other.incarnation, code)
    assert refused.value.why is Why.STORE_AWAY


async def test_adopt_drain_and_move_reach_the_cluster(other: Member) -> None:
    await ask_adopt(other.store, other.incarnation, "AAAAAA", "old-1")
    assert await ask_drain(other.store, other.incarnation) == 3
    await ask_move(other.store, other.incarnation, "BBBBBB", "third")
    assert other.asked == [("adopt", "AAAAAA", "old-1"), ("drain",), ("move", "BBBBBB", "third")]


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (NodeFull("no room"), Why.FULL),
        (LookupError("no such session"), Why.NO_SUCH_SESSION),
        (NotMoved("nobody takes it"), Why.NOT_MOVED),
        (StoreAway("gone"), Why.STORE_AWAY),
        (Fenced("stale"), Why.STORE_AWAY),
        (ZeroDivisionError("a fault of ours"), Why.FAILED),
        (KeyError("a fault of ours"), Why.FAILED),
    ],
)
async def test_what_fails_there_is_told_here(other: Member, failure: Exception, why: Why) -> None:
    other.failure = failure
    with pytest.raises(ErrandRefused) as refused:
        await ask_move(other.store, other.incarnation, "BBBBBB", "third")
    assert refused.value.why is why
    assert str(failure) in str(refused.value)


@pytest.mark.parametrize(
    "question",
    [
        b"",
        b"\xc1",
        b"\x00",
        msgpack.packb([99, "x"]),
        msgpack.packb([3, "AAAAAA"]),
        msgpack.packb([2, 5]),
        b"\x91" * 5000,
        msgpack.packb([1, "not bytes but text"]),
        msgpack.packb({"code": "AAAAAA"}),
        b"\x92\x02\xa1\xff",
    ],
)
async def test_what_is_not_understood_is_refused_and_not_raised(other: Member, question: bytes) -> None:
    refused = msgspec.msgpack.decode(await answer(other.as_cluster, question), type=errands.Answered)
    assert isinstance(refused, errands.Refused)
    assert refused.why in (Why.NOT_UNDERSTOOD, Why.INVALID_SETTINGS)
    assert other.asked == []


async def test_of_a_newer_version_s_question_the_known_part_counts(other: Member) -> None:
    """Fields are added at the end: arrays may be longer than this version knows."""
    said = await answer(other.as_cluster, msgpack.packb([3, "AAAAAA", "old-1", "new field"]))
    assert msgspec.msgpack.decode(said, type=errands.Answered) == errands.Done()
    assert other.asked == [("adopt", "AAAAAA", "old-1")]


async def test_an_answer_that_is_not_understood_is_none() -> None:
    member = Member(toy_node(), MemoryStore(), "strange")
    await member.join()

    async def babble(_question: bytes) -> bytes:
        return b"\xc1"

    serving = asyncio.create_task(member.store.inbox.serve(member.incarnation, babble))
    with pytest.raises(NoAnswer):
        await ask_drain(member.store, member.incarnation)
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


async def test_who_is_not_there_does_not_answer(other: Member) -> None:
    with pytest.raises(NoAnswer):
        await ask_show(other.store, "nobody-1", "AAAAAA")
    other.shared.is_away = True
    with pytest.raises(StoreAway):
        await ask_show(other.store, other.incarnation, "AAAAAA")
