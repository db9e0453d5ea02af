"""Questions from node to node through Redis: a list of numbers, and each question under a key of its own.

The key goes when its asker's patience is over, by Redis's clock alone, and taking it is one command: so a question is
answered once or not at all, and never when nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import logging
import secrets

from tickroom.server.shell.cluster import keys, redis_scripts
from tickroom.server.shell.cluster.interface import Answer, NoAnswer, StoreAway
from tickroom.server.shell.cluster.redis_link import RedisLink

logger = logging.getLogger("tickroom.cluster")

WAITING_QUESTIONS = 1000  # to one node, in Redis; more are turned away: it has stopped answering
ASKED_AT_ONCE = 32  # by one node; each holds a connection while it waits
ANSWERED_AT_ONCE = 16  # by one node; more stay in Redis
_WAIT_S = 1  # a blocking pop; how soon a connection that died unseen is found out
_AWAY_PAUSE_S = 0.2


class RedisInbox:
    """An Inbox."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._askers = asyncio.Semaphore(ASKED_AT_ONCE)

    async def ask(self, incarnation: str, question: bytes, timeout_s: float) -> bytes:
        """Ask another node; see Inbox. One without a lease is not waited for."""
        try:
            async with asyncio.timeout(timeout_s), self._askers:
                return await self._ask(incarnation, question, timeout_s)
        except TimeoutError:
            raise NoAnswer(f"{incarnation} did not answer in {timeout_s} s") from None

    async def _ask(self, incarnation: str, question: bytes, timeout_s: float) -> bytes:
        number = secrets.token_hex(8)
        lying = [keys.lease(incarnation), keys.inbox(incarnation), keys.question(incarnation, number)]
        arguments = (number, question, max(1, int(timeout_s * 1000)), keys.INBOX_KEPT_MS, WAITING_QUESTIONS)
        if not await self._link.run(redis_scripts.ASK, lying, *arguments):
            raise NoAnswer(f"{incarnation} is not there")
        place = keys.answer(incarnation, number)
        popped = await self._link.wait_for("BLPOP", place, str(timeout_s), at_most_s=timeout_s)
        if popped is None:
            raise NoAnswer(f"{incarnation} did not answer in {timeout_s} s")
        answered: bytes = popped[1]
        return answered

    async def serve(self, incarnation: str, answer: Answer) -> None:
        """Answer questions until cancelled; see Inbox."""
        places = asyncio.Semaphore(ANSWERED_AT_ONCE)
        async with asyncio.TaskGroup() as answering:
            while True:
                await places.acquire()
                number = await self._next(incarnation)
                task = answering.create_task(self._answer(incarnation, number, answer))
                task.add_done_callback(lambda _: places.release())

    async def _next(self, incarnation: str) -> str:
        is_away = False
        while True:
            try:
                popped = await self._link.wait_for("BLPOP", keys.inbox(incarnation), _WAIT_S, at_most_s=_WAIT_S)
            except StoreAway as away:
                if not is_away:
                    logger.warning("inbox: the store is away: %s", away)
                is_away = True
                await asyncio.sleep(_AWAY_PAUSE_S)
                continue
            is_away = False
            if popped is not None:
                number: bytes = popped[1]
                return number.decode()

    async def _answer(self, incarnation: str, number: str, answer: Answer) -> None:
        try:
            question = await self._link.call("GETDEL", keys.question(incarnation, number))
            if question is None:
                return  # nobody waits any more
            answered = await answer(question)
            place = keys.answer(incarnation, number)
            await self._link.run(redis_scripts.ANSWER, [place], answered, keys.ANSWER_KEPT_MS)
        except StoreAway as away:
            logger.warning("inbox: a question stays without an answer, for the store is away: %s", away)
        except Exception:  # one question's fault must not end the others; its asker hears NoAnswer
            logger.exception("inbox: a question could not be answered")
