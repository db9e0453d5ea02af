"""One session on its way to another node; see moving.py for the plan and what it is safe against."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tickroom.protocol.codes import CloseCode
from tickroom.server.core.checkpoint import Checkpoint, CheckpointUnreadable, decode_checkpoint, encode_checkpoint
from tickroom.server.shell.cluster.errands import ErrandRefused, ask_adopt
from tickroom.server.shell.cluster.interface import NoAnswer, NodeEntry, StoreAway
from tickroom.server.shell.cluster.recovery import LEFT
from tickroom.server.shell.description import websocket_url
from tickroom.server.shell.node import NodeFull

if TYPE_CHECKING:
    from tickroom.server.core.session import Session
    from tickroom.server.shell.cluster.life import Life

logger = logging.getLogger("tickroom.cluster")

FLUSH_S = 1.0  # for what was not told yet when we leave a session behind


class NotMoved(Exception):
    """The session stays where it is, or is another's already; the text says which."""


class Handover:
    """Gives ``session`` away. Whatever happens, its people are sent on exactly once."""

    def __init__(self, life: Life, leaving: str, session: Session) -> None:
        self._life = life
        self._leaving = leaving
        self._session = session
        self._code = session.code
        self._checkpoint: Checkpoint | None = None
        self.asked: list[NodeEntry] = []  # who was asked to take it

    async def carry_out(self, next_target: Callable[[list[NodeEntry]], NodeEntry | None]) -> float:
        """Part from it and ask one target after the other; for how many seconds nobody ticked it.

        Raises NotMoved.
        """
        await self._begin()
        began_s = time.monotonic()
        away = (CloseCode.TRY_AGAIN_LATER, "")
        try:
            await self._part()
            await self._take_off_our_hands()
            await self._life.outbox.flushed()
            url = await self._ask(next_target)
            if url is None:
                await self._adopt_again()
                raise NotMoved("nobody took it, and it goes on here")
            away = (CloseCode.MOVED, websocket_url(url, self._code))
        finally:
            self._life.node.let_go(self._session, *away)
        return time.monotonic() - began_s

    async def leave_behind(self, code: CloseCode) -> None:
        """Part from it and leave it in the store, where whoever claims it next finds all of it."""
        try:
            await self._begin()
            await self._part()
            async with asyncio.timeout(FLUSH_S):
                await self._life.outbox.flushed()
        except (NotMoved, TimeoutError) as error:
            logger.warning("session %s: %s", self._code, error)
        except Exception:  # ours, or the game's: the others are to be left in good order all the same
            logger.exception("session %s is left as the store has it", self._code)
        finally:
            self._life.node.let_go(self._session, code)

    # --- out ---------------------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        """Until it may be parted from; then that must follow at once."""
        async with self._life.turn(self._code):
            pass  # whoever makes sure of it in the store has done so; the next one will find it gone
        self._need_life()
        if self._session.ended:
            raise NotMoved(f"{self._code} has ended")

    def _need_life(self) -> None:
        # Moves of a node that stops are not cancelled with its life, and the next life has the session by then.
        if self._life.is_over:
            raise NotMoved("the lease was lost meanwhile")

    async def _part(self) -> None:
        """Tick it no more; its last checkpoint is in the store."""
        life, code = self._life, self._code
        sequence = life.outbox.sequence
        last = replace(decode_checkpoint(life.node.part_from(self._session)), pool=LEFT)
        blob = encode_checkpoint(last)
        life.outbox.keep(code, blob, sequence)  # in place of an older one that waits to be written
        if not await life.until_answered(lambda: life.journal.checkpoint(code, blob)):
            raise NotMoved(f"{code} is another node's by now")
        self._checkpoint = last

    async def _take_off_our_hands(self) -> None:
        await self._claim(self._life.incarnation, self._leaving)
        self._life.outbox.forget(self._code)

    async def _ask(self, next_target: Callable[[list[NodeEntry]], NodeEntry | None]) -> str | None:
        """The URL of the node that has it now; None when it is ours again."""
        life = self._life
        while (target := next_target(self.asked)) is not None:
            self.asked.append(target)
            timeout_s = life.settings.ask_timeout_s
            try:
                await ask_adopt(life.store, target.incarnation, self._code, self._leaving, timeout_s)
            except ErrandRefused as refused:
                logger.warning("%s does not take session %s: %s", target.incarnation, self._code, refused)
            except (NoAnswer, StoreAway) as error:
                logger.warning("%s does not answer for session %s: %s", target.incarnation, self._code, error)
                break
            else:
                return target.url
        return await self._take_back()

    # --- back --------------------------------------------------------------------------------------------------------

    async def _take_back(self) -> str | None:
        owner = await self._claim(self._leaving, self._life.incarnation, may_be_gone=True)
        if owner == self._life.incarnation:
            return None
        taker = next((entry for entry in self.asked if entry.incarnation == owner), None)
        if taker is None:
            raise NotMoved(f"{self._code} is another node's by now")
        return taker.url

    async def _adopt_again(self) -> None:
        assert self._checkpoint is not None, "parted from before"
        try:
            await self._life.adopt(self._checkpoint)
        except (NodeFull, CheckpointUnreadable, StoreAway) as error:
            self._life.unsure[self._code] = self._life.incarnation
            raise NotMoved(f"{self._code} is here no more, for now: {error}") from error

    async def _claim(self, held_by: str, by: str, *, may_be_gone: bool = False) -> str | None:
        """Who owns it after the claim. Raises NotMoved when that is not ``by``, unless it may be gone."""
        self._need_life()
        directory, code = self._life.store.directory, self._code
        if await self._life.until_answered(lambda: directory.claim(code, held_by, by)) is not None:
            return by
        owner = await self._life.until_answered(lambda: directory.owner_of(code))  # ``by``, if an answer was lost
        if owner != by and not may_be_gone:
            raise NotMoved(f"{code} is another node's by now")
        return owner
