"""A node's own view of its lease: it ends no later than the store's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import cast

import pytest

from tests.server.shell.cluster.backends import LEASE_MS, entry_of
from tickroom.server.shell.cluster.interface import Journal, StoreAway
from tickroom.server.shell.cluster.lease import Lease, LeasedJournal, now_s
from tickroom.server.shell.cluster.memory import MemoryStore


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_it_counts_from_when_the_renewal_was_sent() -> None:
    clock = Clock()
    lease = Lease(1.5, clock)
    assert not lease.is_held
    sent_s = lease.now()
    clock.now_s += 1.0  # the answer took its time
    lease.renewed(sent_s)
    assert lease.is_held
    assert lease.left_s == pytest.approx(0.5)
    clock.now_s += 0.5
    assert not lease.is_held
    assert lease.left_s == 0


def test_an_answer_that_comes_late_takes_nothing_back() -> None:
    clock = Clock()
    lease = Lease(1.5, clock)
    lease.renewed(100.0)
    lease.renewed(99.0)
    assert lease.left_s == pytest.approx(1.5)


def test_nothing_is_valid_after_a_pause_or_when_it_was_given_up() -> None:
    clock = Clock()
    lease = Lease(1.5, clock)
    lease.renewed(100.0)
    clock.now_s += 60  # the process was stopped
    assert not lease.is_held
    lease.renewed(clock.now_s)
    assert lease.is_held
    lease.give_up()
    assert not lease.is_held


def test_the_clock_goes_on_while_nothing_runs() -> None:
    before_s = now_s()
    time.sleep(0.01)  # that it counts sleep is what is shown
    assert now_s() - before_s >= 0.01


async def test_a_record_that_was_kept_before_a_pause_is_not_said_to_be_kept_after_it() -> None:
    shared, clock = MemoryStore(lambda: 1), Clock()
    store, lease = shared.store(), Lease(1.5, clock)
    await store.directory.register(entry_of("a"), LEASE_MS)
    lease.renewed(lease.now())
    journal = LeasedJournal(store.journal("a"), lease)
    await journal.append(1, b"told")
    clock.now_s += 2
    with pytest.raises(StoreAway):
        await journal.append(2, b"not told")
    lease.renewed(lease.now())
    await journal.append(2, b"not told")  # the store gave the lease all along: it may be told now
    assert [record async for record in journal.read("a", 0)] == [(1, b"told"), (2, b"not told")]
    async with asyncio.timeout(1):
        await journal.trim(2)


async def test_who_appends_has_the_lease_anew_from_when_it_was_sent() -> None:
    shared, clock = MemoryStore(lambda: 1), Clock()
    store, lease = shared.store(), Lease(1.5, clock)
    await store.directory.register(entry_of("a"), LEASE_MS)
    lease.renewed(lease.now())
    journal = LeasedJournal(store.journal("a"), lease)
    for number in range(1, 5):
        clock.now_s += 1
        await journal.append(number, b"x")
        assert lease.left_s == pytest.approx(1.5)


async def test_an_append_gives_nothing_back_that_was_given_up() -> None:
    shared, clock = MemoryStore(lambda: 1), Clock()
    store, lease = shared.store(), Lease(1.5, clock)
    await store.directory.register(entry_of("a"), LEASE_MS)
    lease.renewed(lease.now())
    journal = LeasedJournal(store.journal("a"), lease)
    lease.give_up()
    with pytest.raises(StoreAway):
        await journal.append(1, b"x")
    assert not lease.is_held


class Begun:
    """In place of a journal: the test says when a record that was begun is answered."""

    def __init__(self) -> None:
        self.answered: Callable[[bool], None] = lambda _: None
        for name in ("checkpoint", "checkpoint_all", "trim", "look"):
            setattr(self, name, None)

    def append_now(self, _sequence: int, _record: bytes, answered: Callable[[bool], None]) -> bool:
        self.answered = answered
        return True


@pytest.mark.parametrize(
    ("waits_s", "is_kept", "heard", "left_s"),
    [(0.5, True, True, 1.0), (0.5, False, False, 0.5), (1.5, True, False, 0.0)],
    ids=["kept", "not kept", "kept before a pause"],
)
def test_a_record_that_was_begun_is_judged_when_it_is_answered(
    waits_s: float, is_kept: bool, heard: bool, left_s: float
) -> None:
    begun, clock, answers = Begun(), Clock(), list[bool]()
    lease = Lease(1.5, clock)
    lease.renewed(lease.now() - 0.5)
    assert LeasedJournal(cast(Journal, begun), lease).append_now(1, b"x", answers.append)
    clock.now_s += waits_s
    begun.answered(is_kept)
    assert answers == [heard]
    assert lease.left_s == pytest.approx(left_s)
