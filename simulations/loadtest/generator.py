"""One generator: a process that plays some of the clients, on a core that is not the server's.

It is told what to do once, by an ``Assignment``, and then speaks with the load test over a pipe:

    generator   -> ``int``               so many clients are seated so far
    load test   -> ``Window``            when to measure; times are CLOCK_MONOTONIC, one clock for all processes
    generator   -> ``GeneratorReport``   or a ``str``: it could not, and why

When the load test closes its end instead, the generator ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
from multiprocessing.connection import Connection

import msgpack
import uvloop
from picows import WSError, WSMsgType, ws_connect

from tickroom.protocol.version import SUBPROTOCOL
from tickroom.simulations.errors import ClientError
from tickroom.simulations.http_api import GameDescription
from tickroom.simulations.loadtest.histogram import Histogram
from tickroom.simulations.loadtest.machine import cpu_seconds
from tickroom.simulations.loadtest.motion import Motion
from tickroom.simulations.loadtest.parameters import LoadTestFailed, Mode
from tickroom.simulations.loadtest.players import CountingPlayer, Player, TickroomPlayer
from tickroom.simulations.loadtest.recorder import Counters, Recorder

CONNECTING_AT_ONCE = 16
SEATED_TIMEOUT_S = 20.0
SLOT_S = 0.001  # inputs go out in slots of a millisecond, spread evenly over the interval
PING_SLOT_S = 0.01
WARMUP_PINGS_S = 0.5  # each client asks for the clock this often, to know it well by the start of the window
PINGS_S = 4.0  # and this often during it: clocks drift slowly, and pings are not what is measured
GOLDEN = 0.6180339887498949  # its multiples modulo 1 fill an interval evenly, however many there are (Weyl)
HELLO_KIND = 0


@dataclass(frozen=True)
class Assignment:
    """What one generator does. ``urls``: a WebSocket address for each client; ``game`` is None where none is played."""

    urls: tuple[str, ...]
    first_client: int
    game: GameDescription | None
    mode: Mode
    tick_hz: int
    input_hz: int
    verified: int
    seed: int
    cpus: tuple[int, ...]
    is_idle: bool = False  # no inputs at all: for measuring memory


@dataclass(frozen=True)
class Window:
    """When to measure."""

    start_s: float
    end_s: float


@dataclass(frozen=True)
class GeneratorReport:
    """What one generator saw. ``cpu_share``: of one core, during the window."""

    counters: Counters
    ack: Histogram
    interval: Histogram
    cpu_share: float


def run_generator(assignment: Assignment, pipe: Connection) -> None:
    """The whole life of a generator process."""
    os.sched_setaffinity(0, assignment.cpus)
    with contextlib.closing(pipe), contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
        # Suppressed: the load test closed its end, or was interrupted together with us. It wants no report any more.
        try:
            report: GeneratorReport | str = uvloop.run(_Generator(assignment, pipe).run())
        except ClientError as error:
            report = str(error)
        pipe.send(report)


class _Generator:
    def __init__(self, assignment: Assignment, pipe: Connection) -> None:
        self._assignment = assignment
        self._pipe = pipe
        self._recorder = Recorder()
        self._players: list[Player] = []
        self._seated = 0
        self._is_measuring = False

    async def run(self) -> GeneratorReport:
        """Seat everybody, play until the window is over, and say what was seen."""
        beats: list[asyncio.Task[None]] = []
        try:
            self._players = [self._make_player(index) for index in range(len(self._assignment.urls))]
            await self._seat_all()
            if not self._assignment.is_idle:
                beats = [asyncio.create_task(self._beat_inputs()), asyncio.create_task(self._beat_pings())]
            window: Window = await asyncio.to_thread(self._pipe.recv)
            return await self._measure(window)
        finally:
            for beat in beats:
                beat.cancel()
            for player in self._players:
                player.leave()

    def _make_player(self, index: int) -> Player:
        task = self._assignment
        motion = Motion(task.seed * 1_000_003 + task.first_client + index, task.mode is Mode.EVERY_TICK)
        if task.game is None:
            return CountingPlayer(self._recorder, motion)
        # Spread over the sessions, not all in the first one.
        stride = max(1, len(task.urls) // max(1, task.verified))
        verifies = index % stride == 0 and index // stride < task.verified
        return TickroomPlayer(self._recorder, motion, task.tick_hz, task.game if verifies else None)

    async def _seat_all(self) -> None:
        entrance = asyncio.Semaphore(CONNECTING_AT_ONCE)
        try:
            async with asyncio.TaskGroup() as group:
                for player, url in zip(self._players, self._assignment.urls, strict=True):
                    group.create_task(self._seat(entrance, player, url))
        except* LoadTestFailed as failures:
            raise LoadTestFailed(str(failures.exceptions[0])) from None

    async def _seat(self, entrance: asyncio.Semaphore, player: Player, url: str) -> None:
        async with entrance:
            headers = {"Sec-WebSocket-Protocol": SUBPROTOCOL}
            try:
                transport, _ = await ws_connect(
                    lambda: player, url, extra_headers=headers, websocket_handshake_timeout=SEATED_TIMEOUT_S
                )
            except (OSError, WSError, TimeoutError) as error:
                raise LoadTestFailed(f"no connection to {url}: {error}") from None
            if self._assignment.game is not None:
                hello = (HELLO_KIND, self._assignment.game.fingerprint, "load", None, True)
                transport.send(WSMsgType.BINARY, msgpack.packb(hello))
            try:
                await asyncio.wait_for(player.seated, SEATED_TIMEOUT_S)
            except (TimeoutError, ConnectionError) as error:
                raise LoadTestFailed(f"a client got no seat: {str(error) or 'no keyframe came'}") from None
        self._seated += 1
        if self._seated % 20 == 0 or self._seated == len(self._players):
            self._pipe.send(self._seated)

    async def _beat_inputs(self) -> None:
        """Every client once an interval, each at its own time in it; late slots are made up for, none is skipped."""
        interval_s = 1 / self._assignment.input_hz
        slots = max(1, round(interval_s / SLOT_S))
        wheel: list[list[Player]] = [[] for _ in range(slots)]
        for index, player in enumerate(self._players, self._assignment.first_client):
            wheel[int(index * GOLDEN % 1 * slots)].append(player)
        start_s = time.monotonic()
        number = 0
        while True:
            for player in wheel[number % slots]:
                player.send_input(time.monotonic())
            number += 1
            wait_s = start_s + number * interval_s / slots - time.monotonic()
            if wait_s > 0:
                await asyncio.sleep(wait_s)

    async def _beat_pings(self) -> None:
        """Every client in turn asks for the clock; counted out by time, for a sleep below a millisecond is none."""
        players = cycle([player for player in self._players if isinstance(player, TickroomPlayer)])
        count = sum(isinstance(player, TickroomPlayer) for player in self._players)
        owed, before_s = 0.0, time.monotonic()
        while count:
            await asyncio.sleep(PING_SLOT_S)
            now_s = time.monotonic()
            owed += (now_s - before_s) * count / (PINGS_S if self._is_measuring else WARMUP_PINGS_S)
            before_s = now_s
            for player in islice(players, int(owed)):
                player.ping(now_s)
            owed %= 1
        await asyncio.Event().wait()

    async def _measure(self, window: Window) -> GeneratorReport:
        await asyncio.sleep(max(0.0, window.start_s - time.monotonic()))
        self._is_measuring = True
        self._recorder.restart()
        for player in self._players:
            player.begin_window()
        cpu_before, started_s = cpu_seconds(os.getpid()), time.monotonic()
        await asyncio.sleep(max(0.0, window.end_s - time.monotonic()))
        now_s = time.monotonic()
        for player in self._players:
            player.end_window(now_s)
        cpu_share = (cpu_seconds(os.getpid()) - cpu_before) / (now_s - started_s)
        ack, interval = self._recorder.histograms()
        return GeneratorReport(self._recorder.counters, ack, interval, cpu_share)


def shares(total: int, parts: int) -> Sequence[range]:
    """``range(total)`` in so many consecutive parts, as equal as they can be."""
    bounds = [total * part // parts for part in range(parts + 1)]
    return [range(first, end) for first, end in pairwise(bounds)]
