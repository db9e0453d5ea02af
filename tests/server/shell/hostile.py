"""People who mean harm, each from an address of their own in 127.0.0.0/8, and honest players who are measured."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from urllib.parse import urlsplit

import msgpack
import uvloop
from picows import WSMsgType, ws_connect

from tickroom.protocol.version import SUBPROTOCOL
from tickroom.simulations.loadtest.histogram import Histogram
from tickroom.simulations.loadtest.motion import Motion
from tickroom.simulations.loadtest.players import TickroomPlayer
from tickroom.simulations.loadtest.recorder import Recorder

TICK_HZ = 20
HELLO_S = 20.0


@dataclass(frozen=True)
class Server:
    """Where to go: the port on loopback, a session for each four, and the game's fingerprint."""

    url: str
    codes: tuple[str, ...]
    fingerprint: int

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port is not None
        return port

    def path(self, client: int) -> str:
        """Four consecutive turns through all sessions: the hostile take the seats that the honest leave."""
        return f"/ws/{self.codes[client % len(self.codes)]}"


def address_of(client: int, network: int) -> str:
    return f"127.{network}.{client // 250}.{client % 250 + 1}"


# --- honest ----------------------------------------------------------------------------------------------------------


class Crowd:
    """Honest players in this process: an input each tick, and what they see of it."""

    def __init__(self, server: Server, count: int) -> None:
        self._server = server
        self._recorder = Recorder()
        self._players = [
            TickroomPlayer(self._recorder, Motion(number, every_time=True), TICK_HZ, None) for number in range(count)
        ]

    @property
    def dropped(self) -> int:
        return self._recorder.counters.dropped

    async def enter(self) -> None:
        entrance = asyncio.Semaphore(16)

        async def seat(number: int, player: TickroomPlayer) -> None:
            async with entrance:
                url = f"ws://127.0.0.1:{self._server.port}{self._server.path(number)}"
                transport, _ = await ws_connect(
                    lambda: player,
                    url,
                    extra_headers={"Sec-WebSocket-Protocol": SUBPROTOCOL},
                    local_addr=(address_of(number, 1), 0),
                )
                hello = msgpack.packb((0, self._server.fingerprint, "honest", None, True))
                transport.send(WSMsgType.BINARY, hello)
                await asyncio.wait_for(player.seated, HELLO_S)

        async with asyncio.TaskGroup() as group:
            for number, player in enumerate(self._players):
                group.create_task(seat(number, player))

    async def play(self) -> None:
        """For ever: each at its own time within the tick; a ping each few seconds."""
        loop = asyncio.get_running_loop()
        slots = 25
        start_s, turn = loop.time(), 0
        while True:
            for player in self._players[turn % slots :: slots]:
                player.send_input(loop.time())
            if turn % slots == 0:
                for player in self._players[turn // slots % 40 :: 40]:
                    player.ping(loop.time())
            turn += 1
            await asyncio.sleep(max(0, start_s + turn / (TICK_HZ * slots) - loop.time()))

    async def watch(self, seconds: float) -> tuple[Histogram, Histogram]:
        """Input-to-ack and intervals between frames, for so long."""
        self._recorder.restart()
        for player in self._players:
            player.begin_window()
        await asyncio.sleep(seconds)
        return self._recorder.histograms()

    def leave(self) -> None:
        for player in self._players:
            player.leave()


def p99_ms(histograms: list[Histogram]) -> float:
    """Of several windows together."""
    return Histogram.merged(histograms).quantile_s(0.99) * 1000


# --- hostile ---------------------------------------------------------------------------------------------------------


@dataclass
class Attacker:
    """One who means harm. Every attack ends when the server ends it, and begins anew."""

    server: Server
    number: int
    chance: random.Random

    async def flood(self) -> None:
        """Inputs and pings as fast as the socket takes them."""
        reader, writer = await self._seated()
        batch = b"".join(_frame(msgpack.packb((1, 1000 + turn, (1, 1, 0)))) for turn in range(50)) * 4
        batch += _frame(msgpack.packb((3, 1))) * 50
        drain = asyncio.create_task(_read_all(reader))
        try:
            while not drain.done():
                writer.write(batch)
                await writer.drain()
                await asyncio.sleep(0)  # drain does not wait for a socket that takes it; others have their turn
        finally:
            drain.cancel()
            writer.close()

    async def garbage(self) -> None:
        """Frames of random bytes, and bytes that are no frames."""
        reader, writer = await self._seated()
        drain = asyncio.create_task(_read_all(reader))
        try:
            while not drain.done():
                noise = self.chance.randbytes(self.chance.randrange(1, 100))
                writer.write(_frame(noise) if self.chance.random() < 0.9 else noise)
                await writer.drain()
                await asyncio.sleep(0.001)  # hostile in what it says, not in how much
        finally:
            drain.cancel()
            writer.close()

    async def open_and_close(self) -> None:
        """Come and go, as fast as the server opens."""
        _, writer = await self._opened()
        writer.transport.abort()

    async def never_read(self) -> None:
        """Take a seat, and read nothing of what comes."""
        _, writer = await self._seated()
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # it is a ReadTransport as well
        try:
            while not writer.transport.is_closing():
                writer.write(_frame(msgpack.packb((3, 1))))
                await writer.drain()
                await asyncio.sleep(0.2)  # five pings a second break no limit: only not reading does
        finally:
            writer.close()

    async def one_byte_a_second(self) -> None:
        """A request that never ends."""
        reader, writer = await self._connected()
        drain = asyncio.create_task(_read_all(reader))
        try:
            for byte in self._head():
                if drain.done():
                    return
                writer.write(bytes([byte]))
                await asyncio.sleep(1)  # the attack itself
        finally:
            drain.cancel()
            writer.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # who does not read is soon seen not to
        connection.setblocking(False)
        try:
            connection.bind((address_of(self.number, 2), 0))
            await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", self.server.port))
        except BaseException:  # cancelled, too: no stream owns the socket yet
            connection.close()
            raise
        return await asyncio.open_connection(sock=connection)

    def _head(self) -> bytes:
        lines = [
            f"GET {self.server.path(self.number)} HTTP/1.1",
            f"Host: 127.0.0.1:{self.server.port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Protocol: {SUBPROTOCOL}",
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def _opened(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await self._connected()
        writer.write(self._head())
        await reader.readuntil(b"\r\n\r\n")
        return reader, writer

    async def _seated(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await self._opened()
        writer.write(_frame(msgpack.packb((0, self.server.fingerprint, "hostile"))))
        return reader, writer


ATTACKS: tuple[Callable[[Attacker], Coroutine[None, None, None]], ...] = (
    Attacker.flood,
    Attacker.garbage,
    Attacker.open_and_close,
    Attacker.never_read,
    Attacker.one_byte_a_second,
)
AGAIN_S = 0.02  # an attacker whom the server has thrown out tries again so soon


def attack(server: Server, numbers: range, cpus: set[int], go: Event, end: Event) -> None:
    """The life of a process of attackers: they attack while ``go`` is set, until ``end`` is."""
    os.sched_setaffinity(0, cpus)
    uvloop.run(_attack(server, numbers, go, end))


async def _attack(server: Server, numbers: range, go: Event, end: Event) -> None:
    while not end.is_set():
        if not await asyncio.to_thread(go.wait, 0.1):
            continue
        tasks = [asyncio.create_task(_again_and_again(server, number)) for number in numbers]
        while go.is_set() and not end.is_set():  # noqa: ASYNC110 - an event of another process cannot be awaited
            await asyncio.sleep(0.02)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _again_and_again(server: Server, number: int) -> None:
    attacker = Attacker(server, number, random.Random(number))
    while True:
        # Being thrown out is what attackers live with.
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await ATTACKS[number % len(ATTACKS)](attacker)
        await asyncio.sleep(AGAIN_S)


async def _read_all(reader: asyncio.StreamReader) -> None:
    with contextlib.suppress(OSError):
        while await reader.read(1 << 16):
            pass


def _frame(payload: bytes) -> bytes:
    """A client's frame; a mask of zeros changes nothing."""
    assert len(payload) < 126
    return bytes([0x82, 0x80 | len(payload), 0, 0, 0, 0]) + payload
