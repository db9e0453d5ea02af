"""What one append costs a node: it is on the way of every tick. `pytest -m benchmark -s` prints the table."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest
import uvloop

from tests.server.shell.cluster.backends import LEASE_MS, entry_of
from tests.server.shell.cluster.redis_server import RedisServer
from tickroom.server.shell.cluster import keys, redis_scripts
from tickroom.server.shell.cluster.connecting import open_store
from tickroom.server.shell.cluster.interface import Journal
from tickroom.server.shell.cluster.redis_directory import RedisDirectory

WAYS = ("begun at once", "own connection", "through the pool")
SIZES_KB = (1, 10, 60)
APPENDS = 400
PER_SECOND = 120  # the most that a node asks for: four phases at 30 Hz

Append = Callable[[int, bytes], Awaitable[object]]


class Cost(NamedTuple):
    """Of one append, in microseconds: CPU of the asking thread, and the time until it is answered."""

    cpu: float
    p50: float
    p99: float


async def measure(append: Append, size_kb: int, pause_s: float) -> Cost:
    blob = b"\x7f" * (size_kb * 1024)
    waits, cpu_ns = [], 0
    await append(1, blob)  # not counted: it connects, and sends the script
    for sequence in range(2, APPENDS + 2):
        await asyncio.sleep(pause_s)
        cpu_from, from_ns = time.thread_time_ns(), time.perf_counter_ns()
        await append(sequence, blob)
        waits.append((time.perf_counter_ns() - from_ns) / 1000)
        cpu_ns += time.thread_time_ns() - cpu_from
    waits.sort()
    return Cost(cpu_ns / 1000 / APPENDS, statistics.median(waits), waits[int(APPENDS * 0.99)])


async def measure_all(redis: RedisServer) -> dict[tuple[str, int, str], Cost]:
    """By way, size and pace."""
    costs = {}
    for pace, pause_s in (("back to back", 0.0), (f"{PER_SECOND} a second", 1 / PER_SECOND)):
        for size_kb in SIZES_KB:
            for way in WAYS:
                store = await open_store(redis.url)
                name = f"{way.split()[0]}{size_kb}{pace.split()[0]}"
                await store.directory.register(entry_of(name), LEASE_MS)
                journal = store.journal(name)
                append: Append = journal.append
                if way == "begun at once":
                    append = begun(journal)
                elif way == "through the pool":
                    append = through_the_pool(store.directory, name)
                costs[way, size_kb, pace] = await measure(append, size_kb, pause_s)
                await journal.trim(APPENDS + 10)
                await store.close()
    return costs


def begun(journal: Journal) -> Append:
    """As the outbox does it, but for the future that is waited for here."""

    async def append(sequence: int, blob: bytes) -> None:
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if not journal.append_now(sequence, blob, kept.set_result):
            await journal.append(sequence, blob)  # the first: nothing is connected yet
            return
        assert await kept

    return append


def through_the_pool(directory: object, name: str) -> Append:
    """The same script by redis-py's usual way, to compare."""
    assert isinstance(directory, RedisDirectory)
    link = directory._link

    async def append(sequence: int, blob: bytes) -> object:
        place = [keys.lease(name), keys.journal(name)]
        return await link.run(redis_scripts.APPEND, place, sequence, 0, keys.JOURNAL_KEPT_MS, blob)

    return append


@pytest.mark.benchmark
def test_an_append_costs_a_node_little(redis: RedisServer, capsys: pytest.CaptureFixture[str]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        costs = runner.run(measure_all(redis))
    with capsys.disabled():
        print(f"\n{'':18}{'':16}{'KB':>4}{'cpu us':>9}{'p50 us':>9}{'p99 us':>9}")
        for (way, size_kb, pace), cost in costs.items():
            print(f"{way:18}{pace:16}{size_kb:4}{cost.cpu:9.0f}{cost.p50:9.0f}{cost.p99:9.0f}")
    for size_kb in SIZES_KB:
        at_once, own, pool = (costs[way, size_kb, "back to back"] for way in WAYS)
        assert at_once.cpu < pool.cpu
        assert own.cpu < pool.cpu
