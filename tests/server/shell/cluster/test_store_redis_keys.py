"""What lies in Redis: nothing for ever, nothing half done that hurts, nothing old in place of something newer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.server.shell.cluster.backends import LEASE_MS, RedisBackend, entry_of
from tests.server.shell.cluster.redis_server import RedisServer
from tickroom.server.shell.cluster import keys, redis_scripts
from tickroom.server.shell.cluster.interface import Directory, NoAnswer, NodeLoad, Store
from tickroom.server.shell.cluster.redis_directory import RedisDirectory
from tickroom.server.shell.cluster.redis_link import RedisLink


@pytest.fixture
async def shared(redis: RedisServer) -> AsyncIterator[RedisBackend]:
    """One Redis, looked into from beside."""
    backend = RedisBackend(redis)
    yield backend
    await backend.close()


@pytest.fixture
async def store(shared: RedisBackend) -> Store:
    """A node's."""
    return await shared.store()


def link_of(directory: Directory) -> RedisLink:
    assert isinstance(directory, RedisDirectory)
    return directory._link


async def lifetimes_ms(shared: RedisBackend) -> dict[str, int]:
    names = [name.decode() for name in await shared.command("KEYS", "*")]
    return {name: await shared.command("PTTL", name) for name in names}


async def test_every_key_goes_by_itself_some_day(shared: RedisBackend, store: Store) -> None:
    await store.directory.register(entry_of("a"), LEASE_MS)
    await store.journal("a").append(1, b"one")
    await store.directory.reserve("AAAAAA", "a", b"one")
    await store.directory.post_listings("a", b"listings", LEASE_MS)
    with pytest.raises(NoAnswer):
        await store.inbox.ask("a", b"question", 0.05)
    await store.directory.renew("a", NodeLoad(), LEASE_MS)

    lifetimes = await lifetimes_ms(shared)
    assert keys.sessions("a") in lifetimes
    assert all(ms > 0 for ms in lifetimes.values()), lifetimes
    assert lifetimes[keys.session("AAAAAA")] < lifetimes[keys.journal("a")]  # never a session without its records


async def test_nothing_is_left_of_who_is_forgotten(shared: RedisBackend, store: Store) -> None:
    async def answer(question: bytes) -> bytes:
        return question

    await store.directory.register(entry_of("a"), LEASE_MS)
    serving = asyncio.create_task(store.inbox.serve("a", answer))
    assert await store.inbox.ask("a", b"question", 10) == b"question"
    serving.cancel()
    await store.journal("a").append(1, b"one")
    await store.directory.reserve("AAAAAA", "a", b"one")
    await store.directory.remove("AAAAAA", "a")
    await store.directory.post_listings("a", b"listings", LEASE_MS)
    await store.directory.retire("a")
    assert await store.directory.forget("a")
    assert await lifetimes_ms(shared) == {}


async def test_a_checkpoint_that_was_long_under_way_does_not_replace_a_newer_one(store: Store) -> None:
    """A time-out leaves the first in some buffer; the next one overtakes it on a new connection."""
    await store.directory.reserve("AAAAAA", "a", b"first")
    link, place = link_of(store.directory), [keys.session("AAAAAA")]
    before_us = link_clock(store.directory)
    assert await store.journal("a").checkpoint("AAAAAA", b"newer")
    assert await link.run(redis_scripts.CHECKPOINT, place, "a", before_us, keys.SESSION_KEPT_MS, b"late") == 1
    assert await store.directory.claim("AAAAAA", "a", "b") == b"newer"
    assert await store.directory.claim("AAAAAA", "b", "a") == b"newer"
    assert await link.run(redis_scripts.CHECKPOINT, place, "a", before_us, keys.SESSION_KEPT_MS, b"late") == 1
    assert await store.directory.claim("AAAAAA", "a", "c") == b"newer"


def link_clock(directory: Directory) -> int:
    assert isinstance(directory, RedisDirectory)
    return directory._now_us()


async def test_a_renewal_puts_back_what_the_list_of_nodes_has_lost(shared: RedisBackend, store: Store) -> None:
    """In a Redis Cluster another shard has it than the lease, and shards fail over one by one."""
    await store.directory.register(entry_of("a"), LEASE_MS)
    await shared.command("DEL", keys.ENTRIES, keys.LOADS, keys.DUE)
    await store.directory.renew("a", NodeLoad(players=1), LEASE_MS)
    assert [view.load.players for view in await store.directory.nodes()] == [1]
    await shared.lapse("a")
    assert await store.directory.lapsed() == ["a"]


async def test_a_node_whose_words_are_not_understood_does_the_others_no_harm(
    shared: RedisBackend, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "odd", "hazy"):
        await store.directory.register(entry_of(name), LEASE_MS)
    await shared.command("HSET", keys.ENTRIES, "odd", b"\x91\xa1x")
    await shared.command("HSET", keys.LOADS, "hazy", b"\xc1")
    for _ in range(3):
        assert [view.entry.incarnation for view in await store.directory.nodes()] == ["a"]
    assert sorted(record.getMessage().split()[3] for record in caplog.records) == ["hazy", "odd"]


async def test_a_checkpoint_puts_back_what_the_set_of_sessions_has_lost(shared: RedisBackend, store: Store) -> None:
    await store.directory.reserve("AAAAAA", "a", b"one")
    await shared.command("DEL", keys.sessions("a"))
    assert await store.journal("a").checkpoint("AAAAAA", b"two")
    assert await store.directory.sessions_of("a") == ["AAAAAA"]


async def test_a_hint_that_is_out_of_date_does_not_make_a_node_lapse(shared: RedisBackend, store: Store) -> None:
    await store.directory.register(entry_of("a"), LEASE_MS)
    await shared.command("ZADD", keys.DUE, 1, "a")
    assert await store.directory.lapsed() == []
    assert [view.entry.incarnation for view in await store.directory.nodes()] == ["a"]


class Crashed(Exception):
    """The node ends here."""


class CrashingLink(RedisLink):
    """Ends the node before its n-th word to Redis."""

    def __init__(self, link: RedisLink, words: int) -> None:
        self.__dict__.update(link.__dict__)
        self.words_left = words

    def _answered(self):  # type: ignore[no-untyped-def]
        if self.words_left == 0:
            raise Crashed
        self.words_left -= 1
        return super()._answered()


Step = Callable[[RedisDirectory], Awaitable[object]]
STEPS: dict[str, Step] = {
    "register": lambda directory: directory.register(entry_of("new"), 1),
    "renew": lambda directory: directory.renew("by", NodeLoad(), LEASE_MS),
    "retire": lambda directory: directory.retire("by"),
    "reserve": lambda directory: directory.reserve("BBBBBB", "by", b"two"),
    "reserve what is taken": lambda directory: directory.reserve("AAAAAA", "by", b"two"),
    "claim": lambda directory: directory.claim("AAAAAA", "dead", "by"),
    "claim in vain": lambda directory: directory.claim("AAAAAA", "other", "by"),
    "remove": lambda directory: directory.remove("CCCCCC", "by"),
    "forget": lambda directory: directory.forget("dead"),
}


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_between_two_words_to_redis_loses_no_session(
    shared: RedisBackend, store: Store, step: str
) -> None:
    """Whoever comes after finds each session that there is through its owner's set, and is rid of the dead at last."""
    crashes = 0
    while True:
        await shared.command("FLUSHALL")
        directory = store.directory
        assert isinstance(directory, RedisDirectory)
        for name in ("by", "dead"):
            await directory.register(entry_of(name), LEASE_MS)
        await directory.reserve("AAAAAA", "dead", b"one")
        await directory.reserve("CCCCCC", "by", b"three")
        await shared.lapse("dead")
        dying = RedisDirectory(CrashingLink(link_of(directory), crashes), directory._now_us)
        try:
            await STEPS[step](dying)
        except Crashed:
            crashes += 1
        else:
            break
        await after_the_crash(shared, directory)
    assert crashes >= 2  # else nothing was shown: it was done in one word


async def after_the_crash(shared: RedisBackend, directory: Directory) -> None:
    for name in ("by", "new"):
        await shared.command("PEXPIRE", keys.lease(name), 0)
    if await shared.command("ZSCORE", keys.DUE, "by") is not None:
        await shared.lapse("by")
    await directory.register(entry_of("survivor"), LEASE_MS)
    there = [code for code in ("AAAAAA", "BBBBBB", "CCCCCC") if await directory.owner_of(code) is not None]
    await asyncio.sleep(0.002)  # "new" had a lease of 1 ms, and its hint is due as late
    dead = await directory.lapsed()
    taken = []
    for name in dead:
        for code in await directory.sessions_of(name):
            if await directory.claim(code, name, "survivor") is not None:
                taken.append(code)
        assert await directory.forget(name)
    assert sorted(taken) == there
    assert await directory.lapsed() == []
    left = {name for name in await lifetimes_ms(shared) if "dead" in name or "{by}" in name or "new" in name}
    assert left == set()
