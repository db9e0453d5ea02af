"""Questions from node to node within one process."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable

from tickroom.server.shell.cluster.interface import Answer, NoAnswer

logger = logging.getLogger("tickroom.cluster")

WAITING_QUESTIONS = 1000  # to one node; more are turned away: it has stopped answering
ANSWERED_AT_ONCE = 16  # by one node; more wait

_Question = tuple[bytes, "asyncio.Future[bytes]"]


class Questions:
    """All that were asked and not taken yet, by the incarnation that they are for.

    ``holds_lease``: whether an incarnation is there to answer. ``check``: raises StoreAway when the store is away.
    """

    def __init__(self, holds_lease: Callable[[str], bool], check: Callable[[], object]) -> None:
        self.holds_lease = holds_lease
        self.check = check
        self.waiting: defaultdict[str, asyncio.Queue[_Question]] = defaultdict(
            lambda: asyncio.Queue(maxsize=WAITING_QUESTIONS)
        )


class MemoryInbox:
    """An Inbox."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions

    async def ask(self, incarnation: str, question: bytes, timeout_s: float) -> bytes:
        """Ask another node; see Inbox."""
        self._questions.check()
        if not self._questions.holds_lease(incarnation):
            raise NoAnswer(f"{incarnation} is not there")
        waiting = self._questions.waiting[incarnation]
        if waiting.full():
            raise NoAnswer(f"{incarnation} has too many questions waiting")
        answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        waiting.put_nowait((question, answered))
        try:
            async with asyncio.timeout(timeout_s):
                return await answered  # given up, it is cancelled, and not answered any more
        except TimeoutError:
            raise NoAnswer(f"{incarnation} did not answer in {timeout_s} s") from None

    async def serve(self, incarnation: str, answer: Answer) -> None:
        """Answer questions until cancelled; see Inbox."""
        places = asyncio.Semaphore(ANSWERED_AT_ONCE)
        waiting = self._questions.waiting[incarnation]
        try:
            async with asyncio.TaskGroup() as answering:
                while True:
                    await places.acquire()
                    question, answered = await waiting.get()
                    task = answering.create_task(_answer(question, answered, answer))
                    task.add_done_callback(lambda _: places.release())
        finally:
            self._questions.waiting.pop(incarnation, None)


async def _answer(question: bytes, answered: asyncio.Future[bytes], answer: Answer) -> None:
    if answered.done():
        return  # nobody waits any more
    try:
        told = await answer(question)
    except Exception:  # one question's fault must not end the others; its asker hears NoAnswer
        logger.exception("inbox: a question could not be answered")
        return
    if not answered.done():
        answered.set_result(told)
