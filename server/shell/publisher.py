"""What a tick asks for, carried out: facts and states to whom they are for, keyframes, closes, ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import ServerFact, Welcome, encode
from tickroom.server.core.effects import Close, Effect, Ended, Seated, SendKeyframe, Tell, TellAll, TellSome, Watching
from tickroom.server.core.pool import Pool, SessionOutput, TickOutput
from tickroom.server.core.session import Session
from tickroom.server.shell.audience import Audience
from tickroom.server.shell.delayed import AddressedFact, DelayedAudience, delayed_audience
from tickroom.server.shell.identity.guest_tokens import GuestTokens
from tickroom.server.shell.sockets.frame import Frame, build_frame
from tickroom.server.shell.statistics import Statistics

if TYPE_CHECKING:
    from tickroom.server.shell.connection import Connection


class Advanced(NamedTuple):
    """A tick of a pool that is to be told: at once, or when its record is kept.

    ``keyframes``: the state after the tick, for sessions of which somebody wants it whole; taken now if it is told
    later, for by then the session is further.
    ``waiting``: who asked for it since the last tick.
    """

    pool: Pool
    output: TickOutput
    beat: int
    keyframes: Mapping[Session, Frame]
    waiting: Mapping[Session, Sequence[Connection]]


def told_at_once(pool: Pool, output: TickOutput) -> Advanced:
    """A tick that is told before the next one is stepped."""
    return Advanced(pool, output, pool.beat, {}, {})


class Publisher:
    """The connections of a node, by session. ``ended``: is told of each session that ended, after its people were."""

    def __init__(self, tokens: GuestTokens, statistics: Statistics, ended: Callable[[Session], None]) -> None:
        self.connections: dict[int, Connection] = {}
        self._tokens = tokens
        self._statistics = statistics
        self._ended = ended
        self._audiences: dict[Session, Audience] = {}  # who gets a session's facts and states
        self._delayed: dict[Pool, dict[Session, DelayedAudience]] = {}  # where a session's spectators see it late
        self._keyframes: dict[Session, tuple[int, Frame]] = {}  # the newest that was built, with its tick
        self._untold: dict[Pool, int] = {}  # ticks that were stepped and wait to be told
        self._waiting: dict[Session, list[Connection]] = {}  # for a keyframe, where not all is told

    # --- sessions and connections ------------------------------------------------------------------------------------

    def open(self, session: Session) -> None:
        """A session begins here."""
        self._audiences[session] = Audience()
        self._begin_late(session)

    def _begin_late(self, session: Session) -> None:
        settings = session.settings
        if settings.spectator_delay_ticks and settings.spectators:
            begins = session.pool.keyframe(session) if session.tick else None
            delayed = delayed_audience(session.pool.layout, settings.spectator_delay_ticks, begins)
            self._delayed.setdefault(session.pool, {})[session] = delayed

    def close(self, session: Session, code: CloseCode, url: str = "") -> None:
        """A session is here no more: so are its connections."""
        for connection in self.connections_of(session):
            connection.unseat()
            connection.close(code, url=url)
        self._audiences.pop(session, None)
        self._keyframes.pop(session, None)
        self._waiting.pop(session, None)
        late = self._delayed.get(session.pool)
        if late is not None and late.pop(session, None) is not None and not late:
            del self._delayed[session.pool]

    def connections_of(self, session: Session) -> list[Connection]:
        """All that were opened to a session, seated or not."""
        return [connection for connection in self.connections.values() if connection.session is session]

    def forget(self, connection: Connection) -> None:
        """A socket is gone."""
        self.connections.pop(connection.number, None)
        audience = self._audiences.get(connection.session)
        if audience is not None:
            audience.remove(connection.number)
        if (delayed := self._delayed_of(connection.session)) is not None:
            delayed.audience.remove(connection.number)

    def _delayed_of(self, session: Session) -> DelayedAudience | None:
        late = self._delayed.get(session.pool)
        return None if late is None else late.get(session)

    # --- keyframes ---------------------------------------------------------------------------------------------------

    def keyframe_for(self, connection: Connection) -> Frame | None:
        """The newest state whole, built once a tick however many ask.

        None while ticks of the session wait to be told: the connection gets the keyframe of the next tick with it.
        """
        session = connection.session
        if self._untold.get(session.pool):
            self._waiting.setdefault(session, []).append(connection)
            return None
        return self._keyframe_of(session)

    def _keyframe_of(self, session: Session) -> Frame:
        tick = session.tick
        known = self._keyframes.get(session)
        if known is None or known[0] != tick:
            known = (tick, build_frame(session.pool.keyframe(session)))
            self._keyframes[session] = known
        return known[1]

    # --- ticks -------------------------------------------------------------------------------------------------------

    def hold(self, pool: Pool, output: TickOutput) -> Advanced:
        """A tick that is told later: with the keyframes that it will need."""
        waiting = {}
        if self._waiting:
            mine = [session for session in self._waiting if session.pool is pool]
            waiting = {session: self._waiting.pop(session) for session in mine}
        wanted = [
            part.session
            for part in output.sessions
            if part.effects and any(isinstance(effect, SendKeyframe) for effect in part.effects)
        ]
        keyframes = {
            session: self._keyframe_of(session) for session in {*wanted, *waiting} if session.row in pool.sessions
        }
        self._untold[pool] = self._untold.get(pool, 0) + 1
        return Advanced(pool, output, pool.beat, keyframes, waiting)

    def tell_held(self, advanced: Advanced) -> None:
        """What ``hold`` held may be told now."""
        self._count_told(advanced.pool)
        self.tell(advanced)

    def drop_held(self, advanced: Advanced) -> None:
        """What ``hold`` held is never told: only sessions that ended with it end.

        Who sees a session late would see the next ticks without this one, so for them it begins anew.
        """
        self._count_told(advanced.pool)
        for session, _, effects, _ in advanced.output.sessions:
            for effect in effects:
                if isinstance(effect, Ended):
                    self._end(session, effect.code)
        for session in tuple(self._delayed.get(advanced.pool, ())):
            if not session.ended:
                self._begin_late(session)

    def _count_told(self, pool: Pool) -> None:
        left = self._untold[pool] - 1
        if left:
            self._untold[pool] = left
        else:
            del self._untold[pool]

    def tell(self, advanced: Advanced) -> None:
        """Carry out what a tick asks for, in its order."""
        pool = advanced.pool
        for part in advanced.output.sessions:
            if part.session in self._audiences:  # else it was given away meanwhile
                self._carry_out(part, advanced.keyframes)
        if pool in self._delayed:
            for session, delayed in self._delayed[pool].items():
                self._statistics.states_out += delayed.release(advanced.beat - session.born)
        for session, connections in advanced.waiting.items():
            for connection in connections:
                connection.send_keyframe(advanced.keyframes.get(session))

    def _carry_out(self, output: SessionOutput, keyframes: Mapping[Session, Frame]) -> None:
        session, tick, effects, state = output
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
                    if isinstance(effect, Ended):
                        self._end(session, effect.code)
                        return
                    self._carry_out_effect(session, audience, effect, newcomers, addressed)
        state_frame = None if state is None else build_frame(state)
        if frames or state_frame is not None:
            self._statistics.states_out += audience.send_tick(frames, state_frame)
        if (delayed := self._delayed_of(session)) is not None:
            delayed.record(tick, tuple(addressed), tuple(frames), state_frame)
        for connection in newcomers:
            connection.send_keyframe(keyframes.get(session))

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
            case Seated(number, seat):
                if (connection := self.connections.get(number)) is not None:
                    connection.seat = seat
                    connection.is_watching = False
                    connection.join(audience)
            case Watching(number):
                if (connection := self.connections.get(number)) is not None:
                    connection.seat = None
                    connection.is_watching = True
                    late = self._delayed_of(session)
                    connection.join(audience if late is None else late.audience, late)
            case Tell(number, fact):
                if (connection := self.connections.get(number)) is not None:
                    connection.send_fact(self._signed(session, fact))
            case SendKeyframe(number):
                if (connection := self.connections.get(number)) is not None:
                    newcomers.append(connection)
            case Close(number, code, reason):
                audience.remove(number)
                if (late := self._delayed_of(session)) is not None:
                    late.audience.remove(number)
                if (connection := self.connections.get(number)) is not None:
                    connection.unseat()
                    connection.close(code, reason)

    def _end(self, session: Session, code: CloseCode) -> None:
        self.close(session, code)
        self._ended(session)

    def tell_everybody(self, fact: ServerFact, connections: Iterable[Connection] | None = None) -> None:
        """A fact for every connection of the node: encoded once."""
        frame = build_frame(encode(fact))
        for connection in tuple(self.connections.values() if connections is None else connections):
            connection.send_fact_frame(frame)

    def _signed(self, session: Session, fact: ServerFact) -> ServerFact:
        """A welcome with the token that its player comes back with: the core's own, signed. Other facts as they are."""
        if not isinstance(fact, Welcome) or not fact.token:
            return fact
        grace_s = session.settings.grace_s
        signed = self._tokens.sign(session.code, fact.player, fact.seat, fact.token, grace_s)
        return msgspec.structs.replace(fact, token=signed)
