"""The rights that docs/operations.md gives a node in Redis are enough for all that a node does, and for little more."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, ResponseError

from tests.server.shell.cluster.redis_server import RedisServer, redis_running
from tickroom.server.shell.cluster.connecting import open_store
from tickroom.server.shell.cluster.interface import NodeEntry, NodeLoad, Store

LEASE_MS = 60_000
NOBODY = "user default on nopass -@all +ping"  # redis_running asks whether it answers


@pytest.fixture
def rights(repository: Path) -> str:
    """The user as the page has it."""
    page = (repository / "docs" / "operations.md").read_text()
    (line,) = re.findall(r"<!-- acl: .*?-->\n```\n(user .*?)\n```\n<!-- /acl -->", page, re.DOTALL)
    assert isinstance(line, str)
    return line


@pytest.fixture
def server(rights: str, tmp_path: Path) -> Iterator[RedisServer]:
    users = tmp_path / "users.acl"
    users.write_text(f"{NOBODY}\n{rights}\n")
    with redis_running(tmp_path, "--aclfile", str(users)) as running:
        yield running


def url_of(server: RedisServer) -> str:
    return f"redis://tickroom:PASSWORD@127.0.0.1:{server.port}/0"


async def do_all(store: Store) -> None:
    """Everything that a node does with its store."""
    directory = store.directory
    for name in ("ann-1", "bob-1"):
        await directory.register(NodeEntry(name, name[:3], "http://127.0.0.1:1", "1", 1, {}), LEASE_MS)
    await directory.renew("ann-1", NodeLoad(), LEASE_MS)
    assert [view.entry.name for view in await directory.nodes()] == ["ann", "bob"]
    assert await directory.reserve("K7P2QX", "ann-1", b"checkpoint")
    assert await directory.reclaim("K7P2QY", "ann-1", b"checkpoint")
    await directory.remove("K7P2QY", "ann-1")
    await directory.post_listings("ann-1", b"listings", LEASE_MS)
    assert await directory.listings() == {"ann-1": b"listings"}

    journal = store.journal("ann-1")
    for sequence in (1, 2, 3):
        await journal.append(sequence, b"record")
    assert await journal.checkpoint("K7P2QX", b"newer")
    await journal.trim(3)
    assert [sequence async for sequence, _ in journal.read("ann-1", 0)] == [3]

    async def answer(question: bytes) -> bytes:
        return question.upper()

    serving = asyncio.create_task(store.inbox.serve("bob-1", answer))
    assert await store.inbox.ask("bob-1", b"well?", 5) == b"WELL?"
    serving.cancel()
    await asyncio.wait([serving])

    await directory.retire("ann-1")
    assert await directory.lapsed() == ["ann-1"]
    assert await directory.sessions_of("ann-1") == ["K7P2QX"]
    assert await directory.claim("K7P2QX", "ann-1", "bob-1") == b"newer"
    assert await directory.owner_of("K7P2QX") == "bob-1"
    assert await directory.forget("ann-1")


async def test_a_node_may_do_all_that_it_does(server: RedisServer) -> None:
    store = await open_store(url_of(server))
    try:
        await do_all(store)
    finally:
        await store.close()


@pytest.mark.parametrize(
    "command",
    [("FLUSHALL",), ("KEYS", "*"), ("CONFIG", "GET", "*"), ("SHUTDOWN",), ("ACL", "LIST"), ("GET", "another:key")],
)
async def test_and_nothing_else(server: RedisServer, command: tuple[str, ...]) -> None:
    client = Redis.from_url(url_of(server))
    try:
        with pytest.raises(NoPermissionError):
            await client.execute_command(*command)  # type: ignore[no-untyped-call]
    finally:
        await client.aclose()


async def test_a_right_too_few_is_noticed(rights: str, tmp_path: Path) -> None:
    users = tmp_path / "users.acl"
    users.write_text(f"{NOBODY}\n{rights} -@stream\n")
    with redis_running(tmp_path, "--aclfile", str(users)) as server:
        store = await open_store(url_of(server))
        try:
            with pytest.raises(ResponseError, match="can't run this command"):
                await do_all(store)
        finally:
            await store.close()
