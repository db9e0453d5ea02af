"""A process that plays some of the bots. It speaks with the run over a pipe:

    generator -> ``Playing``            four times a second: how many of its bots play, and how many never will again
    run       -> ``str``                play no more, and look once more at every session
    generator -> ``bytes``              the records; or a ``str``: it could not, and why

When the run closes its end instead, the generator ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import signal
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection

import uvloop

from tickroom.simulations.chaos.player import Player, checksum_of
from tickroom.simulations.chaos.records import PlayerRecord, Records, SessionRecord, encode_records
from tickroom.simulations.client import Client
from tickroom.simulations.errors import ClientError

TELL_EVERY_S = 0.25
ENTRY_GAP_S = 0.02
LOOK_TIMEOUT_S = 15.0
PATIENCE_S = 2.0  # then a bot tries its luck at another node
THREADS = 128
STOP = "stop"


@dataclass(frozen=True)
class Assignment:
    """``urls``: of all nodes. ``codes``: of the sessions that this generator plays, each with so many ``players``."""

    urls: tuple[str, ...]
    codes: tuple[str, ...]
    players: int
    first_number: int
    seed: int


@dataclass(frozen=True)
class Playing:
    """How many bots got a state just now, and how many gave up."""

    playing: int
    gave_up: int


def run_generator(assignment: Assignment, pipe: Connection) -> None:
    """The whole life of a generator process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the run's: it closes the pipe
    with contextlib.closing(pipe), contextlib.suppress(EOFError, BrokenPipeError):
        try:
            pipe.send(uvloop.run(_play(assignment, pipe)))
        except ClientError as error:
            pipe.send(str(error))


async def _play(assignment: Assignment, pipe: Connection) -> bytes:
    records = Records([], [SessionRecord(code) for code in assignment.codes])
    async with contextlib.AsyncExitStack() as stack:
        # HTTP has a thread for each request, and a node that is paused keeps many of them waiting.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        clients = [await stack.enter_async_context(Client(url, PATIENCE_S)) for url in assignment.urls]
        players = [
            _player(assignment, clients, records, session)
            for session in records.sessions
            for _ in range(assignment.players)
        ]
        tasks = [asyncio.create_task(_after(number * ENTRY_GAP_S, one)) for number, one in enumerate(players)]
        try:
            await _tell_until_stopped(pipe, players, records, tasks)
            await asyncio.gather(*(_look(clients, session) for session in records.sessions))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return encode_records(records)


def _player(assignment: Assignment, clients: Sequence[Client], records: Records, session: SessionRecord) -> Player:
    number = assignment.first_number + len(records.players)
    record = PlayerRecord(number, session.code)
    records.players.append(record)
    return Player(number, assignment.seed, clients, record, session)


async def _after(seconds: float, player: Player) -> None:
    await asyncio.sleep(seconds)
    await player.run()


async def _tell_until_stopped(
    pipe: Connection, players: Sequence[Player], records: Records, tasks: Sequence[asyncio.Task[None]]
) -> None:
    while not pipe.poll():
        for task in tasks:
            if task.done():
                task.result()  # a fault of our own ends the run
        gave_up = sum(bool(record.gave_up) for record in records.players)
        pipe.send(Playing(sum(player.is_playing for player in players), gave_up))
        await asyncio.sleep(TELL_EVERY_S)
    pipe.recv()  # EOFError: the run is over


async def _look(clients: Sequence[Client], record: SessionRecord) -> None:
    """What somebody sees who comes now, while the others play on; who is sent away comes again, as anybody would."""
    with contextlib.suppress(TimeoutError):  # then it is not alive
        async with asyncio.timeout(LOOK_TIMEOUT_S):
            for client in itertools.cycle(clients):
                try:
                    await _watch(client, record)
                    return
                except (ClientError, TimeoutError):
                    await asyncio.sleep(TELL_EVERY_S)


async def _watch(client: Client, record: SessionRecord) -> None:
    session = await client.watch(record.code, "Looker")
    record.looked_s = time.monotonic()
    await session.next_state(PATIENCE_S)
    record.see(session.tick, checksum_of(session))
    first = session.tick
    await session.until(lambda it: it.tick > first, PATIENCE_S)
    record.history = [(line.id, line.text) for line in session.lines.values()]
    record.is_alive = True
