"""A session of any game in the test's process: people come, do something, a tick passes, everybody is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Unpack

import msgspec
import numpy as np

from tickroom.game.interface import Game
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.errors import OutOfStep
from tickroom.protocol.messages import (
    ClientMessage,
    ClientMessageDecoder,
    Error,
    Hello,
    Input,
    Leave,
    Ping,
    Pong,
    Read,
    Request,
    Revise,
    Say,
    ServerFact,
    Typing,
    Welcome,
    encode,
)
from tickroom.protocol.session_tables import Status
from tickroom.protocol.tables import Int32Array
from tickroom.server.core import commands, settings
from tickroom.server.core.effects import Close, Effect, Ended, Seated, SendKeyframe, Tell, TellAll, TellSome, Watching
from tickroom.server.core.seats import Seat
from tickroom.simulations import wire
from tickroom.simulations.http_api import SessionSettings
from tickroom.simulations.testing.cells import cell_name, table_in
from tickroom.simulations.testing.door import command_of
from tickroom.simulations.testing.errors import NeverHappened, NotNow, ReplicaDiffers
from tickroom.simulations.testing.late import LateView, Told
from tickroom.simulations.testing.person import Person
from tickroom.simulations.testing.recording import TickRecord, open_session, record_of, replay

BEGAN_AT_MS = 1_767_225_600_000  # the first of January 2026; any would do, for nobody's clock is read


class SessionUnderTest:
    """One session of ``game``. Whatever people do takes effect in the next tick, in order; ``advance`` is the clock.

    After each tick everybody's copy of the state is compared with the state itself, cell by cell.

    Args:
        settings: as in ``POST /api/sessions``; ``options`` are the game's. ``seed`` is 1 if none is given.
    Raises:
        SettingsInvalid: a setting is out of range, or the game has no such option.
    """

    def __init__(self, game: Game[Any], /, **settings: Unpack[SessionSettings]) -> None:
        self.game = game
        self.settings = _checked({"seed": 1, **settings, "game": game.schema.game})
        self.core = open_session(game, self.settings)
        self.ended: CloseCode | None = None
        self._decoder = ClientMessageDecoder(game.schema)
        self._people: dict[int, Person] = {}  # by connection: whoever is connected
        self._audience: dict[int, Person] = {}  # of them, who has come in and sees the session as it is
        self._late: dict[int, Person] = {}  # and who sees it late
        self._resuming: set[int] = set()
        self._last_connection = 0
        self._commands: list[commands.Command] = []
        self._records: list[TickRecord] = []
        delay = self.settings.spectator_delay_ticks
        self._late_view = LateView(self.core.pool.layout, delay) if delay else None

    # --- the clock ---------------------------------------------------------------------------------------------------

    @property
    def tick(self) -> int:
        """The newest tick; 0 before the first."""
        return self.core.tick

    @property
    def now_ms(self) -> int:
        """The wall clock, unix milliseconds: it stands still between ticks."""
        return BEGAN_AT_MS + self.tick * 1000 // self.settings.tick_hz

    def advance(self, ticks: int = 1) -> int:
        """Let ticks pass; the number of the newest.

        Raises whatever the game's step raises, which ends the session (people are told first), ReplicaDiffers, and
        NotNow once the session has ended.
        """
        for _ in range(ticks):
            self._advance()
        return self.tick

    def advance_s(self, seconds: float) -> int:
        """Let so much time pass, to the nearest tick. Raises as ``advance``."""
        return self.advance(round(seconds * self.settings.tick_hz))

    def until(self, condition: Callable[[], object], at_most_s: float = 60) -> int:
        """Let ticks pass until something is so; the number of the newest. Raises NeverHappened, and as ``advance``."""
        for _ in range(round(at_most_s * self.settings.tick_hz)):
            if condition():
                return self.tick
            self.advance()
        if not condition():
            raise NeverHappened(f"not within {at_most_s:g} s, until tick {self.tick}")
        return self.tick

    # --- people ------------------------------------------------------------------------------------------------------

    def join(
        self,
        nickname: str,
        *,
        bot: bool = False,
        password: str | None = None,
        account: str | None = None,
        address: str = "",
    ) -> Person:
        """Somebody asks for a seat. In the next tick they are welcomed, or ``closed`` says why not.

        ``account`` and ``address`` are what bans hold on to.
        """
        hello = Hello(self.game.schema.fingerprint, nickname, bot=bot, password=password)
        return self._enter(hello, account, address)

    def watch(
        self, nickname: str, *, password: str | None = None, account: str | None = None, address: str = ""
    ) -> Person:
        """Somebody asks to see without a seat; as ``join``."""
        hello = Hello(self.game.schema.fingerprint, nickname, watch=True, password=password)
        return self._enter(hello, account, address)

    def drop(self, person: Person) -> None:
        """A socket is lost: from now on nothing is told, in the next tick the session knows."""
        connection = self._connection_of(person)
        person.lose_connection()
        self._forget(connection)

    def resume(self, person: Person) -> None:
        """A dropped player comes back with the token of the newest welcome. Raises NotNow for who is connected."""
        if not person.is_dropped:
            raise NotNow(f"{person.nickname} is connected")
        token = person.token
        person.find_connection()
        self._resume(person, token)

    def take_over(self, token: str, nickname: str = "Again") -> Person:
        """Another socket shows a token, while the older one may still be there; as ``join``."""
        person = self._person(nickname)
        self._resume(person, token)
        return person

    @property
    def people(self) -> list[Person]:
        """Whoever is connected, in the order in which they came."""
        return list(self._people.values())

    # --- the state ---------------------------------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """Waiting, active or finished."""
        return self.core.status

    @property
    def host(self) -> Person | None:
        """The person who is host, if that is somebody who is connected."""
        here = (person for person in self._people.values() if person.welcome is not None)
        return next((person for person in here if person.id == self.core.host), None)

    def table(self, name: str) -> Int32Array:
        """A (rows, columns) int32 view on a public table as it is now; not writable. Raises KeyError."""
        return table_in(self.core.pool.layout, self._cells(), name)

    def column(self, table: str, column: str) -> Int32Array:
        """A (rows,) int32 view on a column of it; not writable. Raises KeyError."""
        view: Int32Array = self.core.pool.tables.column(table, column)[self.core.row]
        view.flags.writeable = False
        return view

    def seen_by(self, person: Person, table: str) -> Int32Array:
        """The same table as somebody sees it, a copy: spectators of a delayed session see an older one.

        Raises KeyError, and NotNow for who has no state.
        """
        late = self.settings.spectator_delay_ticks if person in self._late.values() else 0
        cells = person.forecast(max(self.tick - late, person.replica.tick))
        return table_in(self.core.pool.layout, cells, table)

    def replay(self) -> None:
        """Do everything so far once more in a fresh session of the same seed, as a server does that takes it over.

        Raises ReplayDiffers at the first tick whose state, facts or frames are not what they were.
        """
        replay(self.game, self.settings, self._records)

    # --- in ----------------------------------------------------------------------------------------------------------

    def _enter(self, hello: Hello, account: str | None, address: str) -> Person:
        heard = self._decoder.decode(wire.encode(hello))  # as a server hears it: checked, the nickname clean
        assert isinstance(heard, Hello)
        person = self._person(heard.nickname)
        connection = self._last_connection
        password = self.core.password.digest(heard.password) if heard.password is not None else ""
        if heard.watch:
            self._commands.append(commands.Watch(connection, heard.nickname, account, address, password))
        else:
            token = self._new_token()
            join = commands.Join(connection, heard.nickname, token, heard.bot, account, address, password)
            self._commands.append(join)
        return person

    def _person(self, nickname: str) -> Person:
        person = Person(nickname, self)
        self._connect(person)
        return person

    def _connect(self, person: Person) -> int:
        self._last_connection += 1
        self._people[self._last_connection] = person
        return self._last_connection

    def _resume(self, person: Person, token: str) -> None:
        known = next((number for number, other in self._people.items() if other is person), None)
        connection = self._connect(person) if known is None else known
        self._resuming.add(connection)
        self._commands.append(commands.Resume(connection, token, self._new_token()))

    def _new_token(self) -> str:
        return f"token-{self._last_connection}-{len(self._records)}-{len(self._commands)}"

    def _connection_of(self, person: Person) -> int:
        for connection, other in self._people.items():
            if other is person:
                return connection
        raise NotNow(f"{person.nickname} has no connection")

    def receive(self, person: Person, message: ClientMessage) -> None:
        """What the shell does with a message: most become a command of the next tick."""
        connection = self._connection_of(person)
        heard = self._decoder.decode(wire.encode(message))
        here = self.core.person_of(connection)
        if isinstance(heard, Ping):
            self._tell(person, Pong(heard.echo, self.tick, 0))
        elif isinstance(heard, Input):
            error = self.core.pool.receive_input(here, heard) if isinstance(here, Seat) else ErrorCode.NOT_SEATED
            if error is not None:
                self._tell(person, Error(error, error.reason))
        elif here is None or isinstance(heard, Hello):
            error = ErrorCode.NOT_SEATED if here is None else ErrorCode.ALREADY_SEATED
            self._tell(person, Error(error, error.reason))
        elif isinstance(heard, Request | Say | Revise | Typing | Read | Leave):
            token = self._new_token() if isinstance(heard, Request) and heard.action == "sit" else ""
            self._commands.append(command_of(connection, heard, token, self.now_ms))
        else:  # Resync
            person.hear(self._keyframe_for(connection))

    # --- a tick ------------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        if self.ended is not None:
            raise NotNow(f"the session has ended: {self.ended.reason}")
        for person in self.people:
            held = person.take_input(self.tick + 1)
            if held is not None and person.is_here:
                self.receive(person, held)
        queued, self._commands = self._commands, []
        output = self.core.pool.advance([(self.core, command) for command in queued])
        self._records.append(record_of(self.core, output))
        for part in output.sessions:
            self._carry_out(part.effects, part.state)
        self._release_late()
        for _, fault in output.failures:
            fault.add_note(f"raised by the game in tick {self.tick}; the session has ended")
            raise fault
        if self.ended is None:
            self._compare_replicas()

    def _carry_out(self, effects: Sequence[Effect], state: bytes | None) -> None:
        told: list[Told] = []
        newcomers: list[int] = []
        for effect in effects:
            self._carry_out_effect(effect, told, newcomers)
        if state is not None:
            for connection, person in self._audience.items():
                if connection not in newcomers:
                    self._hear(person, state)
        if self._late_view is not None and self.ended is None:
            keyframe = self.core.pool.keyframe(self.core)
            self._late_view.record(self.tick, told, state, keyframe)
        for connection in newcomers:
            if (newcomer := self._people.get(connection)) is not None:
                newcomer.hear(self._keyframe_for(connection))

    def _carry_out_effect(self, effect: Effect, told: list[Told], newcomers: list[int]) -> None:
        match effect:
            case TellAll(fact, but):
                told.append(Told(encode(fact), but))
                self._tell_all(told[-1], self._audience)
            case TellSome(numbers, fact, at_once, deaf):
                some = Told(encode(fact), only=numbers)
                self._tell_all(some, self._people if at_once else self._audience)
                if not at_once:
                    told.append(some if deaf is None else some._replace(only=None, deaf=deaf))
            case Tell(connection, fact):
                if (person := self._people.get(connection)) is not None:
                    self._tell(person, fact)
                    if isinstance(fact, Welcome) and connection in self._resuming:
                        self._resuming.discard(connection)
                        self._commands.append(commands.Confirm(connection))  # as its first ping would
            case Seated(connection):
                self._come_in(connection, self._audience)
            case Watching(connection):
                self._come_in(connection, self._audience if self._late_view is None else self._late)
            case SendKeyframe(connection):
                newcomers.append(connection)
            case Close(connection, code, reason):
                if (person := self._people.get(connection)) is not None:
                    person.hear_close(code, reason)
                    self._forget(connection)
            case Ended(code):
                self.ended = code
                for connection, person in list(self._people.items()):
                    person.hear_close(code, "")
                    self._forget(connection)

    def _come_in(self, connection: int, audience: dict[int, Person]) -> None:
        if (person := self._people.get(connection)) is not None:
            self._audience.pop(connection, None)
            self._late.pop(connection, None)
            audience[connection] = person

    def _tell_all(self, told: Told, people: dict[int, Person]) -> None:
        for connection, person in people.items():
            if told.is_for(connection):
                person.hear(told.payload)

    def _tell(self, person: Person, fact: ServerFact) -> None:
        person.hear(encode(fact))

    def _release_late(self) -> None:
        if self._late_view is not None:
            self._late_view.release(self.tick, self._late)

    def _keyframe_for(self, connection: int) -> bytes:
        if self._late_view is not None and connection in self._late:
            return self._late_view.keyframe
        return self.core.pool.keyframe(self.core)

    def _forget(self, connection: int) -> None:
        """A socket is gone, whoever closed it."""
        self._people.pop(connection, None)
        self._audience.pop(connection, None)
        self._late.pop(connection, None)
        self._resuming.discard(connection)
        self._commands.append(commands.Drop(connection))

    # --- the state, within -------------------------------------------------------------------------------------------

    def _cells(self) -> Int32Array:
        cells: Int32Array = self.core.pool.tables.cells[self.core.row].view()
        cells.flags.writeable = False
        return cells

    def _hear(self, person: Person, state: bytes) -> None:
        try:
            person.hear(state)
        except OutOfStep as fault:
            raise ReplicaDiffers(f"tick {self.tick}: {person.nickname} cannot follow: {fault}") from fault

    def _compare_replicas(self) -> None:
        cells = self._cells()
        for person in self._audience.values():
            differing = np.flatnonzero(person.forecast(self.tick) != cells)
            if differing.size:
                name = cell_name(self.core.pool.layout, int(differing[0]))
                raise ReplicaDiffers(f"tick {self.tick}: {person.nickname} has another {name}")


def _checked(given: dict[str, object]) -> settings.SessionSettings:
    try:
        return msgspec.convert(given, settings.SessionSettings)
    except msgspec.ValidationError as fault:
        raise settings.SettingsInvalid([str(fault)]) from None
