"""One run of one program: started, watched, told to stop, and gone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tickroom.server.shell.workers.settings import Patience
from tickroom.server.shell.workers.tether import Tether

logger = logging.getLogger("tickroom.workers")

READY_EVERY_S = 0.05
POLL_S = 0.1  # where the system does not tell when a process ends
SILENT_LEAST = 3  # asks without answer: when the whole machine was asleep, one alone means nothing


@dataclass(frozen=True)
class Launch:
    """How to start a program once, and how to see how it is."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)  # it holds the key
    lives: Callable[[], Awaitable[bool]]
    is_ready: Callable[[], Awaitable[bool]]
    handed_down: Sequence[int] = ()  # descriptors that the program inherits under the same number
    started: Callable[[], None] = lambda: None  # what was handed down is the program's now; called in any case
    place: str = ""  # where it is reached


class Program:
    """A process of ours. It ends with us, whatever happens to us."""

    def __init__(self, launch: Launch, patience: Patience, tether: Tether) -> None:
        """Start it. Raises OSError. In the main thread, in a running loop."""
        self.name = launch.name
        self.place = launch.place
        self.ended = asyncio.Event()
        self._launch = launch
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._born = self._loop.time()
        self._silent_most_s = patience.start_timeout_s
        try:
            self._process = subprocess.Popen(
                launch.command,
                env=launch.environment,
                pass_fds=launch.handed_down,
                preexec_fn=tether.in_child,
                start_new_session=True,  # Ctrl-C at the terminal is for us, who tell it in good order
            )
        finally:
            launch.started()
        self._watcher = tether.watch(self.pid)
        self._life = asyncio.create_task(self._watch_life())
        self._polling = self._watch_end()

    def __str__(self) -> str:
        """For people: which, and where."""
        return ", ".join(part for part in (f"{self.name}: pid {self.pid}", self.place) if part)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def lived_s(self) -> float:
        """How long ago it was started."""
        return self._loop.time() - self._born

    @property
    def outcome(self) -> str:
        """How it ended, in words."""
        code = self._process.returncode
        if code is None:
            return "still runs"
        return f"ended with {code}" if code >= 0 else f"was killed by {signal.Signals(-code).name}"

    async def ready(self) -> bool:
        """Wait until it is ready; False when it ended before, or took longer than it may."""
        try:
            async with asyncio.timeout(self._patience.start_timeout_s):
                while not self.ended.is_set():
                    if await self._launch.is_ready():
                        self._silent_most_s = self._patience.hung_after_s
                        return True
                    await asyncio.sleep(READY_EVERY_S)
        except TimeoutError:
            logger.warning("%s is not ready after %g s", self, self._patience.start_timeout_s)
        return False

    def tell(self, number: signal.Signals) -> None:
        """Send a signal. Whoever does has an eye on it: from now on it is not taken for hung."""
        self._life.cancel()
        self._send(number)

    async def gone(self, limit_s: float) -> bool:
        """Wait until it has ended, and kill it when it takes longer; whether it went by itself."""
        try:
            await asyncio.wait_for(self.ended.wait(), limit_s)
        except TimeoutError:
            logger.warning("%s does not go within %g s: killing it", self, limit_s)
            self.tell(signal.SIGKILL)
            await self.ended.wait()
            return False
        return True

    def _send(self, number: signal.Signals) -> None:
        if not self.ended.is_set():
            self._process.send_signal(number)  # which looks first whether it has ended: a pid may be anybody's then

    async def _watch_life(self) -> None:
        """Kill it when it is silent for too long: it holds sessions and sockets that others could serve."""
        patience = self._patience
        silent_since, silent = self._born, 0
        while True:
            began = self._loop.time()
            if await self._answers():
                self._silent_most_s, silent = patience.hung_after_s, 0
            else:
                silent_since = silent_since if silent else began
                silent += 1
            if silent >= SILENT_LEAST and self._loop.time() - silent_since > self._silent_most_s:
                logger.warning("%s does not answer for %g s: killing it", self, self._silent_most_s)
                self._send(signal.SIGKILL)
                return
            await asyncio.sleep(patience.ask_every_s)

    async def _answers(self) -> bool:
        try:
            return await asyncio.wait_for(self._launch.lives(), self._patience.ask_timeout_s)
        except TimeoutError:
            return False

    def _watch_end(self) -> asyncio.Task[None] | None:
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # a kernel before 5.3 knows no pidfd_open(2)
                descriptor = os.pidfd_open(self.pid)
                self._loop.add_reader(descriptor, self._end, descriptor)
                return None
        return asyncio.create_task(self._poll_end())

    async def _poll_end(self) -> None:
        while self._process.poll() is None:  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(POLL_S)
        self._end(None)

    def _end(self, descriptor: int | None) -> None:
        if descriptor is not None:
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
        self._process.wait()
        if self._watcher is not None:
            self._watcher.kill()
            self._watcher.wait()
        self._life.cancel()
        self.ended.set()
