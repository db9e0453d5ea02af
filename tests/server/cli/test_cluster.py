"""`tickroom cluster` against a real Redis, with nodes that answer as real ones do."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from tests.server.shell.cluster.redis_server import RedisServer, free_port
from tickroom.server.cli.main import group
from tickroom.server.shell.cluster.connecting import open_store
from tickroom.server.shell.cluster.errands import Answered, Done, Drain, Move, Question, Refused, Why
from tickroom.server.shell.cluster.interface import NodeEntry, NodeLoad, Store

LEASE_MS = 60_000
BUSY = NodeLoad(sessions=2, players=7, connections=8, seats_left=93, cpu_permille=345, tick_lateness_p99_us=1500)


@pytest.fixture
async def store(redis: RedisServer) -> AsyncIterator[Store]:
    opened = await open_store(redis.url)
    yield opened
    await opened.close()


async def join(store: Store, incarnation: str, name: str, load: NodeLoad = BUSY) -> None:
    entry = NodeEntry(incarnation, name, f"http://127.0.0.1/{incarnation}", "1.2", 1, {})
    await store.directory.register(entry, LEASE_MS)
    await store.directory.renew(incarnation, load, LEASE_MS)


@contextlib.asynccontextmanager
async def answering(
    store: Store, incarnation: str, answer: Callable[[Question], Answered]
) -> AsyncIterator[list[Question]]:
    """A node that answers so; what it was asked."""
    asked: list[Question] = []

    async def reply(question: bytes) -> bytes:
        asked.append(msgspec.msgpack.decode(question, type=Question))
        return msgspec.msgpack.encode(answer(asked[-1]))

    serving = asyncio.create_task(store.inbox.serve(incarnation, reply))
    try:
        yield asked
    finally:
        serving.cancel()
        await asyncio.wait([serving])


async def cluster(redis: RedisServer, *arguments: str) -> Result:
    """Run the command beside this loop, which answers for the nodes."""
    return await asyncio.to_thread(
        CliRunner().invoke, group, ["cluster", *arguments], env={"TICKROOM_REDIS": redis.url}
    )


async def test_status_shows_each_node_and_the_sum(redis: RedisServer, store: Store) -> None:
    await join(store, "a-1", "a")
    await join(store, "b-1", "b", msgspec.structs.replace(BUSY, is_draining=True))
    said = await cluster(redis, "status")
    assert said.exit_code == 0, said.output
    lines = [line.split() for line in said.output.splitlines()]
    assert lines[1] == ["a", "a-1", "http://127.0.0.1/a-1", "2", "7", "93", "34", "%", "1.5", "ms", "playing"]
    assert lines[2][-1] == "draining"
    assert lines[-1] == ["in", "all", "4", "14", "186"]


async def test_status_as_json_has_the_same_with_units(redis: RedisServer, store: Store) -> None:
    await join(store, "a-1", "a")
    said = await cluster(redis, "status", "--json")
    assert said.exit_code == 0, said.output
    (node,) = json.loads(said.output)["nodes"]
    assert node == {
        "node": "a", "incarnation": "a-1", "state": "playing", "url": "http://127.0.0.1/a-1", "version": "1.2",
        "sessions": 2, "players": 7, "connections": 8, "seats_left": 93, "cpu_permille": 345,
        "tick_lateness_p99_us": 1500,
    }  # fmt: skip


async def test_status_shows_sessions_that_nobody_has_claimed_yet(redis: RedisServer, store: Store) -> None:
    await join(store, "a-1", "a")
    await join(store, "gone-1", "gone")
    assert await store.directory.reserve("ABC234", "gone-1", b"checkpoint")
    await store.directory.retire("gone-1")
    said = await cluster(redis, "status", "--json")
    assert [(node["incarnation"], node["state"], node["sessions"]) for node in json.loads(said.output)["nodes"]] == [
        ("a-1", "playing", 2),
        ("gone-1", "lapsed", 1),
    ]


async def test_status_of_nothing_is_a_failure(redis: RedisServer) -> None:
    said = await cluster(redis, "status")
    assert said.exit_code == 1
    assert "no node is there" in said.output
    assert json.loads((await cluster(redis, "status", "--json")).stdout) == {"nodes": []}


@pytest.mark.parametrize("named", ["a", "a-1"])
async def test_drain_asks_the_node_and_says_that_it_is_done(redis: RedisServer, store: Store, named: str) -> None:
    await join(store, "a-1", "a")
    await join(store, "b-1", "b")
    async with answering(store, "a-1", lambda _: Done()) as asked:
        said = await cluster(redis, "drain", named)
    assert said.exit_code == 0, said.output
    assert asked == [Drain()]
    assert "a has no sessions any more, and takes none until it is started anew" in said.output


async def test_the_last_node_that_takes_sessions_is_drained_only_by_who_says_so(
    redis: RedisServer, store: Store
) -> None:
    await join(store, "a-1", "a")
    await join(store, "b-1", "b", msgspec.structs.replace(BUSY, is_draining=True))
    async with answering(store, "a-1", lambda _: Done()) as asked:
        said = await cluster(redis, "drain", "a")
        assert (said.exit_code, asked) == (1, [])
        assert "a is the last node that takes sessions" in said.output
        assert "--last" in said.output
        assert (await cluster(redis, "drain", "a", "--last")).exit_code == 0
        assert asked == [Drain()]


async def test_a_drain_can_be_asked_for_again_when_no_node_takes_sessions(redis: RedisServer, store: Store) -> None:
    await join(store, "a-1", "a", msgspec.structs.replace(BUSY, is_draining=True))
    async with answering(store, "a-1", lambda _: Done(left=1)) as asked:
        said = await cluster(redis, "drain", "a")
    assert (said.exit_code, asked) == (1, [Drain()])


async def test_a_drain_that_leaves_sessions_is_a_failure(redis: RedisServer, store: Store) -> None:
    await join(store, "a-1", "a")
    await join(store, "b-1", "b")
    async with answering(store, "a-1", lambda _: Done(left=3)):
        said = await cluster(redis, "drain", "a")
    assert said.exit_code == 1
    assert "3 sessions of a could not be moved" in said.output


async def test_an_unknown_node_is_told_with_those_that_there_are(redis: RedisServer, store: Store) -> None:
    await join(store, "a-1", "a")
    said = await cluster(redis, "drain", "b")
    assert said.exit_code == 1
    assert "there is no node 'b'; nodes: a" in said.output


async def test_a_name_that_two_nodes_have_must_be_said_more_precisely(redis: RedisServer, store: Store) -> None:
    await join(store, "a-1", "a")
    await join(store, "a-2", "a")
    said = await cluster(redis, "drain", "a")
    assert said.exit_code == 1
    assert "a-1, a-2" in said.output


async def test_a_node_that_does_not_answer_may_have_done_it(redis: RedisServer, store: Store) -> None:
    await join(store, "a-1", "a")
    said = await cluster(redis, "drain", "a", "--last", "--timeout-s", "0.3")
    assert said.exit_code == 1
    assert "may be done or not" in said.output


async def test_move_asks_the_owner(redis: RedisServer, store: Store) -> None:
    await join(store, "a-1", "a")
    await join(store, "b-1", "b")
    assert await store.directory.reserve("ABC234", "a-1", b"checkpoint")
    async with answering(store, "a-1", lambda _: Done()) as asked:
        said = await cluster(redis, "move", "abc 234", "b")
    assert said.exit_code == 0, said.output
    assert asked == [Move("ABC234", "b")]
    assert "ABC234 has moved from a to b" in said.output


async def test_a_move_that_is_refused_says_why(redis: RedisServer, store: Store) -> None:
    await join(store, "a-1", "a")
    await join(store, "b-1", "b")
    assert await store.directory.reserve("ABC234", "a-1", b"checkpoint")
    async with answering(store, "a-1", lambda _: Refused(Why.FAILED, ["b cannot take it"])):
        said = await cluster(redis, "move", "ABC234", "b")
    assert said.exit_code == 1
    assert "b cannot take it" in said.output


@pytest.mark.parametrize(
    ("code", "node", "exit_code", "words"),
    [
        ("ABC234", "a", 0, "is on a already"),
        ("ABC234", "c", 1, "there is no node 'c'"),
        ("XYZ789", "a", 1, "there is no session XYZ789"),
        ("nonsense", "a", 1, "is no session's code"),
        ("DEF567", "a", 1, "another takes the session over"),
    ],
)
async def test_moves_that_need_not_or_cannot_be(
    redis: RedisServer, store: Store, code: str, node: str, exit_code: int, words: str
) -> None:
    await join(store, "a-1", "a")
    await join(store, "gone-1", "gone")
    assert await store.directory.reserve("ABC234", "a-1", b"checkpoint")
    assert await store.directory.reserve("DEF567", "gone-1", b"checkpoint")
    await store.directory.retire("gone-1")
    said = await cluster(redis, "move", code, node)
    assert (said.exit_code, words in said.output) == (exit_code, True), said.output


def test_a_store_that_is_not_there_is_one_plain_line(tmp_path: Path) -> None:
    port = free_port()
    said = CliRunner().invoke(group, ["cluster", "status", "--redis", f"redis://:s3cret@127.0.0.1:{port}"])
    assert said.exit_code == 1
    assert f"the store that --redis names, redis://127.0.0.1:{port}, does not answer" in said.output
    assert "s3cret" not in said.output


def test_without_a_store_there_is_nothing_to_ask() -> None:
    said = CliRunner().invoke(group, ["cluster", "status"], env={"TICKROOM_REDIS": ""})
    assert said.exit_code == 2
    assert "TICKROOM_REDIS" in said.output
    assert "`tickroom serve --workers`" in said.output
