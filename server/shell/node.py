"""A node: one server process's sessions, their connections, and the carrying-out of what each tick asks for."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections.abc import Mapping
from typing import Any

import msgspec

from tickroom.game.interface import Game
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import ClientMessageDecoder, ServerFact, Welcome, encode
from tickroom.server.core import commands
from tickroom.server.core.codes import CODES, code_from_number, normal_code
from tickroom.server.core.effects import Close, Effect, Ended, Seated, SendKeyframe, Tell, TellAll, TellSome, Watching
from tickroom.server.core.placement import Phase, Placement
from tickroom.server.core.pool import Pool, SessionOutput
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings, SettingsInvalid, game_options
from tickroom.server.shell.audience import Audience
from tickroom.server.shell.connection import Connection
from tickroom.server.shell.delayed import AddressedFact, DelayedAudience
from tickroom.server.shell.identity.guest_tokens import GuestTokens, development_key
from tickroom.server.shell.identity.recognition import Recognition
from tickroom.server.shell.lobby import Lobby, Subscriber
from tickroom.server.shell.scheduler import Scheduler
from tickroom.server.shell.settings import ServerSettings
from tickroom.server.shell.sockets.frame import Frame, build_frame
from tickroom.server.shell.statistics import Statistics, freeze_garbage

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
        self.tokens = GuestTokens(settings.secret_key or development_key(), time.time)
        self.statistics = Statistics()
        self.messages_in = 0
        self.sessions: dict[str, Session] = {}  # by code
        self.lobby = Lobby(self)
        self.closing = False
        self.placement = Placement(settings.phases)
        self._scheduler = Scheduler(self.placement, self._tick_phase, self.statistics)
        self._decoders = {name: ClientMessageDecoder(game.schema) for name, game in games.items()}
        self._connections: dict[int, Connection] = {}
        self._audiences: dict[Session, Audience] = {}  # who gets a session's facts and states
        self._delayed: dict[Pool, dict[Session, DelayedAudience]] = {}  # where a session's spectators see it late
        self._commands: dict[Pool, list[tuple[Session, commands.Command]]] = {}
        self._began_ns: dict[Pool, int] = {}  # when the newest tick of each pool began
        self._keyframes: dict[Session, tuple[int, Frame]] = {}  # the newest that was built, with its tick
        self._next_connection = 1
        self._deserted = asyncio.Event()  # set while nobody is connected
        self._deserted.set()

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
        for connection in list(self._connections.values()):
            connection.close(CloseCode.SHUTTING_DOWN)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._deserted.wait(), self.settings.shutdown_grace_s)

    # --- sessions ----------------------------------------------------------------------------------------------------

    def create(self, settings: SessionSettings) -> Session:
        """A new session with a code of its own. Raises SettingsInvalid, NodeFull."""
        game = self.games.get(settings.game)
        if game is None:
            raise SettingsInvalid([f"there is no game {settings.game!r}; games: {', '.join(sorted(self.games))}"])
        options = game_options(game.schema, settings.options)
        if self.closing or len(self.sessions) >= self.settings.max_sessions or not self._has_seats(settings.seats):
            raise NodeFull("this server takes no more sessions now")
        seed = settings.seed if settings.seed is not None else secrets.randbits(32)
        pool = self.placement.pool_for(game, settings.seats, settings.tick_hz)
        session = pool.open(self._free_code(), settings, seed, options)
        self.sessions[session.code] = session
        self._audiences[session] = Audience()
        if settings.spectator_delay_ticks and settings.spectators:
            delayed = DelayedAudience(pool.layout, settings.spectator_delay_ticks)
            self._delayed.setdefault(pool, {})[session] = delayed
        self._began_ns.setdefault(pool, time.monotonic_ns())
        self._scheduler.wake()
        return session

    def _has_seats(self, wanted: int) -> bool:
        most = self.settings.limits.max_seats
        return not most or sum(session.settings.seats for session in self.sessions.values()) + wanted <= most

    def find(self, text: str) -> Session | None:
        """The session with the code that somebody typed."""
        code = normal_code(text)
        return self.sessions.get(code) if code is not None else None

    def public_sessions(self) -> list[Session]:
        """Sessions that anyone may find, newest first."""
        return [session for session in reversed(self.sessions.values()) if session.settings.public]

    def _free_code(self) -> str:
        while (code := code_from_number(secrets.randbelow(CODES))) in self.sessions:
            pass
        return code

    # --- connections -------------------------------------------------------------------------------------------------

    def connect(self, session: Session) -> Connection:
        """A connection for a socket that is about to open. Raises NodeFull."""
        self._need_room()
        connection = Connection(self, session, self._next_connection)
        self._next_connection += 1
        self._connections[connection.number] = connection
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
        self._connections.pop(connection.number, None)
        if not self._connections:
            self._deserted.set()
        audience = self._audiences.get(connection.session)
        if audience is not None:
            audience.remove(connection.number)
        if (delayed := self._delayed_of(connection.session)) is not None:
            delayed.audience.remove(connection.number)

    def _delayed_of(self, session: Session) -> DelayedAudience | None:
        late = self._delayed.get(session.pool)
        return None if late is None else late.get(session)

    @property
    def connection_count(self) -> int:
        """Open sockets, seated or not yet, and those of the lobby."""
        return len(self._connections) + len(self.lobby)

    def look_at_clock(self) -> None:
        """Tick if a tick is due: called now and then in the middle of much input."""
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
        """Microseconds since the session's newest tick began."""
        return (time.monotonic_ns() - self._began_ns[session.pool]) // 1000

    def keyframe_of(self, session: Session) -> Frame:
        """The frame of the newest state, built once a tick however many ask."""
        tick = session.tick
        known = self._keyframes.get(session)
        if known is None or known[0] != tick:
            known = (tick, build_frame(session.pool.keyframe(session)))
            self._keyframes[session] = known
        return known[1]

    # --- ticks -------------------------------------------------------------------------------------------------------

    def _tick_phase(self, phase: Phase, began_ns: int) -> None:
        for pool in tuple(self.placement.pools_of(phase)):
            self._tick_pool(pool, began_ns)

    def _tick_pool(self, pool: Pool, began_ns: int) -> None:
        try:
            self._advance(pool, began_ns)
        except Exception:
            # A game's faults end its session (Pool.advance); this one is ours, and must not stop everybody's clock.
            logger.exception("a tick of %d sessions failed", len(pool.sessions))

    def _advance(self, pool: Pool, began_ns: int) -> None:
        self._began_ns[pool] = began_ns
        self.statistics.ticks += len(pool.sessions)
        output = pool.advance(self._commands.pop(pool, ()))
        for session, error in output.failures:
            self.statistics.sessions_failed += 1
            logger.error("session %s ended: its game raised at tick %d", session.code, session.tick, exc_info=error)
        for part in output.sessions:
            self._carry_out(part)
        if pool in self._delayed:
            for session, delayed in self._delayed[pool].items():
                self.statistics.states_out += delayed.release(session.tick)
        if not pool.sessions:
            self._began_ns.pop(pool, None)

    def _carry_out(self, output: SessionOutput) -> None:
        session, _, effects, state = output
        audience = self._audiences[session]
        newcomers: list[Connection] = []  # they get the state whole, after the others got the difference
        frames: list[Frame] = []  # facts for everyone
        addressed: list[AddressedFact] = []  # facts for some, kept for who sees them late
        if effects:
            if all(isinstance(effect, TellAll) and effect.but is None for effect in effects):
                # The common case, facts for everyone, leaves with the state in one system call.
                frames = [build_frame(encode(effect.fact)) for effect in effects if isinstance(effect, TellAll)]
            else:
                for effect in effects:
                    self._carry_out_effect(session, audience, effect, newcomers, addressed)
                if session.ended:
                    return
        state_frame = None if state is None else build_frame(state)
        if frames or state_frame is not None:
            self.statistics.states_out += audience.send_tick(frames, state_frame)
        if (delayed := self._delayed_of(session)) is not None:
            delayed.record(session.tick, tuple(addressed), tuple(frames), state_frame)
        for connection in newcomers:
            connection.send_keyframe()

    def _carry_out_effect(
        self,
        session: Session,
        audience: Audience,
        effect: Effect,
        newcomers: list[Connection],
        addressed: list[AddressedFact],
    ) -> None:
        match effect:
            case TellAll(fact, but):
                frame = build_frame(encode(fact))
                audience.tell(frame, but)
                addressed.append(AddressedFact(frame, but))
            case TellSome(numbers, fact, at_once, deaf):
                frame = build_frame(encode(fact))
                audience.tell_some(frame, numbers)
                if not at_once:
                    only = numbers if deaf is None else None
                    addressed.append(AddressedFact(frame, only=only, deaf=deaf or ()))
                elif (delayed := self._delayed_of(session)) is not None:
                    delayed.audience.tell_some(frame, numbers)
            case Ended(code):
                self._end(session, code)
            case Seated(number, seat):
                if (connection := self._connections.get(number)) is not None:
                    connection.seat = seat
                    connection.is_watching = False
                    connection.join(audience)
            case Watching(number):
                if (connection := self._connections.get(number)) is not None:
                    connection.seat = None
                    connection.is_watching = True
                    late = self._delayed_of(session)
                    connection.join(audience if late is None else late.audience, late)
            case Tell(number, fact):
                if (connection := self._connections.get(number)) is not None:
                    connection.send_fact(self._signed(session, fact))
            case SendKeyframe(number):
                if (connection := self._connections.get(number)) is not None:
                    newcomers.append(connection)
            case Close(number, code, reason):
                audience.remove(number)
                if (late := self._delayed_of(session)) is not None:
                    late.audience.remove(number)
                if (connection := self._connections.get(number)) is not None:
                    connection.seat = None
                    connection.is_watching = False
                    connection.close(code, reason)

    def _signed(self, session: Session, fact: ServerFact) -> ServerFact:
        """A welcome with the token that its player comes back with: the core's own, signed. Other facts as they are."""
        if not isinstance(fact, Welcome) or not fact.token:
            return fact
        grace_s = session.settings.grace_s
        signed = self.tokens.sign(session.code, fact.player, fact.seat, fact.token, grace_s)
        return msgspec.structs.replace(fact, token=signed)

    def _end(self, session: Session, code: CloseCode) -> None:
        for connection in [other for other in self._connections.values() if other.session is session]:
            connection.seat = None
            connection.is_watching = False
            connection.close(code)
        del self.sessions[session.code]
        del self._audiences[session]
        self._keyframes.pop(session, None)
        late = self._delayed.get(session.pool)
        if late is not None and late.pop(session, None) is not None and not late:
            del self._delayed[session.pool]
