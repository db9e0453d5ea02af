"""Start workers and keep them running, replace them one after the other on SIGHUP, and end them all on SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tickroom.server.shell.stopping import StopSignals
from tickroom.server.shell.workers.keeping import Kept

logger = logging.getLogger("tickroom.workers")


class NoStore(Exception):
    """The embedded Redis did not come up; its log says why."""


class NoWorker(Exception):
    """None came up at the start; the log says why."""


@dataclass(frozen=True)
class Crew:
    """Whom a supervisor looks after."""

    site_url: str  # the address for people
    workers: Sequence[Kept]
    store: Kept | None  # the embedded Redis, which must be there before the workers and go after them
    is_terminal_gone: Callable[[], bool] = lambda: False  # what SIGHUP may mean besides "restart"


async def supervise(crew: Crew, tell: Callable[[str], None]) -> None:
    """Until SIGTERM or SIGINT; nothing that it started runs any more when it returns or raises.

    ``tell`` gets lines for people, and raises nothing: the address, and each worker's name, process and URL, again
    whenever it is another process. Raises NoStore, NoWorker.
    """
    signals = StopSignals.listen()
    rolling = Rolling(crew.workers)
    _hear_hang_ups(crew, rolling, signals)
    working = [asyncio.create_task(_run(crew, tell)), asyncio.create_task(rolling.roll())]
    tasks: list[asyncio.Task[None]] = [asyncio.create_task(signals.told()), *working]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in working:
            if task.done():
                task.result()  # never anything but an error
        logger.info("stopping %d workers", len(crew.workers))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await _stop(crew, signals)
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)


async def _run(crew: Crew, tell: Callable[[str], None]) -> None:
    """Start all, and keep all running. Ends by cancellation or an error alone."""
    keeping: list[asyncio.Task[None]] = []
    try:
        if crew.store is not None:
            crew.store.begin()
            if not await crew.store.ready():
                raise NoStore("the embedded Redis does not start")
            tell(str(crew.store.current))
            keeping.append(asyncio.create_task(crew.store.keep(tell)))
        for worker in crew.workers:
            worker.begin()
            keeping.append(asyncio.create_task(worker.keep(tell)))
        if not any(await asyncio.gather(*(_ready(worker, tell) for worker in crew.workers))):
            raise NoWorker("no worker came up")
        tell(f"Tickroom serves {crew.site_url}")
        await asyncio.gather(*keeping)
    finally:
        for task in keeping:
            task.cancel()
        if keeping:
            await asyncio.wait(keeping)


async def _ready(worker: Kept, tell: Callable[[str], None]) -> bool:
    is_ready = await worker.ready()
    if is_ready:
        tell(str(worker.current))
    return is_ready


async def _stop(crew: Crew, signals: StopSignals) -> None:
    """The workers, all at once, then the store. A second signal to us kills them."""
    # With a store of our own nothing outlives us that they could leave their sessions to: they need not try.
    number = signal.SIGTERM if crew.store is None else signal.SIGINT
    hurry = asyncio.create_task(_kill_when_told_again(crew, signals))
    await asyncio.gather(*(worker.stop(number) for worker in crew.workers))
    hurry.cancel()
    if crew.store is not None:
        await crew.store.stop(signal.SIGTERM)


async def _kill_when_told_again(crew: Crew, signals: StopSignals) -> None:
    await signals.second()
    logger.warning("told again: killing the workers")
    for worker in crew.workers:
        worker.kill()


class Rolling:
    """Replace workers one after the other, as often as one asks, never two at a time."""

    def __init__(self, workers: Sequence[Kept]) -> None:
        self._workers = workers
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """Once more, from the first to the last; while it goes on, once more after that."""
        self._asked.set()

    async def roll(self) -> None:
        """Do what is asked; ends by cancellation alone."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            logger.info("restarting %d workers, one after the other", len(self._workers))
            for done, worker in enumerate(self._workers):
                if not await worker.replace():
                    logger.warning("%d of %d workers are new; the others stay as they are", done, len(self._workers))
                    break
            else:
                logger.info("all %d workers are new", len(self._workers))


def _hear_hang_ups(crew: Crew, rolling: Rolling, signals: StopSignals) -> None:
    def hear() -> None:
        if crew.is_terminal_gone():
            signals.hear(signal.SIGHUP)
        else:
            rolling.ask()

    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hear)
