"""How a server is told to stop, and how it leaves its cluster before it goes."""

from __future__ import annotations

import asyncio
import logging
import signal
from typing import Protocol

logger = logging.getLogger("tickroom.serve")

STORE_TIMEOUT_S = 8.0  # to write down what stays and say good-bye to the store, after what draining may take


class Leaving(Protocol):
    """A node's part in a cluster, as far as stopping goes."""

    async def stop(self, *, is_draining: bool) -> None:
        """Move the sessions to other nodes if ``is_draining``, give the lease up, and let the store go."""
        ...


class StopSignals:
    """SIGTERM and SIGINT of this process, counted."""

    def __init__(self) -> None:
        self._numbers: list[signal.Signals] = []
        self._once, self._again = asyncio.Event(), asyncio.Event()

    @classmethod
    def listen(cls) -> StopSignals:
        """Hear them from now on; they do nothing else any more. In the main thread only."""
        signals = cls()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, signals.hear, number)
        return signals

    def hear(self, number: signal.Signals) -> None:
        """One came."""
        self._numbers.append(number)
        (self._again if self._once.is_set() else self._once).set()

    @property
    def first(self) -> signal.Signals:
        """The first one that came. Ask only after :meth:`told`."""
        return self._numbers[0]

    async def told(self) -> None:
        """Until the first one comes."""
        await self._once.wait()

    async def second(self) -> None:
        """Until one comes after the first: whoever sends it has no patience left."""
        await self._again.wait()


async def leave_cluster(cluster: Leaving, signals: StopSignals, limit_s: float, *, is_draining: bool) -> None:
    """Leave in good order, for ``limit_s`` at most, and no longer than until a second signal comes.

    What was not moved until then stays in the store, where another node claims it as after a crash.
    """
    leaving = asyncio.create_task(cluster.stop(is_draining=is_draining))
    hurry = asyncio.create_task(signals.second())
    try:
        await asyncio.wait({leaving, hurry}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done():
            leaving.result()
            return
        reason = "told again" if hurry.done() else f"{limit_s:g} s are over"
        logger.warning("leaving the cluster at once: %s; what is still here is for others to claim", reason)
    except Exception:
        # The players must be told and the sockets closed all the same.
        logger.exception("leaving the cluster failed; what is still here is for others to claim")
    finally:
        hurry.cancel()
        leaving.cancel()
        await asyncio.wait({leaving, hurry})
