"""The processes that play the bots, as the run sees them."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from tickroom.simulations.chaos.generator import STOP, Assignment, Playing, run_generator
from tickroom.simulations.chaos.parameters import ChaosFailed
from tickroom.simulations.chaos.records import Records, decode_records

REPORT_TIMEOUT_S = 60.0
JOIN_TIMEOUT_S = 5.0
STEADY_S = 0.8  # all play for so long before it counts
FRESH_S = 2.0  # what a generator last said is believed for so long


class Generators:
    """Processes that play; ``close`` ends them. ``gave_up``: bots that will never play again."""

    def __init__(self, assignments: Sequence[Assignment]) -> None:
        context = multiprocessing.get_context("spawn")  # a forked event loop and its sockets would be shared
        self._players = sum(len(one.codes) * one.players for one in assignments)
        self._newest: dict[Connection, tuple[float, Playing]] = {}
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        self._failure = ""
        self._reports: dict[Connection, bytes] = {}
        self._changed = asyncio.Event()
        loop = asyncio.get_running_loop()
        for assignment in assignments:
            ours, theirs = context.Pipe()
            process = context.Process(target=run_generator, args=(assignment, theirs), daemon=True)
            process.start()
            theirs.close()
            self._processes.append(process)
            self._pipes.append(ours)
            loop.add_reader(ours.fileno(), self._receive, ours)

    @property
    def gave_up(self) -> int:
        """Bots that will never play again."""
        return sum(said.gave_up for _, said in self._newest.values())

    async def settle(self, at_most_s: float) -> bool:
        """Wait until all bots have been playing for a moment, but for those who gave up; whether that was so."""
        steady_since_s: float | None = None
        end_s = time.monotonic() + at_most_s
        while time.monotonic() < end_s:
            self._raise_failure()
            now_s = time.monotonic()
            playing = sum(said.playing for at_s, said in self._newest.values() if now_s - at_s < FRESH_S)
            if playing < self._players - self.gave_up:
                steady_since_s = None
            elif steady_since_s is None:
                steady_since_s = now_s
            elif now_s - steady_since_s >= STEADY_S:
                return True
            await asyncio.sleep(0.05)
        return False

    async def finish(self) -> Records:
        """Have them play no more; what they wrote down. Raises ChaosFailed."""
        for pipe in self._pipes:
            pipe.send(STOP)
        try:
            async with asyncio.timeout(REPORT_TIMEOUT_S):
                while len(self._reports) < len(self._processes):
                    self._changed.clear()
                    self._raise_failure()
                    await self._changed.wait()
        except TimeoutError:
            raise ChaosFailed("the players' processes do not answer") from None
        self._raise_failure()
        records = Records()
        for report in self._reports.values():
            records.add(decode_records(report))
        return records

    def close(self) -> None:
        """End them: a closed pipe does, and a signal to whoever does not see it."""
        for pipe in self._pipes:
            asyncio.get_running_loop().remove_reader(pipe.fileno())
            pipe.close()
        for process in self._processes:
            process.join(JOIN_TIMEOUT_S)
            if process.is_alive():
                process.kill()
                process.join()

    def _receive(self, pipe: Connection) -> None:
        try:
            said: object = pipe.recv()
        except (EOFError, OSError):
            asyncio.get_running_loop().remove_reader(pipe.fileno())
            said = None
        if isinstance(said, Playing):
            self._newest[pipe] = (time.monotonic(), said)
            return
        if isinstance(said, bytes):
            self._reports[pipe] = said
        elif isinstance(said, str):
            self._failure = said
        elif pipe not in self._reports:
            self._failure = self._failure or "a process of the players ended by itself"
        self._changed.set()

    def _raise_failure(self) -> None:
        if self._failure:
            raise ChaosFailed(self._failure)
