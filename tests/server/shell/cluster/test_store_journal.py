"""The journal and its fence; each promise shown of both backends."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.shell.cluster.backends import LEASE_MS, Backend, entry_of
from tickroom.server.shell.cluster.interface import Fenced, JournalGap, NodeLoad, Store


async def read(store: Store, incarnation: str, after: int = 0) -> list[tuple[int, bytes]]:
    return [one async for one in store.journal("reader").read(incarnation, after)]


@pytest.fixture
async def registered(store: Store) -> Store:
    """A node with the incarnation "a"."""
    await store.directory.register(entry_of("a"), LEASE_MS)
    return store


async def test_records_are_read_in_order_by_another(registered: Store, other_store: Store) -> None:
    blobs = [b"", b"\x00\xff\r\n", b"x" * 70_000]
    for sequence, blob in enumerate(blobs, start=1):
        await registered.journal("a").append(sequence, blob)
    assert await read(other_store, "a") == list(enumerate(blobs, start=1))
    assert await read(other_store, "a", after=2) == [(3, blobs[2])]
    assert await read(other_store, "a", after=3) == []
    assert await read(other_store, "nobody") == []


async def test_thousands_of_records_are_read_page_by_page(registered: Store, other_store: Store) -> None:
    journal = registered.journal("a")
    records = [(sequence, b"%d" % sequence) for sequence in range(1, 3001)]
    for sequence, record in records:
        await journal.append(sequence, record)
    assert await read(other_store, "a") == records
    assert await read(other_store, "a", after=1234) == records[1234:]
    await journal.trim(2990)
    assert await read(other_store, "a") == records[2989:]


async def test_who_has_lapsed_appends_nothing(backend: Backend, registered: Store, other_store: Store) -> None:
    journal = registered.journal("a")
    await journal.append(1, b"one")
    await backend.lapse("a")
    for is_after_gap in (False, True):
        with pytest.raises(Fenced):
            await journal.append(2, b"two", is_after_gap=is_after_gap)
    with pytest.raises(Fenced):
        await journal.append(1, b"one")
    assert await read(other_store, "a") == [(1, b"one")]


async def test_a_lease_that_runs_out_by_itself_fences_too(backend: Backend, store: Store) -> None:
    await store.directory.register(entry_of("short"), 200)
    journal = store.journal("short")
    await journal.append(1, b"one")
    await backend.pass_ms(250)
    with pytest.raises(Fenced):
        await journal.append(2, b"two")
    assert await read(store, "short") == [(1, b"one")]


async def test_who_appends_keeps_the_lease(backend: Backend, store: Store) -> None:
    """A node that has too much to do for renewals is alive all the same."""
    await store.directory.register(entry_of("busy"), 400)
    journal = store.journal("busy")
    for number in range(1, 5):
        await backend.pass_ms(150)
        await journal.append(number, b"x")
        await journal.append(number, b"x")
    await store.directory.renew("busy", NodeLoad(), 700)
    await journal.append(5, b"x")
    await backend.pass_ms(500)
    await journal.append(6, b"x")
    await backend.pass_ms(800)
    with pytest.raises(Fenced):
        await journal.append(7, b"x")


async def test_what_is_refused_renews_nothing(backend: Backend, store: Store) -> None:
    await store.directory.register(entry_of("short"), 300)
    journal = store.journal("short")
    await backend.pass_ms(200)
    with pytest.raises(JournalGap):
        await journal.append(9, b"x")
    await backend.pass_ms(150)
    with pytest.raises(Fenced):
        await journal.append(1, b"x")


async def test_who_has_lapsed_trims_nothing(backend: Backend, registered: Store, other_store: Store) -> None:
    """Others read it by then, for sessions that it may think to have given away long ago."""
    journal = registered.journal("a")
    for number in (1, 2, 3):
        await journal.append(number, b"%d" % number)
    await backend.lapse("a")
    await journal.trim(3)
    assert [number for number, _ in await read(other_store, "a")] == [1, 2, 3]


async def test_records_under_way_at_once_are_kept_in_order(registered: Store) -> None:
    journal = registered.journal("a")
    await asyncio.gather(*(journal.append(number, b"%d" % number) for number in range(1, 30)))
    assert await read(registered, "a") == [(number, b"%d" % number) for number in range(1, 30)]


async def test_who_never_registered_is_fenced(store: Store) -> None:
    with pytest.raises(Fenced):
        await store.journal("nobody").append(1, b"one")
    assert await read(store, "nobody") == []


async def test_the_same_sequence_again_changes_nothing(registered: Store) -> None:
    journal = registered.journal("a")
    await journal.append(1, b"one")
    await journal.append(1, b"one")
    await journal.append(2, b"two")
    await journal.append(2, b"two")
    assert await read(registered, "a") == [(1, b"one"), (2, b"two")]


@pytest.mark.parametrize("sequence", [1, 2, 5])
async def test_a_sequence_out_of_order_is_a_gap(registered: Store, sequence: int) -> None:
    journal = registered.journal("a")
    for number in (1, 2, 3):
        await journal.append(number, b"%d" % number)
    with pytest.raises(JournalGap):
        await journal.append(sequence, b"other")
    assert [number for number, _ in await read(registered, "a")] == [1, 2, 3]


async def test_lost_records_are_a_gap_until_it_is_said_to_be_mended(backend: Backend, registered: Store) -> None:
    journal = registered.journal("a")
    for number in range(1, 7):
        await journal.append(number, b"%d" % number)
    await backend.lose_records("a", after=3)

    for _ in range(2):
        with pytest.raises(JournalGap):
            await journal.append(7, b"7")
    await journal.append(7, b"7", is_after_gap=True)
    await journal.append(8, b"8")

    assert [number for number, _ in await read(registered, "a")] == [1, 2, 3, 7, 8]


async def test_losing_the_newest_record_alone_is_mended_by_sending_it_again(
    backend: Backend, registered: Store
) -> None:
    journal = registered.journal("a")
    for number in (1, 2, 3):
        await journal.append(number, b"%d" % number)
    await backend.lose_records("a", after=2)
    await journal.append(3, b"3")
    assert [number for number, _ in await read(registered, "a")] == [1, 2, 3]


async def test_a_gap_before_the_first_record(registered: Store) -> None:
    journal = registered.journal("a")
    with pytest.raises(JournalGap):
        await journal.append(2, b"two")
    await journal.append(9, b"nine", is_after_gap=True)
    assert await read(registered, "a") == [(9, b"nine")]


async def test_is_after_gap_without_a_gap_is_an_append(registered: Store) -> None:
    await registered.journal("a").append(1, b"one", is_after_gap=True)
    assert await read(registered, "a") == [(1, b"one")]


async def test_a_checkpoint_is_kept_for_the_owner_alone(registered: Store, other_store: Store) -> None:
    await registered.directory.reserve("AAAAAA", "a", b"first")
    assert await registered.journal("a").checkpoint("AAAAAA", b"second")
    assert not await other_store.journal("b").checkpoint("AAAAAA", b"forged")
    assert await other_store.directory.claim("AAAAAA", "a", "b") == b"second"

    assert not await registered.journal("a").checkpoint("AAAAAA", b"stale")
    assert await other_store.journal("b").checkpoint("AAAAAA", b"third")
    assert await registered.directory.claim("AAAAAA", "b", "c") == b"third"


async def test_several_checkpoints_are_kept_each_for_its_owner_alone(registered: Store, other_store: Store) -> None:
    codes = [f"{letter * 6}" for letter in "ABCD"]
    for code in codes:
        await registered.directory.reserve(code, "a", b"first")
    await other_store.directory.claim("BBBBBB", "a", "b")
    lost = await registered.journal("a").checkpoint_all({code: code.encode() for code in [*codes, "EEEEEE"]})
    assert sorted(lost) == ["BBBBBB", "EEEEEE"]
    assert await other_store.directory.claim("BBBBBB", "b", "b") == b"first"
    assert await other_store.directory.claim("DDDDDD", "a", "b") == b"DDDDDD"
    assert await registered.journal("a").checkpoint_all({"AAAAAA": b"newer"}) == []


async def test_no_checkpoint_of_a_session_that_is_not_there(registered: Store) -> None:
    assert not await registered.journal("a").checkpoint("AAAAAA", b"one")
    assert await registered.directory.owner_of("AAAAAA") is None


async def test_trim_keeps_the_sequence_it_names_and_the_order(registered: Store) -> None:
    journal = registered.journal("a")
    for number in range(1, 6):
        await journal.append(number, b"%d" % number)
    await journal.trim(4)
    await journal.trim(2)
    assert [number for number, _ in await read(registered, "a")] == [4, 5]
    await journal.trim(100)
    assert await read(registered, "a") == []
    await journal.append(6, b"6")
    assert [number for number, _ in await read(registered, "a", after=4)] == [6]


async def test_trimming_a_journal_that_is_empty(registered: Store) -> None:
    await registered.journal("a").trim(5)
    assert await read(registered, "a") == []
