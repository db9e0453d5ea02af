"""A node's part in a cluster: it joins, has sessions of its own, takes others' over, gives its own away, and leaves."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import Error
from tickroom.server.shell.cluster import lease
from tickroom.server.shell.cluster.background import Background
from tickroom.server.shell.cluster.errands import answer
from tickroom.server.shell.cluster.interface import NodeView, Store, StoreAway
from tickroom.server.shell.cluster.lease import Lease
from tickroom.server.shell.cluster.life import Life, counted
from tickroom.server.shell.cluster.listings import post_listings
from tickroom.server.shell.cluster.membership import Membership
from tickroom.server.shell.cluster.moving import Moving, MovingFigures
from tickroom.server.shell.cluster.outbox import OutboxEvents
from tickroom.server.shell.cluster.ownership import Ownership
from tickroom.server.shell.cluster.restoring import TakeoverFigures
from tickroom.server.shell.cluster.takeover import Takeovers
from tickroom.server.shell.node import NodeFull

if TYPE_CHECKING:
    from tickroom.server.core.session import Session
    from tickroom.server.core.settings import SessionSettings
    from tickroom.server.shell.cluster.settings import ClusterSettings
    from tickroom.server.shell.node import Node

logger = logging.getLogger("tickroom.cluster")

CODES_TRIED_MOST = 8  # of 10**9: a second one is taken as good as never
LEAVE_S = 2.0  # to write down what stays behind, and the same again to say good-bye


class Cluster:
    """What a node needs of the others. ``url``: where clients reach this very node (http or https)."""

    def __init__(
        self,
        node: Node,
        store: Store,
        settings: ClusterSettings,
        url: str,
        clock: Callable[[], float] = lease.now_s,
    ) -> None:
        self.node = node
        self.store = store
        self.settings = settings
        self.url = url
        self.taken_over = TakeoverFigures()
        self.moved = MovingFigures()
        self._lease = Lease(settings.lease_s, clock)
        self._membership = Membership(node, store, settings, self._beget, self._serve, self._lease)
        self._takeovers: Takeovers | None = None
        self._moving: Moving | None = None
        self._tasks = Background()
        self._removals: dict[str, asyncio.Task[None]] = {}  # of sessions that have ended, by code
        self._is_stopping = self._is_stopped = False

    # --- what others ask ---------------------------------------------------------------------------------------------

    @property
    def incarnation(self) -> str:
        """This life's name."""
        return self._membership.life.incarnation

    @property
    def is_active(self) -> bool:
        """Whether this node holds its lease by its own clock; else nobody is let in, and nobody told anything."""
        return self._membership.is_active

    @property
    def is_draining(self) -> bool:
        """Whether it takes no session any more."""
        return self._membership.is_draining

    @property
    def sessions_taken_over(self) -> int:
        """From nodes that died, since the start."""
        return self.taken_over.sessions

    @property
    def sessions_moved(self) -> int:
        """To other nodes, since the start."""
        return self.moved.sessions

    @property
    def pauses(self) -> int:
        """How often the lease was lost, so that the sessions stood still."""
        return self._membership.lapses

    async def view_nodes(self) -> list[NodeView]:
        """The nodes that hold their lease, this one too; as of the newest renewal."""
        return list(self._membership.view)

    # --- life --------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Join. From now on the node's ticks are journaled. Raises StoreAway."""
        self.node.on_ended = self._note_ended
        self.node.on_failed = self._note_failed
        await self._membership.start()
        self._tasks.keep(lambda: post_listings(self), "posting the public sessions")

    async def stop(self, *, is_draining: bool | None = None) -> None:
        """Leave, once. ``is_draining``: move the sessions to other nodes first; None: as the settings say.

        What is still here then is left in the store, for whoever claims it. When this is cancelled, the next call goes
        on with that.
        """
        if self._is_stopped:
            return
        if is_draining is None:
            is_draining = self.settings.drain_on_stop and not self._is_stopping
        self._is_stopping = True
        self._membership.is_draining = True
        if self.is_active and self._moving is not None:
            if is_draining:
                await self._drain_in_time()
            left = list(self.node.sessions.values())
            logger.info("%s left in the store", counted(len(left), "session"))
            await self._within(self._moving.leave_behind(left, CloseCode.SHUTTING_DOWN))
        if self._removals:
            await asyncio.wait(self._removals.values(), timeout=LEAVE_S)
        await self._tasks.end()
        await self._within(self._membership.stop())
        await self.store.close()
        self._is_stopped = True

    async def _drain_in_time(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.drain_timeout_s):
                try:
                    await self.drain()
                except Exception:
                    logger.exception("draining failed")  # what is still here is left in the store all the same

    @staticmethod
    async def _within(work: Coroutine[Any, Any, None]) -> None:
        try:
            async with asyncio.timeout(LEAVE_S):
                await work
        except TimeoutError:
            logger.warning("the store does not answer, and we go all the same")

    def _beget(self) -> Life:
        events = OutboxEvents(
            away=lambda: self.node.tell_everybody(Error(ErrorCode.STORAGE_AWAY, ErrorCode.STORAGE_AWAY.reason)),
            back=lambda: None,
            gap=self._mend,
            fenced=self._membership.note_fenced,
            lost=self._note_lost,
        )
        return Life(self.node, self.store, self.settings, self.url, self._lease, events)

    def _serve(self, life: Life) -> None:
        self._takeovers = Takeovers(life, self._membership, self.taken_over, lambda code: code in self._removals)
        self._moving = Moving(life, self._membership, self.moved)
        life.tasks.keep(self._takeovers.watch, "watching for lapsed nodes")
        inbox, incarnation = self.store.inbox, life.incarnation
        life.tasks.keep(
            lambda: inbox.serve(incarnation, lambda question: answer(self, question)), "answering other nodes"
        )

    # --- sessions ----------------------------------------------------------------------------------------------------

    async def create(self, settings: SessionSettings) -> Session:
        """A new session with a code that no node has, found by all. Raises SettingsInvalid, NodeFull, StoreAway."""
        for _ in range(CODES_TRIED_MOST):
            session = await self._try_to_create(settings)
            if session is not None:
                return session
        raise NodeFull("no code is free")

    async def _try_to_create(self, settings: SessionSettings) -> Session | None:
        self._need_standing()
        life = self._membership.life
        session = self.node.open(settings)
        code = session.code
        life.busy.add(code)
        try:
            first = life.hold_records(session)
            is_ours = await self.store.directory.reserve(code, life.incarnation, first)
            if life.is_over:
                raise StoreAway("the lease was lost meanwhile")
        except BaseException:  # cancelled, too: whoever asked has gone, and nobody would ever find it
            life.drop(session)
            self._remove(code, life.incarnation)  # it may be there all the same
            raise
        finally:
            life.busy.discard(code)
        if not is_ours:
            life.drop(session)
            return None
        self.node.list(session)
        return session

    def _need_standing(self) -> None:
        if self.is_draining:
            raise NodeFull("this node is being drained")
        if not self.is_active:
            raise StoreAway("this node holds no lease")

    def _note_ended(self, session: Session) -> None:
        life = self._membership.life
        life.outbox.forget(session.code)
        if not life.is_over:  # else its end may be in no record, and it goes on with whoever claims it
            self._remove(session.code, life.incarnation)

    def _remove(self, code: str, incarnation: str) -> None:
        """Have the store forget a session, however long that takes: till then nobody takes it for a living one."""
        if code not in self._removals:
            work = self._remove_from_store(self._membership.life, code, incarnation)
            self._removals[code] = self._tasks.spawn(work, f"removing {code}")
            self._removals[code].add_done_callback(lambda _: self._removals.pop(code))

    async def _remove_from_store(self, life: Life, code: str, incarnation: str) -> None:
        async with life.turn(code):
            await life.until_answered(lambda: self.store.directory.remove(code, incarnation))

    def _note_failed(self, sessions: Sequence[Session]) -> None:
        """A tick of them failed, so what is in memory is not what a successor would make of its records."""
        life = self._membership.life
        life.unsure.update(dict.fromkeys((session.code for session in sessions), life.incarnation))

    def _note_lost(self, code: str) -> None:
        """A checkpoint was refused: the session is not ours, says the store; or it has lost that it is."""
        session = self.node.sessions.get(code)
        if session is not None and code not in self._membership.life.busy:
            life = self._membership.life
            life.tasks.spawn(self._hold(life, session), f"looking for the owner of {code}")

    async def _hold(self, life: Life, session: Session) -> None:
        await Ownership(life, (), may_reclaim=True).hold_or_let_go(session)

    async def _mend(self) -> None:
        """The store has lost records: every session begins anew with a checkpoint of what it is now."""
        life = self._membership.life
        await Ownership(life, (), may_reclaim=True).hold_all(list(self.node.sessions.values()))

    # --- to and from other nodes -------------------------------------------------------------------------------------

    async def drain(self) -> int:
        """Take no session any more, and move all to other nodes; how many could not be moved."""
        self._membership.is_draining = True
        self._membership.renew_now()  # so that the others know
        await self._membership.look_around()  # a node that has just joined is one to move to
        while (here := len(self.node.sessions)) and self.is_active and self._moving is not None:
            await self._moving.move_all(list(self.node.sessions.values()))
            if len(self.node.sessions) >= here:
                break
        return len(self.node.sessions)

    async def move(self, code: str, to_name: str) -> None:
        """Move a session to the node of that name. Raises LookupError, NotMoved, StoreAway."""
        await self._membership.look_around()
        session = self.node.sessions.get(code)
        if session is None:
            raise LookupError(f"there is no session {code} here")
        if not self.is_active or self._moving is None:
            raise StoreAway("this node holds no lease")
        await self._moving.move(session, to_name)

    async def adopt_from(self, code: str, held_by: str) -> None:
        """Go on with a session that another node has parted from, and that ``held_by`` owns.

        Raises LookupError when it does not (any more), NodeFull, StoreAway; then nothing has changed here.
        """
        self._need_standing()
        assert self._takeovers is not None, "made before the lease was held"
        await self._takeovers.adopt_from(code, held_by)
