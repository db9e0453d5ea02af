"""Where a session is: here, elsewhere, nowhere, or not to be said now."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest

from tests.server.shell.cluster.members import Member, toy_node
from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.cluster.memory import MemoryStore
from tickroom.server.shell.cluster.whereabouts import Elsewhere, Here, Nowhere, TryAgain, find, look_up
from tickroom.server.shell.limits.admission import Admission, Reason, Refusal
from tickroom.server.shell.limits.settings import Limits

TOY = SessionSettings(game="toy")


class Two(NamedTuple):
    here: Member
    there: Member


@pytest.fixture
async def two() -> Two:
    shared = MemoryStore()
    both = Two(Member(toy_node(), shared, "here"), Member(toy_node(), shared, "there", "https://there.example"))
    for member in both:
        await member.join()
    return both


def admission(unknown_codes: int) -> Admission:
    limits = Limits(unknown_codes_per_minute=unknown_codes).resolved(own_machine_only=False, memory_mb=1000)
    return Admission(limits, lambda: 10**12, lambda: 0)


async def test_a_session_of_this_node_as_it_is_typed(two: Two) -> None:
    session = await two.here.create(TOY)
    typed = f"{session.code[:3]}-{session.code[3:]}".lower()
    assert await find(two.here.as_cluster, typed) == Here(session)


async def test_a_session_of_another_node_with_its_address(two: Two) -> None:
    code = (await two.there.create(TOY)).code
    found = await find(two.here.as_cluster, code.lower())
    assert isinstance(found, Elsewhere)
    assert (found.websocket, found.incarnation) == (f"wss://there.example/ws/{code}", two.there.incarnation)


@pytest.mark.parametrize("typed", ["AAAAAA", "nonsense", "", "../stats"])
async def test_a_code_that_nobody_has(two: Two, typed: str) -> None:
    assert await find(two.here.as_cluster, typed) == Nowhere()


async def test_a_lapsed_owner_means_try_again_and_then_the_new_owner(two: Two) -> None:
    code = (await two.there.create(TOY)).code
    two.there.shared.lapse(two.there.incarnation)
    assert await find(two.here.as_cluster, code) == TryAgain()
    await two.here.store.directory.claim(code, two.there.incarnation, two.here.incarnation)
    assert await find(two.here.as_cluster, code) == TryAgain(), "claimed, and not restored yet"
    two.here.node.sessions[code] = two.there.node.sessions[code]
    assert isinstance(await find(two.here.as_cluster, code), Here)


async def test_nothing_is_here_without_a_lease_of_ones_own(two: Two) -> None:
    session = await two.here.create(TOY)
    two.here.is_active = False
    assert await find(two.here.as_cluster, session.code) == TryAgain()
    assert await find(two.here.as_cluster, "nonsense") == Nowhere()


async def test_a_store_that_is_away_or_hangs_means_try_again(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    two.here.shared.is_away = True
    assert await find(two.here.as_cluster, "AAAAAA") == TryAgain()

    async def hang(self: object, code: str) -> str | None:
        await asyncio.Event().wait()
        raise AssertionError("never set")

    monkeypatch.setattr(type(two.here.store.directory), "owner_of", hang)
    monkeypatch.setattr("tickroom.server.shell.cluster.whereabouts.LOOK_UP_TIMEOUT_S", 0.01)
    assert await find(two.here.as_cluster, "AAAAAA") == TryAgain()


async def test_a_node_that_joined_after_the_nodes_were_viewed_is_found(two: Two) -> None:
    old = await two.here.view_nodes()
    third = Member(toy_node(), two.here.shared, "third", "http://third.example")
    await third.join()

    async def view_nodes() -> object:
        return old

    two.here.view_nodes = view_nodes  # type: ignore[method-assign, assignment]
    found = await find(two.here.as_cluster, (await third.create(TOY)).code)
    assert isinstance(found, Elsewhere)
    assert found.incarnation == third.incarnation


async def test_of_many_guesses_at_once_each_counts_before_the_next_is_looked_at(two: Two) -> None:
    limited = admission(unknown_codes=3)
    really = two.here.store.directory.owner_of

    async def over_a_network(code: str) -> str | None:
        await asyncio.sleep(0)
        return await really(code)

    two.here.store.directory.owner_of = over_a_network  # type: ignore[method-assign]
    guesses = [f"AAAAA{letter}" for letter in "ABCDEFGHJK"]
    found = await asyncio.gather(*(look_up(two.here.node, guess, limited, "guesser") for guess in guesses))
    assert found[:3] == [Nowhere()] * 3
    assert all(isinstance(one, Refusal) and one.reason is Reason.UNKNOWN_CODES for one in found[3:])
    session = await two.here.create(TOY)
    assert await look_up(two.here.node, session.code, limited, "somebody else") == Here(session)
    assert isinstance(await look_up(two.here.node, session.code, limited, "guesser"), Refusal)


async def test_codes_that_exist_count_for_nothing_wherever_they_are(two: Two) -> None:
    limited = admission(unknown_codes=1)
    there, here = (await two.there.create(TOY)).code, (await two.here.create(TOY)).code
    for code in [there, here] * 5:
        assert isinstance(await look_up(two.here.node, code, limited, "classroom"), Here | Elsewhere)
    two.here.shared.is_away = True
    for _ in range(5):
        assert await look_up(two.here.node, "AAAAAA", limited, "classroom") == TryAgain(), "not known to be unknown"
    two.here.shared.is_away = False
    assert await look_up(two.here.node, "AAAAAA", limited, "classroom") == Nowhere()


async def test_a_node_by_itself_waits_for_nothing() -> None:
    node = toy_node()
    session = node.create(TOY)
    for code, expected in ((session.code, Here(session)), ("AAAAAA", Nowhere())):
        looking = look_up(node, code, admission(unknown_codes=5), "anybody")
        with pytest.raises(StopIteration) as said:
            looking.send(None)  # the first step is the last: the event loop is never asked
        assert said.value.value == expected
