"""Several nodes with their clusters in one event loop, on one store; people without sockets; and what befalls nodes.

Leases do not run out by themselves here: each node's clock stands still until a test sets it forward, and the store's
lease is let lapse by hand. So no test hangs on how fast the machine is.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import msgpack
import msgspec
import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.cluster.backends import Backend
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.server.core.pool import Pool
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.cluster.cluster import Cluster
from tickroom.server.shell.cluster.interface import Store, StoreAway
from tickroom.server.shell.cluster.settings import ClusterSettings
from tickroom.server.shell.node import Node
from tickroom.server.shell.settings import ServerSettings
from tickroom.server.shell.sockets.frame import Frame

KEY = b"0123456789abcdef0123456789ABCDEF-for-these-tests"
WELCOME, KEYFRAME, EVENTS, REPLY, ERROR, CLOSING, SAID, HISTORY = 0, 1, 4, 5, 6, 13, 15, 19
TOY = {"game": "toy", "auto_start": False, "grace_s": 60}
FINGERPRINT = ToyGame.schema.fingerprint


class Line:
    """A node's way to the store: open, hanging, or cut; ``loses_answers``: the next so many calls of a name are done,
    and their answers lost; ``delays``: the next call of a name waits until it may be made, and no other does."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.is_cut = False
        self.loses_answers: dict[str, int] = {}
        self.delays: dict[str, asyncio.Event] = {}
        self.before: dict[str, Callable[[], object]] = {}  # what happens when a call of this name is about to be made

    def store(self, store: Store) -> Store:
        def journal(name: str) -> Any:
            return _Over(self, store.journal(name))

        return Store(_Over(self, store.directory), journal, _Over(self, store.inbox), store.close)

    def befalls(self, name: str) -> bool:
        """Whether something happens to the next call of a name."""
        planned = name in self.before or name in self.delays or self.loses_answers.get(name, 0) > 0
        return self.is_cut or planned or not self.open.is_set()

    async def delay(self, name: str) -> asyncio.Event:
        """Until the next call of a name is about to be made; it is made when this is set."""
        self.delays[name] = may_go_on = asyncio.Event()
        await until(lambda: name not in self.delays)
        return may_go_on


class _Over:
    """Something of the store, over a line."""

    def __init__(self, line: Line, beyond: object) -> None:
        self._line = line
        self._beyond = beyond

    def __getattr__(self, name: str) -> Any:
        ask, line = getattr(self._beyond, name), self._line
        if inspect.isasyncgenfunction(ask) or name in ("serve", "look"):
            return ask
        if name == "append_now":
            return self._append_now

        async def asked(*arguments: Any, **named: Any) -> Any:
            if name in line.before:
                line.before[name]()
            if name in line.delays:
                await line.delays.pop(name).wait()
            await line.open.wait()
            if line.is_cut:
                raise StoreAway("the line is cut")
            answered = await ask(*arguments, **named)
            await line.open.wait()
            if line.loses_answers.get(name, 0):
                line.loses_answers[name] -= 1
                raise StoreAway(f"the answer to {name} is lost")
            return answered

        return asked

    def _append_now(self, sequence: int, record: bytes, answered: Callable[[bool], None]) -> bool:
        """Only while nothing befalls the line: what does, befalls ``append`` then."""
        line = self._line
        if line.befalls("append"):
            return False
        return bool(
            self._beyond.append_now(  # type: ignore[attr-defined]
                sequence, record, lambda is_kept: answered(is_kept and not line.befalls("append"))
            )
        )


class Person:
    """Somebody with a socket of no substance to a node; ``heard``: all messages."""

    def __init__(self, host: Host, code: str) -> None:
        self.host = host
        self.code = code
        self.heard: list[list[Any]] = []
        self.closed_with: int | None = None
        self.writable = True
        self.direct_write = None
        self.changed = asyncio.Event()
        self._ids = itertools.count(1)
        self.connection = host.node.connect(host.node.sessions[code])
        self.connection.opened(self)  # type: ignore[arg-type]

    # As a Socket:

    def write(self, frame: Frame) -> None:
        self.heard += [msgpack.unpackb(payload) for payload in frame.payloads]
        self.changed.set()

    def close(self, code: int, reason: str = "") -> None:
        if self.closed_with is None:
            self.closed_with = code
            self.writable = False
            self.changed.set()
            asyncio.get_running_loop().call_soon(self.connection.closed, code, reason)

    # As somebody who plays:

    def say(self, *message: Any) -> None:
        self.connection.message_received(msgpack.packb(message))

    async def hello(self, name: str = "Ann", token: str | None = None, *, watch: bool = False) -> list[Any]:
        self.say(0, FINGERPRINT, name, token, False, watch)
        return await self.hear(WELCOME)

    async def hear(self, kind: int, is_it: Callable[[list[Any]], bool] = lambda _: True) -> list[Any]:
        """The first message of a kind that is so, now or later."""
        async with asyncio.timeout(10):
            while True:
                found = next((one for one in self.heard if one[0] == kind and is_it(one)), None)
                if found is not None:
                    return found
                assert self.closed_with is None, f"closed with {self.closed_with} before {kind} came"
                self.changed.clear()
                await self.changed.wait()

    async def hear_close(self) -> int:
        async with asyncio.timeout(10):
            while self.closed_with is None:
                self.changed.clear()
                await self.changed.wait()
        return self.closed_with

    @property
    def closing(self) -> list[Any]:
        """What was said of the close."""
        return next(message for message in self.heard if message[0] == CLOSING)

    async def poke(self, strength: int = 5) -> int:
        """Ask the game something; the tick in which it was done."""
        number = next(self._ids)
        self.say(2, number, "poke", [strength])
        reply = await self.hear(REPLY, lambda one: one[1] == number)
        assert reply[2] == ErrorCode.OK, reply
        tick: int = reply[4]
        return tick

    async def chat(self, text: str) -> None:
        number = next(self._ids)
        self.say(6, number, 0, text)
        reply = await self.hear(REPLY, lambda one: one[1] == number)
        assert reply[2] == ErrorCode.OK, reply

    def replies(self) -> int:
        return sum(one[0] == REPLY for one in self.heard)


class Host:
    """One node of the town."""

    def __init__(self, name: str, backend: Backend, store: Store, settings: ClusterSettings, **server: Any) -> None:
        self.name = name
        self.backend = backend
        self.line = Line()
        self.clock_s = 1000.0
        self.node = Node(ServerSettings(secret_key=KEY, **server), {"toy": ToyGame()})
        url = f"http://{name}.test"
        self.cluster = Cluster(self.node, self.line.store(store), settings, url, clock=lambda: self.clock_s)
        self.is_dead = False

    async def start(self) -> None:
        await self.cluster.start()
        self.node.cluster = self.cluster
        self.node.start()

    async def create(self, **settings: Any) -> str:
        return (await self.cluster.create(msgspec.convert(TOY | settings, SessionSettings))).code

    def session(self, code: str) -> Session:
        return self.node.sessions[code]

    async def come(self, code: str, name: str = "Ann", token: str | None = None) -> Person:
        """Somebody who has a seat."""
        person = Person(self, code)
        await person.hello(name, token)
        return person

    async def die(self) -> None:
        """As by kill -9: whatever it was doing is not done, and nothing is said to anybody."""
        await self._vanish()
        await self.backend.lapse(self.cluster.incarnation)
        await self.backend.pass_ms(2)  # and the name under which its sessions leave has lapsed from the beginning

    async def _vanish(self) -> None:
        self.is_dead = True
        self.node._scheduler.stop()
        self.line.is_cut = True
        membership = self.cluster._membership
        await membership._tasks.end()
        await self.cluster._tasks.end()
        await membership.life.tasks.end()
        for task in membership.life.outbox._tasks:
            task.cancel()

    def freeze(self) -> None:
        """As by SIGSTOP, as far as others see: it asks and is told nothing."""
        self.line.open.clear()
        self.node.pause()

    def thaw(self, after_s: float) -> None:
        """As by SIGCONT; its clock went on meanwhile."""
        self.clock_s += after_s
        self.node.go_on()
        self.line.open.set()

    async def leave(self) -> None:
        if not self.is_dead:
            self.line.open.set()
            self.line.is_cut = False
            await self.cluster.stop(is_draining=False)
            await self.node.shut_down()


@contextlib.asynccontextmanager
async def town(
    backend: Backend, *names: str, server: dict[str, Any] | None = None, **times: Any
) -> AsyncIterator[Town]:
    """A node for each name."""
    one = Town(backend, {"lease_s": 20.0, "renew_every_s": 0.05, "watch_every_s": 0.02} | times, server or {})
    try:
        for name in names:
            await one.build(name)
        await one.meet()
        yield one
    finally:
        backend.come_back()
        for host in one.hosts:
            await host.leave()


class Town:
    """Nodes of one store."""

    def __init__(self, backend: Backend, times: dict[str, Any], server: dict[str, Any]) -> None:
        self.backend = backend
        self.hosts: list[Host] = []
        self._times = {"step_in_after_s": 0.1, "checkpoint_every_s": 0.5, "ask_timeout_s": 0.5} | times
        self._server = {"shutdown_grace_s": 0.2} | server

    def __getitem__(self, name: str) -> Host:
        """The newest of that name."""
        return next(host for host in reversed(self.hosts) if host.name == name)

    async def build(self, name: str) -> Host:
        settings = ClusterSettings("redis://unused", node_name=name, **self._times)
        host = Host(name, self.backend, await self.backend.store(), settings, **self._server)
        await host.start()
        self.hosts.append(host)
        return host

    async def meet(self) -> None:
        """Until all know of each other."""
        alive = [host for host in self.hosts if not host.is_dead]
        names = {host.cluster.incarnation for host in alive}

        def know_all(host: Host) -> bool:
            view = host.cluster._membership.view
            return {one.entry.incarnation for one in view} == names and all(one.load.seats_left for one in view)

        await until(lambda: all(know_all(host) for host in alive))

    def homes(self, code: str) -> list[Host]:
        """The living nodes where a session can be found."""
        return [host for host in self.hosts if not host.is_dead and code in host.node.sessions]

    async def home(self, code: str) -> Host:
        """The one living node that has a session, as soon as one has."""
        await until(lambda: bool(self.homes(code)))
        (host,) = self.homes(code)
        return host


async def until(is_so: Callable[[], bool], within_s: float = 10) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110 - what several nodes do sets no one event
            await asyncio.sleep(0.005)


def fail_one_tick(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """A fault of ours in the middle of the next tick of a session, and of those that are stepped with it."""
    step = Pool._step

    def fail(pool: Pool, *arguments: Any) -> None:
        if any(session.code == code for session in pool.sessions.values()):
            monkeypatch.setattr(Pool, "_step", step)
            raise RuntimeError("ours")
        step(pool, *arguments)

    monkeypatch.setattr(Pool, "_step", fail)


def is_moved(person: Person) -> bool:
    """Whether somebody was sent to another node."""
    return person.closed_with == CloseCode.MOVED
