"""Keep one program running: start it again when it dies, and put a new one in its place without a gap."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from subprocess import SubprocessError

from tickroom.server.shell.listening import PortTaken
from tickroom.server.shell.workers.backoff import Backoff
from tickroom.server.shell.workers.program import Launch, Program
from tickroom.server.shell.workers.settings import Patience
from tickroom.server.shell.workers.tether import Tether

logger = logging.getLogger("tickroom.workers")


class Kept:
    """One place that always has a program in it, from :meth:`begin` to :meth:`stop`."""

    def __init__(self, name: str, launch: Callable[[], Launch], patience: Patience, tether: Tether) -> None:
        """``launch``: how to start it the next time. May raise PortTaken or OSError; then it is tried again later."""
        self.name = name
        self.current: Program | None = None
        self._launch = launch
        self._patience = patience
        self._tether = tether
        self._backoff = Backoff(patience)
        self._running: set[Program] = set()  # the current one, and those that begin or end beside it
        self._starting = asyncio.Lock()  # one at a time: who follows a death, or who takes the place of the living
        self._replaced = asyncio.Event()

    def begin(self) -> None:
        """Start it for the first time. In the main thread, in a running loop."""
        self.current = self._start()

    async def ready(self) -> bool:
        """Whether what was started is ready, as soon as that is known."""
        return self.current is not None and await self.current.ready()

    async def keep(self, tell: Callable[[str], None] = lambda _: None) -> None:
        """Start it again whenever it has ended. Ends by cancellation alone.

        ``tell`` gets a line for people about each that follows the first, as soon as it is ready. It raises nothing.
        """
        async with asyncio.TaskGroup() as telling:
            before = self.current
            while True:
                program = self.current
                if program is not None:
                    if program is not before:
                        telling.create_task(self._tell_when_ready(program, tell))
                        before = program
                    await self._ended_or_replaced(program)
                    if self.current is not program:
                        continue
                await self._start_again(program)

    async def _tell_when_ready(self, program: Program, tell: Callable[[str], None]) -> None:
        if await program.ready():
            tell(str(program))

    async def _start_again(self, program: Program | None) -> None:
        await self._wait_after(program)
        async with self._starting:
            if self.current is not program:
                return  # another took its place meanwhile
            self.current = self._start()
        if self.current is not None:
            logger.info("%s", self.current)

    async def replace(self) -> bool:
        """Start a new one, and when it is ready tell the old one to go; False when the old one had to stay."""
        async with self._starting:
            new = self._start()
            if new is None:
                return False
            if not await self._settled(new):
                logger.warning("%s does not come up; the old one stays", new)
                new.tell(signal.SIGKILL)
                await new.gone(self._patience.stop_timeout_s)
                return False
            old, self.current = self.current, new
            self._replaced.set()
        logger.info("%s is ready", new)
        if old is not None:
            logger.info("%s is told to go", old)
            old.tell(signal.SIGTERM)
            await old.gone(self._patience.stop_timeout_s)
            logger.info("%s %s", old, old.outcome)
        return True

    async def stop(self, number: signal.Signals) -> None:
        """Send a signal to whatever runs here, wait, and kill what does not go. :meth:`keep` must be cancelled."""
        running = list(self._running)
        for program in running:
            program.tell(number)
        await asyncio.gather(*(program.gone(self._patience.stop_timeout_s) for program in running))

    def kill(self) -> None:
        """Kill whatever runs here."""
        for program in list(self._running):
            program.tell(signal.SIGKILL)

    async def _settled(self, new: Program) -> bool:
        """Whether it is ready, and still there when all others know of it."""
        is_ready = await new.ready()
        await asyncio.sleep(self._patience.settle_s if is_ready else 0.0)
        return is_ready and not new.ended.is_set()

    async def _wait_after(self, program: Program | None) -> None:
        """After its end, or after a start that failed."""
        wait_s = self._backoff.after(0.0 if program is None else program.lived_s)
        if program is None:
            logger.warning("%s: trying again in %g s", self.name, wait_s)
        else:
            logger.warning("%s %s: starting it again in %g s", program, program.outcome, wait_s)
        await asyncio.sleep(wait_s)

    async def _ended_or_replaced(self, program: Program) -> None:
        self._replaced.clear()
        waits = [asyncio.create_task(program.ended.wait()), asyncio.create_task(self._replaced.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _start(self) -> Program | None:
        try:
            program = Program(self._launch(), self._patience, self._tether)
        except (PortTaken, OSError, SubprocessError) as error:
            logger.error("%s does not start: %s", self.name, error)
            return None
        self._running = {one for one in self._running if not one.ended.is_set()} | {program}
        return program
