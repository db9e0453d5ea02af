"""Tasks that go on by themselves, and end with whom they serve."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

logger = logging.getLogger("tickroom.cluster")

AGAIN_AFTER_S = 1.0


class Background:
    """Tasks of one owner. One that fails is logged, and the others go on."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_over = False

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Begin. After ``end`` it is cancelled before its first step."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        if self._is_over:
            task.cancel()
        return task

    def keep(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> asyncio.Task[None]:
        """Begin what must go on for as long as its owner: after a fault, which is ours and logged, it begins again."""
        return self.spawn(_again_and_again(work, name), name)

    async def end(self) -> None:
        """Cancel all, and wait until they are gone; but not for whoever calls this."""
        self._is_over = True
        tasks = self._tasks - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("%s failed", task.get_name(), exc_info=error)


async def _again_and_again(work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
    while True:
        try:
            await work()
            return
        except Exception:
            # Without it a node would hold its lease and do nothing, or lose it and never join again.
            logger.exception("%s failed; it begins again in %g s", name, AGAIN_AFTER_S)
        await asyncio.sleep(AGAIN_AFTER_S)
