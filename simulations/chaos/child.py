"""A process of the cluster under test: started, waited for, and ended by its id, whatever happens to us."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tickroom.simulations.chaos.parameters import ChaosFailed

START_TIMEOUT_S = 30.0
END_TIMEOUT_S = 10.0
TAIL_BYTES = 2000


class Child:
    """One life of a program. ``ended_s``: when it was seen to be gone, CLOCK_MONOTONIC; 0 while it runs."""

    def __init__(self, child: asyncio.subprocess.Process, log: Path) -> None:
        self.pid = child.pid
        self.ended_s = 0.0
        self.ended = asyncio.Event()
        self._child = child
        self._log = log
        self._watching = asyncio.create_task(self._watch())

    @property
    def returncode(self) -> int | None:
        """As it ended; None while it runs."""
        return self._child.returncode

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self._child.returncode is None:
            self._child.send_signal(number)

    async def line_with(self, words: str) -> str:
        """Wait for a line of its output that holds these words. Raises ChaosFailed with what it said last."""
        assert self._child.stdout is not None
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                while line := (await self._child.stdout.readline()).decode(errors="replace"):
                    if words in line:
                        return line
        except TimeoutError:
            pass
        raise ChaosFailed(f"it did not start: {self.last_words() or 'it said nothing'}")

    def last_words(self) -> str:
        """The end of what it wrote to stderr."""
        return self._log.read_bytes()[-TAIL_BYTES:].decode(errors="replace").strip()

    async def end(self) -> None:
        """Kill it, also when it is paused, and wait until it is gone."""
        self.signal(signal.SIGKILL)
        async with asyncio.timeout(END_TIMEOUT_S):
            await self.ended.wait()

    async def _watch(self) -> None:
        await self._child.wait()
        self.ended_s = time.monotonic()
        self.ended.set()


async def start_child(command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> Child:
    """Start a program in a session of its own: Ctrl-C reaches us alone, and we end it."""
    with log.open("ab") as errors:
        child = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            env=os.environ | dict(environment or {}),
            start_new_session=True,
        )
    return Child(child, log)
