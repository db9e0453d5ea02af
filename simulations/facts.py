"""Facts handed to whoever listens: by callback, or through an iterator with a bounded queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

from tickroom.protocol.messages import ServerFact

READER_FACTS = 1024  # how far a reader may lag; then the oldest are lost to it, and counted


class FactFeed:
    """The facts of one session. ``lost``: facts that slow readers did not get."""

    def __init__(self) -> None:
        self.lost = 0
        self._callbacks: list[Callable[[ServerFact], None]] = []
        self._readers: list[asyncio.Queue[ServerFact | None]] = []  # None: no more will come
        self._is_over = False

    def call(self, callback: Callable[[ServerFact], None]) -> None:
        """Call ``callback`` with every fact from now on."""
        self._callbacks.append(callback)

    def read(self) -> AsyncIterator[ServerFact]:
        """Every fact from this call on, until the session ends."""
        queue: asyncio.Queue[ServerFact | None] = asyncio.Queue(READER_FACTS)
        if self._is_over:
            queue.put_nowait(None)
        else:
            self._readers.append(queue)
        return self._drain(queue)

    def publish(self, fact: ServerFact) -> None:
        """Hand a fact to all."""
        for callback in self._callbacks:
            callback(fact)
        for queue in self._readers:
            self._put(queue, fact)

    def end(self) -> None:
        """No more will come."""
        self._is_over = True
        for queue in self._readers:
            self._put(queue, None)

    async def _drain(self, queue: asyncio.Queue[ServerFact | None]) -> AsyncIterator[ServerFact]:
        try:
            while (fact := await queue.get()) is not None:
                yield fact
        finally:
            if queue in self._readers:
                self._readers.remove(queue)

    def _put(self, queue: asyncio.Queue[ServerFact | None], fact: ServerFact | None) -> None:
        if queue.full():
            queue.get_nowait()
            self.lost += 1
        queue.put_nowait(fact)
