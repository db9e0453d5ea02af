"""Real nodes with a real Redis: what any of them answers while sessions are made, found, moved and drained."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.cluster.members import until
from tests.server.shell.cluster.redis_server import RedisServer
from tests.server.shell.talking import CLOSING, Talker
from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.app import build_app
from tickroom.server.shell.cluster.cluster import Cluster
from tickroom.server.shell.cluster.errands import ErrandRefused, Why, ask_drain, ask_move
from tickroom.server.shell.cluster.settings import ClusterSettings
from tickroom.server.shell.node import Node
from tickroom.server.shell.serve import build_server
from tickroom.server.shell.settings import ServerSettings

LISTED, CHANGED = 21, 22
TOY = SessionSettings(game="toy", auto_start=False)
KEY = bytes(range(32))  # of all nodes, or nobody could resume at another


@dataclass
class Real:
    """A node that people reach."""

    node: Node
    cluster: Cluster
    http: httpx.AsyncClient
    url: str

    @property
    def websocket_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    async def create(self, **settings: object) -> str:
        said = await self.http.post("/api/sessions", json={"game": "toy", "auto_start": False} | settings)
        assert said.status_code == 201, said.text
        code: str = said.json()["code"]
        return code

    def talker(self, code: str) -> Talker:
        return Talker(self.websocket_url, code)


@pytest.fixture
def lease_s() -> float:
    """Longer than a machine stands still: whoever tests what happens when it runs out says so."""
    return 20


@pytest.fixture
async def nodes(redis: RedisServer, lease_s: float) -> AsyncIterator[list[Real]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(_serve(redis.url, name, lease_s)) for name in ("one", "two")]


@contextlib.asynccontextmanager
async def _serve(redis_url: str, name: str, lease_s: float) -> AsyncIterator[Real]:
    listener = socket.create_server(("127.0.0.1", 0))
    cluster = ClusterSettings(redis_url, node_name=name, lease_s=lease_s, drain_on_stop=False)
    settings = ServerSettings(secret_key=KEY, cluster=cluster).listening_on(listener.getsockname()[1])
    app = build_app(settings, {"toy": ToyGame()})
    server = build_server(app, settings)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await asyncio.wait_for(server.listening.wait(), 10)
    node: Node = app.state.node
    assert node.cluster is not None
    assert settings.public_url is not None
    try:
        async with httpx.AsyncClient(base_url=settings.public_url, timeout=10) as http:
            yield Real(node, node.cluster, http, settings.public_url)
    finally:
        server.should_exit = True
        await asyncio.wait_for(serving, 20)
        listener.close()


async def view_each_other(nodes: list[Real]) -> None:
    async def do_they() -> bool:
        return all([len(await node.cluster.view_nodes()) == len(nodes) for node in nodes])

    await until(do_they)


async def owner_of(nodes: list[Real], code: str) -> tuple[Real, Real]:
    """Who has it, and who has not."""
    one, two = nodes
    assert (code in one.node.sessions) != (code in two.node.sessions)
    return (one, two) if code in one.node.sessions else (two, one)


async def test_any_node_answers_for_any_code(nodes: list[Real]) -> None:
    await view_each_other(nodes)
    code = await nodes[0].create(seats=3)
    owner, other = await owner_of(nodes, code)
    shown = [(await node.http.get(f"/api/sessions/{code}")).json() for node in (owner, other)]
    assert shown[0] == shown[1]
    assert shown[1]["websocket"] == f"{owner.websocket_url}/ws/{code}"
    async with other.talker(code) as talker:
        assert await talker.closed() == (4016, "moved")
        assert talker.heard == [[CLOSING, 4016, "moved", True, shown[1]["websocket"]]]
    async with owner.talker(code) as talker:
        assert (await talker.hello())[1] == code
    assert (await other.http.get("/api/sessions/AAAAAA")).status_code == 404
    async with other.talker("AAAAAA") as talker:
        assert (await talker.closed())[0] == 4004


async def test_a_session_is_listed_and_found_by_quick_play_at_the_other_node(nodes: list[Real]) -> None:
    await view_each_other(nodes)
    code = await nodes[0].create()
    _, other = await owner_of(nodes, code)

    async def is_listed() -> bool:
        return code in (await other.http.get("/api/sessions")).text

    await until(is_listed)
    said = await other.http.post("/api/quickplay", json={"game": "toy"})
    assert (said.status_code, said.json()["code"]) == (200, code)


async def test_a_session_that_moves_is_followed_and_never_leaves_the_lobby(nodes: list[Real]) -> None:
    await view_each_other(nodes)
    code = await nodes[0].create()
    owner, other = await owner_of(nodes, code)
    name = other.cluster.settings.node_name
    async with other.talker("lobby") as lobby, owner.talker(code) as player:
        welcome = await player.hello()
        token = welcome[4]
        seen = {listing[0] for listing in (await lobby.hear(LISTED))[1]}
        while code not in seen:
            seen |= {listing[0] for listing in (await lobby.hear(CHANGED))[1]}
        await ask_move(other.cluster.store, owner.cluster.incarnation, code, name)
        url = f"{other.websocket_url}/ws/{code}"
        assert await player.closed() == (4016, "moved")
        assert player.heard[-1] == [CLOSING, 4016, "moved", True, url]
        async with owner.talker(code) as late:
            assert await late.closed() == (4016, "moved")
        shown = (await owner.http.get(f"/api/sessions/{code}")).json()
        there = (await other.http.get(f"/api/sessions/{code}")).json()
        # Who had been connected is given up in the first tick there, which may lie between the two answers.
        assert shown | {"connected": 0} == there | {"connected": 0}
        assert shown["websocket"] == url
        async with other.talker(code) as again:
            assert (await again.hello(token=token))[2:4] == welcome[2:4], "the same player in the same seat"
            new = await other.create(seats=2)  # told after all that the move has changed
            while new not in seen:
                message = await lobby.hear(CHANGED)
                seen |= {listing[0] for listing in message[1]}
            gone = itertools.chain.from_iterable(message[2] for message in lobby.heard if message[0] == CHANGED)
            assert code not in gone
    with pytest.raises(ErrandRefused) as refused:
        await ask_move(other.cluster.store, owner.cluster.incarnation, code, name)
    assert refused.value.why is Why.NO_SUCH_SESSION
    stats = (await owner.http.get("/api/stats")).json()["cluster"]
    assert (stats["sessions_moved"], stats["is_active"], stats["pauses"]) == (1, True, 0)
    assert stats["append_us"]["count"] > 0


async def test_a_drained_node_takes_no_more_and_says_so(nodes: list[Real]) -> None:
    await view_each_other(nodes)
    one, two = nodes
    codes = [(await one.cluster.create(settings)).code for settings in [TOY] * 3]
    assert await ask_drain(two.cluster.store, one.cluster.incarnation) == 0
    assert set(codes) <= set(two.node.sessions)
    assert [(await node.http.get("/readyz")).status_code for node in nodes] == [503, 200]
    for code in codes:
        shown = (await one.http.get(f"/api/sessions/{code}")).json()
        assert shown["websocket"] == f"{two.websocket_url}/ws/{code}"
    assert (await one.create()) in two.node.sessions


@pytest.mark.parametrize("lease_s", [1.5])
async def test_without_redis_the_node_is_not_ready_and_everybody_is_to_try_again(
    nodes: list[Real], redis: RedisServer
) -> None:
    await view_each_other(nodes)
    code = await nodes[0].create()
    redis.stop()
    try:

        async def are_unready() -> bool:
            return {(await node.http.get("/readyz")).status_code for node in nodes} == {503}

        await until(are_unready)
        for node in nodes:
            said = await node.http.get(f"/api/sessions/{code}")
            assert (said.status_code, said.json()["error"], said.headers["retry-after"]) == (503, "try_again", "1")
            async with node.talker(code) as talker:
                assert await talker.closed() == (1013, "try_again_later")
            assert (await node.http.post("/api/quickplay", json={"game": "toy"})).status_code == 503
    finally:
        redis.start()

    async def are_ready() -> bool:
        return {(await node.http.get("/readyz")).status_code for node in nodes} == {200}

    await until(are_ready)

    async def is_shown() -> bool:
        return {(await node.http.get(f"/api/sessions/{code}")).status_code for node in nodes} == {200}

    await until(is_shown)
