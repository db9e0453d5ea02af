"""A node: one server process's sessions and their connections, from tick to tick."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tickroom.game.interface import Game
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import ClientMessageDecoder, ServerFact
from tickroom.server.core import commands
from tickroom.server.core.checkpoint import Checkpoint, encode_checkpoint, restore_session, take_checkpoint
from tickroom.server.core.codes import CODES, code_from_number, normal_code
from tickroom.server.core.placement import Phase, Placement
from tickroom.server.core.pool import Pool
from tickroom.server.core.records import pool_record
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings, SettingsInvalid, game_options
from tickroom.server.shell.cluster.envelope import Envelope
from tickroom.server.shell.cluster.interface import NodeLoad
from tickroom.server.shell.cluster.outbox import Outbox, Ticked
from tickroom.server.shell.connection import Connection
from tickroom.server.shell.failed_ticks import FailedTicks
from tickroom.server.shell.identity.guest_tokens import GuestTokens, development_key
from tickroom.server.shell.identity.recognition import Recognition
from tickroom.server.shell.lobby import Lobby, Subscriber
from tickroom.server.shell.publisher import Publisher, told_at_once
from tickroom.server.shell.scheduler import Scheduler
from tickroom.server.shell.settings import ServerSettings
from tickroom.server.shell.statistics import Statistics, freeze_garbage

if TYPE_CHECKING:
    from tickroom.server.shell.cluster.cluster import Cluster

logger = logging.getLogger("tickroom.node")


class NodeFull(Exception):
    """Ours: no room for another session or connection, or shutting down. Trying again later can help."""


class Node:
    """All sessions of this process. Everything happens on the event loop's thread."""

    def __init__(
        self, settings: ServerSettings, games: Mapping[str, Game[Any]], recognition: Recognition | None = None
    ) -> None:
        self.settings = settings
        self.games = games
        self.recognition = recognition or Recognition(settings.auth)
        key = settings.secret_key or development_key()
        self.tokens = GuestTokens(key, time.time)
        self.envelope = Envelope(key)
        self.statistics = Statistics()
        self.messages_in = 0
        self.sessions: dict[str, Session] = {}  # by code
        self.lobby = Lobby(self)
        self.closing = False
        self.placement = Placement(settings.phases)
        self._scheduler = Scheduler(self.placement, self._tick_phase, self.statistics)
        self.publisher = Publisher(self.tokens, self.statistics, self._forget_session)
        self.cluster: Cluster | None = None  # the other nodes, where there are any
        self.outbox: Outbox | None = None  # where ticks wait until they are journaled; None: nothing is
        self.on_ended: Callable[[Session], None] | None = None  # a session is over, and its people were told
        # A tick of sessions failed, and they are not here any more: they go on from what the journal has of them.
        self.on_failed: Callable[[Sequence[Session]], None] | None = None
        self._decoders = {name: ClientMessageDecoder(game.schema) for name, game in games.items()}
        self._commands: dict[Pool, list[tuple[Session, commands.Command]]] = {}
        self._began_ns: dict[Pool, int] = {}  # when the newest tick of each pool began
        self._failed_ticks = FailedTicks()
        self._rota: deque[Session] = deque()  # whose checkpoint is the oldest, first; used where there is an outbox
        self._paused = False
        self._next_connection = 1
        self._deserted = asyncio.Event()  # set while nobody is connected
        self._deserted.set()
        self._cpu = _CpuShare()

    # --- life --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to tick. Call on the event loop, after everything long-lived exists."""
        freeze_garbage()
        self._scheduler.start()

    async def shut_down(self) -> None:
        """End every session, tell every client, and wait a little for their sockets to go."""
        self.closing = True
        for session in self.sessions.values():
            self.queue(session, commands.End(CloseCode.SHUTTING_DOWN))
        for pool in self.placement.all_pools():
            self._tick_pool(pool, time.monotonic_ns())
        self._scheduler.stop()
        self.lobby.close(CloseCode.SHUTTING_DOWN)
        self.close_connections(CloseCode.SHUTTING_DOWN)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._deserted.wait(), self.settings.shutdown_grace_s)

    # --- sessions ----------------------------------------------------------------------------------------------------

    def create(self, settings: SessionSettings) -> Session:
        """A new session with a code of its own, which anybody finds. Raises SettingsInvalid, NodeFull."""
        session = self.open(settings)
        self.list(session)
        return session

    def open(self, settings: SessionSettings) -> Session:
        """A new session with a code that none here has; nobody finds it yet. Raises SettingsInvalid, NodeFull."""
        game = self.games.get(settings.game)
        if game is None:
            raise SettingsInvalid([f"there is no game {settings.game!r}; games: {', '.join(sorted(self.games))}"])
        options = game_options(game.schema, settings.options)
        self._need_seats(settings.seats)
        seed = settings.seed if settings.seed is not None else secrets.randbits(32)
        pool = self.placement.pool_for(game, settings.seats, settings.tick_hz)
        return self._begin(pool.open(self._free_code(), settings, seed, options))

    def adopt(self, checkpoint: Checkpoint) -> Session:
        """A session that another node had goes on here; nobody finds it yet. Raises NodeFull, CheckpointUnreadable."""
        settings = checkpoint.settings
        self._need_seats(settings.seats)
        capacity = self._failed_ticks.pool_capacity(checkpoint.code)
        pool = self.placement.pool_for(self.games[settings.game], settings.seats, settings.tick_hz, capacity)
        session = self._begin(restore_session(pool, checkpoint))
        self.take_over(session)
        return session

    def take_over(self, session: Session) -> None:
        """Whoever was connected is so no more, through no fault of theirs: their seats are kept a good while."""
        self.queue(session, commands.TakeOver())

    def _begin(self, session: Session) -> Session:
        self.publisher.open(session)
        self._began_ns.setdefault(session.pool, time.monotonic_ns())
        self._scheduler.wake()
        return session

    def list(self, session: Session) -> None:
        """Whoever has the code finds the session from now on, unless it has gone in the meantime."""
        if session.ended:
            return
        self.sessions[session.code] = session
        if self.outbox is not None:
            self._rota.append(session)

    def discard(self, session: Session) -> None:
        """A session that was opened or adopted, and cannot be had: as if it had never been here."""
        self._stop_ticking(session)
        self.publisher.close(session, CloseCode.TRY_AGAIN_LATER)

    def part_from(self, session: Session) -> bytes:
        """Tick a session no more: its last checkpoint. Its people stay connected, and are heard no more."""
        checkpoint = self.checkpoint_of(session)
        for connection in self.publisher.connections_of(session):
            connection.unseat()
        self._stop_ticking(session)
        self._failed_ticks.forget(session.code)
        return checkpoint

    def let_go(self, session: Session, code: CloseCode, url: str = "") -> None:
        """A session is not ours any more: its people are told where it is."""
        self._stop_ticking(session)
        self._failed_ticks.forget(session.code)
        self.publisher.close(session, code, url)

    def _stop_ticking(self, session: Session) -> None:
        if not session.ended:
            session.ended = True  # here: commands that are queued already find nobody
            session.pool.close(session)
            if not session.pool.sessions:  # it is not ticked any more, and would not be forgotten
                self._forget_ticks(session.pool)
        self._forget_listing(session)

    def _forget_ticks(self, pool: Pool) -> None:
        self._began_ns.pop(pool, None)
        self._commands.pop(pool, None)

    def checkpoint_of(self, session: Session) -> bytes:
        """All that the session is after its newest tick, and where in our journal it goes on."""
        assert self.outbox is not None, "there is a journal where there are checkpoints"
        return encode_checkpoint(take_checkpoint(session, self.outbox.incarnation, self.outbox.sequence))

    def _need_seats(self, wanted: int) -> None:
        if self.closing or len(self.sessions) >= self.settings.max_sessions or wanted > self.seats_left:
            raise NodeFull("this server takes no more sessions now")

    @property
    def seats_left(self) -> int:
        """How many more seats sessions may have, all together."""
        most = self.settings.limits.max_seats or 10**9
        return max(0, most - sum(session.settings.seats for session in self.sessions.values()))

    def load(self) -> NodeLoad:
        """How full this node is; the CPU's share since it was asked last."""
        return NodeLoad(
            sessions=len(self.sessions),
            players=sum(len(session.members) - len(session.bots) for session in self.sessions.values()),
            connections=self.connection_count,
            seats_left=self.seats_left if len(self.sessions) < self.settings.max_sessions else 0,
            cpu_permille=self._cpu.permille(),
            tick_lateness_p99_us=self.statistics.tick_lateness.quantile_us(0.99),
            is_draining=self.closing,
        )

    def find(self, text: str) -> Session | None:
        """The session with the code that somebody typed."""
        code = normal_code(text)
        return self.sessions.get(code) if code is not None else None

    def public_sessions(self) -> Sequence[Session]:
        """Sessions that anyone may find, newest first."""
        return [session for session in reversed(self.sessions.values()) if session.settings.public]

    def _free_code(self) -> str:
        while (code := code_from_number(secrets.randbelow(CODES))) in self.sessions:
            pass
        return code

    def _forget_session(self, session: Session) -> None:
        self._forget_listing(session)
        self._failed_ticks.forget(session.code)
        if self.on_ended is not None:
            self.on_ended(session)

    def _forget_listing(self, session: Session) -> None:
        if self.sessions.get(session.code) is session:
            del self.sessions[session.code]

    # --- connections -------------------------------------------------------------------------------------------------

    def connect(self, session: Session) -> Connection:
        """A connection for a socket that is about to open. Raises NodeFull."""
        self._need_room()
        connection = Connection(self, session, self._next_connection)
        self._next_connection += 1
        self.publisher.connections[connection.number] = connection
        self._deserted.clear()
        return connection

    def subscribe(self) -> Subscriber:
        """A subscription to the lobby for a socket that is about to open. Raises NodeFull."""
        self._need_room()
        return self.lobby.subscriber()

    def _need_room(self) -> None:
        if self.closing or self.connection_count >= self.settings.max_connections:
            raise NodeFull("this server takes no more connections now")

    def forget(self, connection: Connection) -> None:
        """A socket is gone."""
        self.publisher.forget(connection)
        if not self.publisher.connections:
            self._deserted.set()

    def close_connections(self, code: CloseCode) -> None:
        """Close every socket to a session."""
        for connection in tuple(self.publisher.connections.values()):
            connection.close(code)

    def tell_everybody(self, fact: ServerFact) -> None:
        """A fact for everybody who is connected to a session."""
        self.publisher.tell_everybody(fact)

    @property
    def connection_count(self) -> int:
        """Open sockets, seated or not yet, and those of the lobby."""
        return len(self.publisher.connections) + len(self.lobby)

    def do_what_is_due(self) -> None:
        """Tick if a tick is due, tell what was journaled: called now and then in the middle of much input."""
        if self.outbox is not None:
            self.outbox.look()
        self._scheduler.run_if_due()

    def queue(self, session: Session, command: commands.Command) -> None:
        """Have a command applied in the session's next tick."""
        if not session.ended:
            self._commands.setdefault(session.pool, []).append((session, command))

    def decoder_for(self, session: Session) -> ClientMessageDecoder:
        """The decoder for messages to this session's game."""
        return self._decoders[session.settings.game]

    def new_token(self) -> str:
        """A token that nobody guesses: 128 bits."""
        return secrets.token_urlsafe(16)

    def age_us(self, session: Session) -> int:
        """Microseconds since the session's newest tick began; 0 when it is ticked no more, which is told soon."""
        now_ns = time.monotonic_ns()
        return (now_ns - self._began_ns.get(session.pool, now_ns)) // 1000

    # --- ticks -------------------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """No ticks until ``go_on``: what happens could not be kept."""
        self._paused = True

    def go_on(self) -> None:
        """Tick again."""
        self._paused = False

    def _tick_phase(self, phase: Phase, began_ns: int) -> None:
        if self._paused or (self.outbox is not None and not self.outbox.has_room):
            self.statistics.ticks_paused += 1
            return
        advanced = [self._tick_pool(pool, began_ns) for pool in tuple(self.placement.pools_of(phase))]
        if self.outbox is not None:
            self._journal(self.outbox, [one for one in advanced if one is not None])
            self._checkpoint_some()

    def _tick_pool(self, pool: Pool, began_ns: int) -> Ticked | None:
        try:
            return self._advance(pool, began_ns)
        except Exception:
            # A game's faults end its session (Pool.advance); this one is ours, and must not stop everybody's clock.
            logger.exception("a tick of %d sessions failed", len(pool.sessions))
            if self.outbox is not None:
                self._give_up(pool)
            return None

    def _journal(self, outbox: Outbox, ticked: Sequence[Ticked]) -> None:
        try:
            outbox.add(ticked)
        except Exception:  # ours, or a game's values that no record holds: what is in no record is not told
            if len(ticked) > 1:  # whose fault it is shows when each has a record of its own
                for one in ticked:
                    self._journal(outbox, [one])
                return
            logger.exception("a tick of %d sessions cannot be written down", len(ticked[0].advanced.pool.sessions))
            self.publisher.drop_held(ticked[0].advanced)
            self._give_up(ticked[0].advanced.pool)

    def _give_up(self, pool: Pool) -> None:
        """A tick that no record has: its sessions are not what a successor would make of them.

        What was told of them is in the journal, so they go on from there, in smaller pools than before: which of them
        is at fault nobody knows, and it does no harm to the others then. One that fails again and again ends.
        """
        self.placement.forget(pool)
        self._forget_ticks(pool)
        # Those that ended in this very tick are in the pool no more.
        sessions = {*pool.sessions.values(), *(one for one in self.sessions.values() if one.pool is pool)}
        going_back = [session for session in sorted(sessions, key=lambda one: one.row) if self._send_back(session)]
        if going_back and self.on_failed is not None:
            self.on_failed(going_back)

    def _send_back(self, session: Session) -> bool:
        """A session ends here. Whether it goes on from its journal; else its people are told that it has failed."""
        session.ended = True  # here; the pool is not asked to close it, for nobody knows what it is like
        if self.on_failed is None or not self._failed_ticks.may_go_back(session):
            self.statistics.sessions_failed += 1
            self.publisher.close(session, CloseCode.SESSION_FAILED)
            self._forget_session(session)
            return False
        self._forget_listing(session)
        self.publisher.close(session, CloseCode.TRY_AGAIN_LATER)
        if self.outbox is not None:
            self.outbox.supersede(session.code)  # written later, it would undo the one of where it goes on
        return True

    def _advance(self, pool: Pool, began_ns: int) -> Ticked | None:
        """One tick: told at once where nothing is journaled, else what the outbox needs to tell it later."""
        self._began_ns[pool] = began_ns
        self.statistics.ticks += len(pool.sessions)
        # Of a session that was given away since, nothing is done: somebody else may have its row by now.
        queued = [one for one in self._commands.pop(pool, ()) if not one[0].ended]
        output = pool.advance(queued)
        for session, error in output.failures:
            self.statistics.sessions_failed += 1
            logger.error("session %s ended: its game raised at tick %d", session.code, session.tick, exc_info=error)
        ticked = None
        if self.outbox is None:
            self.publisher.tell(told_at_once(pool, output))
        else:
            ticked = Ticked(pool_record(pool, queued, output), self.publisher.hold(pool, output))
        if not pool.sessions:
            self._forget_ticks(pool)
        return ticked

    def _checkpoint_some(self) -> None:
        """Keep the oldest checkpoints anew, so that each is taken once in its time, a few in each tick.

        Every tick that was stepped is in a record by now: the newest one that a checkpoint may say that it includes.
        """
        outbox = self.outbox
        assert outbox is not None
        for _ in range(outbox.checkpoints_due(len(self._rota))):
            session = self._rota.popleft()
            if session.ended or self.sessions.get(session.code) is not session:
                continue
            self._rota.append(session)
            outbox.keep(session.code, self.checkpoint_of(session), outbox.sequence)


class _CpuShare:
    """This process's share of a core between two questions."""

    def __init__(self) -> None:
        self._used_s, self._at_s = time.process_time(), time.monotonic()

    def permille(self) -> int:
        """Since it was asked before."""
        used_s, at_s = time.process_time(), time.monotonic()
        share = (used_s - self._used_s) / max(1e-3, at_s - self._at_s)
        self._used_s, self._at_s = used_s, at_s
        return round(share * 1000)
