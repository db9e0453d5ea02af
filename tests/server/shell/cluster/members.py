"""Nodes that know of each other through one store in memory, without leases that run out by themselves or takeovers.

What one node asks another, lists and finds is the subject here; what becomes of sessions is the Cluster's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import httpx
import msgspec

from tests.server.core.toy_game import ToyGame
from tests.server.shell.talking import Talker
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.app import build_app
from tickroom.server.shell.cluster.errands import answer
from tickroom.server.shell.cluster.interface import NodeEntry, NodeLoad, NodeView
from tickroom.server.shell.cluster.listings import post_listings
from tickroom.server.shell.cluster.memory import MemoryStore
from tickroom.server.shell.cluster.settings import ClusterSettings
from tickroom.server.shell.node import Node
from tickroom.server.shell.serve import build_server
from tickroom.server.shell.settings import ServerSettings

if TYPE_CHECKING:
    from tickroom.server.shell.cluster.cluster import Cluster

LEASE_MS = 60_000
KEY = b"0123456789abcdef0123456789ABCDEF-for-these-tests"
ROOMY = NodeLoad(seats_left=1000)
BUSY = NodeLoad(seats_left=1000, cpu_permille=900)
_numbers = itertools.count(1)


class Member:
    """What routes, lobby and gateway ask of a Cluster, and nothing else: no journal, no takeover, no renewal."""

    def __init__(self, node: Node, shared: MemoryStore, name: str, url: str = "http://node.test") -> None:
        self.node = node
        self.shared = shared
        self.store = shared.store()
        self.settings = ClusterSettings("redis://unused", node_name=name)
        self.url = url
        self.incarnation = f"{name}-{next(_numbers)}"
        self.is_active = True
        self.is_draining = False
        self.sessions_taken_over = self.sessions_moved = self.pauses = 0
        self.asked: list[tuple[str, ...]] = []
        self.failure: Exception | None = None  # of the errands below

    @property
    def entry(self) -> NodeEntry:
        games = {name: game.schema.fingerprint for name, game in self.node.games.items()}
        return NodeEntry(self.incarnation, self.settings.node_name, self.url, "0", 1, games)

    async def join(self, load: NodeLoad = ROOMY) -> None:
        await self.store.directory.register(self.entry, LEASE_MS)
        await self.say(load)
        self.node.cluster = self.as_cluster

    async def say(self, load: NodeLoad) -> None:
        """What others read of this node's load from now on."""
        await self.store.directory.renew(self.incarnation, load, LEASE_MS)

    @property
    def as_cluster(self) -> Cluster:
        return cast("Cluster", self)

    async def create(self, settings: SessionSettings) -> Session:
        if self.failure is not None:
            raise self.failure
        session = self.node.create(settings)
        assert await self.store.directory.reserve(session.code, self.incarnation, b"")
        return session

    async def view_nodes(self) -> list[NodeView]:
        return await self.store.directory.nodes()

    async def adopt_from(self, code: str, held_by: str) -> None:
        self._note("adopt", code, held_by)

    async def drain(self) -> int:
        self._note("drain")
        return 3

    async def move(self, code: str, to: str) -> None:
        self._note("move", code, to)

    def _note(self, *errand: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.asked.append(errand)

    async def serve(self) -> None:
        """Answer what others ask, until cancelled."""
        await self.store.inbox.serve(self.incarnation, lambda question: answer(self.as_cluster, question))


def toy_node(**settings: Any) -> Node:
    """A node that does not tick."""
    return Node(ServerSettings(**{"secret_key": KEY} | settings), {"toy": ToyGame()})


@dataclass
class Served:
    """A member that people reach."""

    member: Member
    http: httpx.AsyncClient
    url: str
    tasks: list[asyncio.Task[None]]  # its inbox, its listings

    @property
    def node(self) -> Node:
        return self.member.node

    async def create(self, **settings: object) -> str:
        """A session on whichever node it is; its code."""
        said = await self.http.post("/api/sessions", json={"game": "toy", "auto_start": False} | settings)
        assert said.status_code == 201, said.text
        code: str = said.json()["code"]
        return code

    async def create_here(self, **settings: Any) -> str:
        """A session on this node; its code."""
        wishes = msgspec.convert({"game": "toy", "auto_start": False} | settings, SessionSettings)
        return (await self.member.create(wishes)).code

    def talker(self, code: str) -> Talker:
        return Talker(self.url.replace("http", "ws", 1), code)

    async def die(self) -> None:
        """Hold no lease, answer nobody, post nothing: what a kill leaves for the others."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.member.shared.lapse(self.member.incarnation)


@contextlib.asynccontextmanager
async def served(shared: MemoryStore, *names: str, **settings: Any) -> AsyncIterator[list[Served]]:
    """Real servers in this event loop, members of one cluster."""
    async with contextlib.AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(_serve(shared, name, ServerSettings(**{"secret_key": KEY} | settings)))
            for name in names
        ]


@contextlib.asynccontextmanager
async def _serve(shared: MemoryStore, name: str, settings: ServerSettings) -> AsyncIterator[Served]:
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = build_app(settings, {"toy": ToyGame()})
    server = build_server(app, settings)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await asyncio.wait_for(server.listening.wait(), 10)
    member = Member(app.state.node, shared, name, url)
    await member.join()
    tasks = [asyncio.create_task(member.serve()), asyncio.create_task(post_listings(member.as_cluster))]
    try:
        async with httpx.AsyncClient(base_url=url, timeout=10) as http:
            yield Served(member, http, url, tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        app.state.node.cluster = None  # no Cluster that could be stopped
        server.should_exit = True
        await asyncio.wait_for(serving, 15)
        listener.close()


async def until(condition: Callable[[], Awaitable[bool]], within_s: float = 10) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within_s):
        while not await condition():  # noqa: ASYNC110 - what a server does sets no event here
            await asyncio.sleep(0.01)
