"""The directory: leases, owners, and who is there; each promise shown of both backends."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.shell.cluster.backends import LEASE_MS, Backend, entry_of
from tickroom.server.shell.cluster.interface import Fenced, NodeLoad, Store


async def test_who_registers_is_seen_with_entry_and_load(store: Store, other_store: Store) -> None:
    await store.directory.register(entry_of("b", "beta"), LEASE_MS)
    await other_store.directory.register(entry_of("a", "alpha"), LEASE_MS)
    load = NodeLoad(sessions=3, players=9, cpu_permille=250, is_draining=True)
    await store.directory.renew("b", load, LEASE_MS)

    alpha, beta = await other_store.directory.nodes()

    assert (alpha.entry, alpha.load) == (entry_of("a", "alpha"), NodeLoad())
    assert (beta.entry, beta.load) == (entry_of("b", "beta"), load)
    assert await store.directory.lapsed() == []


async def test_an_incarnation_registers_once(backend: Backend, store: Store, other_store: Store) -> None:
    await store.directory.register(entry_of("a"), LEASE_MS)
    with pytest.raises(ValueError, match="before"):
        await other_store.directory.register(entry_of("a"), LEASE_MS)
    await backend.lapse("a")
    with pytest.raises(ValueError, match="before"):
        await other_store.directory.register(entry_of("a"), LEASE_MS)
    with pytest.raises(Fenced):
        await store.directory.renew("a", NodeLoad(), LEASE_MS)


async def test_a_lease_runs_out_and_never_comes_back(backend: Backend, store: Store, other_store: Store) -> None:
    await store.directory.register(entry_of("a"), 200)
    await store.directory.renew("a", NodeLoad(), 300)
    await backend.pass_ms(350)

    assert await other_store.directory.nodes() == []
    assert await other_store.directory.lapsed() == ["a"]
    for _ in range(2):
        with pytest.raises(Fenced):
            await store.directory.renew("a", NodeLoad(), LEASE_MS)
    assert await other_store.directory.lapsed() == ["a"]


async def test_a_renewal_counts_from_now_on(backend: Backend, store: Store) -> None:
    await store.directory.register(entry_of("a"), 200)
    await store.directory.renew("a", NodeLoad(), LEASE_MS)
    await backend.pass_ms(250)
    assert [view.entry.incarnation for view in await store.directory.nodes()] == ["a"]
    assert await store.directory.lapsed() == []


async def test_renewing_what_never_was_is_fenced(store: Store) -> None:
    with pytest.raises(Fenced):
        await store.directory.renew("nobody", NodeLoad(), LEASE_MS)
    assert await store.directory.nodes() == []
    assert await store.directory.lapsed() == []


async def test_who_retires_has_lapsed_at_once(store: Store, other_store: Store) -> None:
    await store.directory.register(entry_of("a"), LEASE_MS)
    await store.directory.reserve("AAAAAA", "a", b"one")
    await store.directory.retire("a")

    assert await other_store.directory.nodes() == []
    assert await other_store.directory.lapsed() == ["a"]
    assert await other_store.directory.sessions_of("a") == ["AAAAAA"]
    with pytest.raises(Fenced):
        await store.directory.renew("a", NodeLoad(), LEASE_MS)


async def test_forget_waits_for_the_lease_and_for_the_last_session(
    backend: Backend, store: Store, other_store: Store
) -> None:
    for name in ("a", "b"):
        await store.directory.register(entry_of(name), LEASE_MS)
    await store.directory.reserve("AAAAAA", "a", b"one")
    await store.journal("a").append(1, b"record")
    assert not await other_store.directory.forget("a")  # it holds its lease
    await backend.lapse("a")
    assert not await other_store.directory.forget("a")  # it owns a session
    assert [one async for one in other_store.journal("b").read("a", 0)] == [(1, b"record")]

    assert await other_store.directory.claim("AAAAAA", "a", "b") == b"one"
    assert await other_store.directory.forget("a")
    assert await other_store.directory.forget("a")  # again: nothing is left, which is what was asked

    assert await other_store.directory.lapsed() == []
    assert [one async for one in other_store.journal("b").read("a", 0)] == []
    assert await other_store.directory.owner_of("AAAAAA") == "b"


async def test_a_code_is_reserved_once(store: Store, other_store: Store) -> None:
    for name in ("a", "b"):
        await store.directory.register(entry_of(name), LEASE_MS)
    assert await store.directory.owner_of("AAAAAA") is None
    tries = [(store, "a"), (other_store, "b")] * 25
    taken = await asyncio.gather(*(one.directory.reserve("AAAAAA", name, name.encode()) for one, name in tries))

    assert sum(taken) == 1
    winner = tries[taken.index(True)][1]
    loser = "b" if winner == "a" else "a"
    assert await store.directory.owner_of("AAAAAA") == winner
    assert await store.directory.sessions_of(winner) == ["AAAAAA"]
    assert await store.directory.sessions_of(loser) == []
    assert await store.directory.claim("AAAAAA", winner, loser) == winner.encode()


async def test_one_of_a_hundred_claimers_gets_it(backend: Backend, store: Store) -> None:
    stores = [await backend.store() for _ in range(10)]
    claimers = [f"claimer{number}" for number in range(100)]
    await store.directory.register(entry_of("dead"), LEASE_MS)
    await store.directory.reserve("AAAAAA", "dead", b"life")
    await backend.lapse("dead")

    got = await asyncio.gather(
        *(stores[number % 10].directory.claim("AAAAAA", "dead", name) for number, name in enumerate(claimers))
    )

    assert [one for one in got if one is not None] == [b"life"]
    winner = claimers[got.index(b"life")]
    assert await store.directory.owner_of("AAAAAA") == winner
    held = {name: await store.directory.sessions_of(name) for name in ["dead", *claimers]}
    assert held == {name: ["AAAAAA"] if name == winner else [] for name in held}


async def test_a_claim_from_the_wrong_holder_changes_nothing(store: Store) -> None:
    await store.directory.reserve("AAAAAA", "a", b"one")
    assert await store.directory.claim("AAAAAA", "b", "c") is None
    assert await store.directory.claim("NOBODY", "a", "c") is None
    assert await store.directory.owner_of("AAAAAA") == "a"
    assert await store.directory.sessions_of("a") == ["AAAAAA"]
    assert await store.directory.sessions_of("c") == []


async def test_who_asks_again_what_it_owns_gets_the_checkpoint(store: Store) -> None:
    """After StoreAway nobody knows whether the claim was done: the owner may claim from itself."""
    await store.directory.reserve("AAAAAA", "a", b"one")
    assert await store.directory.claim("AAAAAA", "a", "a") == b"one"
    assert await store.directory.claim("AAAAAA", "b", "a") is None
    assert await store.directory.sessions_of("a") == ["AAAAAA"]


async def test_a_session_that_moves_to_and_fro_stays_listed_where_it_is(store: Store, other_store: Store) -> None:
    await store.directory.reserve("AAAAAA", "a", b"one")
    for held_by, by in [("a", "b"), ("b", "a")] * 3:
        assert await other_store.directory.claim("AAAAAA", held_by, by) == b"one"
        assert await store.directory.sessions_of(by) == ["AAAAAA"]
        assert await store.directory.sessions_of(held_by) == []


async def test_a_session_is_removed_by_its_owner_alone(store: Store, other_store: Store) -> None:
    await store.directory.reserve("AAAAAA", "a", b"one")
    await other_store.directory.remove("AAAAAA", "b")
    assert await store.directory.owner_of("AAAAAA") == "a"
    await store.directory.remove("AAAAAA", "a")
    assert await store.directory.owner_of("AAAAAA") is None
    assert await store.directory.sessions_of("a") == []
    await store.directory.remove("AAAAAA", "a")
    assert await other_store.directory.reserve("AAAAAA", "b", b"two")


async def test_after_the_store_was_emptied_the_owner_reclaims(
    backend: Backend, store: Store, other_store: Store
) -> None:
    await store.directory.register(entry_of("a"), LEASE_MS)
    await store.directory.reserve("AAAAAA", "a", b"one")
    await backend.clear()

    with pytest.raises(Fenced):
        await store.directory.renew("a", NodeLoad(), LEASE_MS)
    assert await store.directory.owner_of("AAAAAA") is None
    await store.directory.register(entry_of("a2"), LEASE_MS)
    assert await store.directory.reclaim("AAAAAA", "a2", b"two")
    assert await store.directory.reclaim("AAAAAA", "a2", b"two")  # asked again after StoreAway
    assert not await other_store.directory.reclaim("AAAAAA", "b", b"other")
    assert await other_store.directory.sessions_of("a2") == ["AAAAAA"]
    assert await other_store.directory.sessions_of("b") == []
    assert await other_store.directory.claim("AAAAAA", "a2", "b") == b"two"


async def test_listings_are_gone_when_not_posted_again(backend: Backend, store: Store, other_store: Store) -> None:
    for name in ("a", "b"):
        await store.directory.register(entry_of(name), LEASE_MS)
    await store.directory.post_listings("a", b"old", LEASE_MS)
    await store.directory.post_listings("a", b"new", LEASE_MS)
    await store.directory.post_listings("b", b"short", 200)
    assert await other_store.directory.listings() == {"a": b"new", "b": b"short"}
    await backend.pass_ms(250)
    assert await other_store.directory.listings() == {"a": b"new"}


async def test_hundreds_of_calls_at_once_are_all_answered(store: Store) -> None:
    """As in a takeover; none is refused because the connections are all in use."""
    codes = [f"CODE{number}" for number in range(500)]
    assert all(await asyncio.gather(*(store.directory.reserve(code, "a", code.encode()) for code in codes)))
    taken = await asyncio.gather(*(store.directory.claim(code, "a", "b") for code in codes))
    assert taken == [code.encode() for code in codes]
    assert await store.directory.sessions_of("b") == sorted(codes)
