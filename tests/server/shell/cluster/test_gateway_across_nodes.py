"""Sockets on several nodes of one cluster: who comes to the wrong one is told where to go, and the lobby shows all."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.server.shell.cluster.members import Served, served
from tests.server.shell.talking import CLOSING, Talker
from tickroom.server.shell.cluster.memory import MemoryStore
from tickroom.server.shell.limits.settings import Limits

LISTED, CHANGED = 21, 22


@pytest.fixture(params=[True, False], ids=["fast", "plain"])
async def nodes(request: pytest.FixtureRequest) -> AsyncIterator[list[Served]]:
    async with served(MemoryStore(), "one", "two", fast_path=request.param) as both:
        yield both


async def told(node: Served, code: str) -> tuple[tuple[int, str], list[list[Any]]]:
    """What somebody hears who asks a node for a session that is not there: the close, and what was said before."""
    async with node.talker(code) as talker:
        return await talker.closed(), talker.heard


async def test_at_the_wrong_node_one_is_told_where_to_go_and_gets_in_there(nodes: list[Served]) -> None:
    one, two = nodes
    code = await two.create_here()
    url = f"{two.url.replace('http', 'ws')}/ws/{code}"
    assert await told(one, code.lower()) == ((4016, "moved"), [[CLOSING, 4016, "moved", True, url]])
    async with Talker(url.removesuffix(f"/ws/{code}"), code) as talker:
        assert (await talker.hello())[1] == code
    assert one.node.statistics.closes == {"moved": 1}
    assert one.node.connection_count == 0


async def test_an_owner_that_lapsed_means_try_again_later(nodes: list[Served]) -> None:
    one, two = nodes
    code = await two.create_here()
    await two.die()
    assert (await told(one, code))[0] == (1013, "try_again_later")


async def test_without_the_store_ones_own_sessions_alone_are_known(nodes: list[Served]) -> None:
    one, two = nodes
    own, other = await one.create_here(), await two.create_here()
    one.member.shared.is_away = True
    assert (await told(one, other))[0] == (1013, "try_again_later")
    async with one.talker(own) as talker:
        await talker.hello()
    one.member.is_active = False
    assert (await told(one, own))[0] == (1013, "try_again_later")


async def test_a_code_that_nobody_has_is_4004_and_counts() -> None:
    async with served(MemoryStore(), "one", "two", limits=Limits(unknown_codes_per_minute=2)) as (one, two):
        code = await two.create_here()
        for _ in range(4):
            assert (await told(one, code))[0] == (4016, "moved")
        for guess in ("AAAAAA", "nonsense"):
            assert (await told(one, guess))[0] == (4004, "no_such_session")
        for guess in ("BBBBBB", code):
            assert (await told(one, guess))[0] == (4029, "rate_limited")


async def test_a_node_that_shuts_down_still_says_where_others_sessions_are(nodes: list[Served]) -> None:
    one, two = nodes
    code = await two.create_here()
    one.node.closing = True
    assert (await told(one, code))[0] == (4016, "moved")
    assert (await told(one, "AAAAAA"))[0] == (4010, "shutting_down")


# --- the lobby --------------------------------------------------------------------------------------------------------


async def heard_of(talker: Talker, code: str) -> list[Any]:
    """The next listing of a session."""
    while True:
        for listing in (await talker.hear(CHANGED))[1]:
            if listing[0] == code:
                found: list[Any] = listing
                return found


async def test_one_subscription_shows_the_sessions_of_all_nodes_as_they_come_change_and_go(nodes: list[Served]) -> None:
    one, two = nodes
    first = await two.create_here()
    async with one.talker("lobby") as talker:
        whole = (await talker.hear(LISTED))[1]
        assert [listing[0] for listing in whole] in ([], [first])
        if not whole:
            await heard_of(talker, first)
        second = await one.create_here()
        await heard_of(talker, second)
        third = await two.create_here(options={"start": 9})
        assert (await heard_of(talker, third))[8]["start"] == 9
        async with two.talker(third) as player:
            await player.hello()
            while (await heard_of(talker, third))[4] != 1:
                pass
        del two.node.sessions[first]
        while first not in (await talker.hear(CHANGED))[2]:
            pass
        changed = [listing for message in talker.heard if message[0] == CHANGED for listing in message[1]]
        assert all(earlier != later for earlier, later in itertools.pairwise(changed)), "changes only"
        async with one.talker("lobby") as late:
            listed = [listing[0] for listing in (await late.hear(LISTED))[1]]
            assert sorted(listed) == sorted([second, third])


async def test_sessions_that_were_taken_over_are_never_told_to_be_gone(nodes: list[Served]) -> None:
    one, two = nodes
    kept, lost = await two.create_here(), await two.create_here()
    async with one.talker("lobby") as talker:
        seen = {listing[0] for listing in (await talker.hear(LISTED))[1]}
        while not seen >= {kept, lost}:
            seen |= {listing[0] for listing in (await talker.hear(CHANGED))[1]}
        await two.die()
        one.node.sessions[kept] = two.node.sessions[kept]
        while True:
            gone = (await talker.hear(CHANGED))[2]
            assert kept not in gone
            if lost in gone:
                break


async def test_others_listings_are_read_only_while_somebody_wants_to_know(nodes: list[Served]) -> None:
    one, two = nodes
    reads = 0
    really = one.member.store.directory.listings

    async def counted() -> dict[str, bytes]:
        nonlocal reads
        reads += 1
        return await really()

    one.member.store.directory.listings = counted  # type: ignore[method-assign]
    code = await one.create_here()
    async with one.talker(code) as talker:
        await talker.hello()
        assert (await one.http.get(f"/api/sessions/{code}")).status_code == 200
    assert reads == 0
    async with one.talker("lobby") as talker:
        await talker.hear(LISTED)
        assert reads > 0
        before = reads
        await heard_of(talker, await two.create_here())
    assert reads > before
