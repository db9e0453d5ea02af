"""A pool: the arrays of many live sessions of one game, and one tick of them all.

    commands of the tick ──> sessions ──> what is due ──> inputs ──> one step ──> facts, and only surprises

Sessions of a pool share game, tick rate and number of seat rows, and are stepped by one vectorised call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickroom.game.interface import Call, Game, PlaysBots, StepContext, StepResult
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.delta import TICK_MASK, Forecast
from tickroom.protocol.messages import (
    CHECKED_DELTA_KIND,
    DELTA_KIND,
    Events,
    Input,
    Keyframe,
    Reply,
    encode,
    encode_delta,
)
from tickroom.protocol.session_tables import SEATS, SESSION, Presence
from tickroom.protocol.tables import PublicTables
from tickroom.server.core.commands import Act, Command, Hold, LoggedCommand
from tickroom.server.core.effects import Effect, Ended, Tell, TellAll
from tickroom.server.core.inputs import AppliedInputs, InputCounts, InputQueue
from tickroom.server.core.rows import Rows, SavedRow
from tickroom.server.core.seats import Seat
from tickroom.server.core.session import NEVER, GamePlan, Session
from tickroom.server.core.settings import SessionSettings
from tickroom.server.core.stepping import Stepper

HEARTBEATS_A_SECOND = 4
MAX_CALLS_A_SEAT = 4  # requests of one player that one tick takes; more are refused, so that a tick's work is bounded


class PoolFull(Exception):
    """Ours: every row is taken; open another pool."""


class SessionOutput(NamedTuple):
    """What ``tick`` asks for one session: effects in order, and the state frame's payload (None: nothing to send)."""

    session: Session
    tick: int
    effects: list[Effect]
    state: bytes | None


class TickOutput(NamedTuple):
    """What a tick of a pool asks for. ``failures``: sessions whose game raised; ``sessions`` ends them as well.

    ``inputs``: those that took effect: with the commands all that a replay needs. ``log``: both by session, as objects
    that a test can read, where the pool keeps one.
    """

    sessions: list[SessionOutput]
    failures: list[tuple[Session, Exception]]
    inputs: AppliedInputs
    log: dict[Session, list[LoggedCommand]]


class Newcomer(NamedTuple):
    """A session that came to a row, opened or restored, and the beat of its first tick there."""

    beat: int
    row: int
    code: str


class _PendingCall(NamedTuple):
    seat: Seat
    connection: int
    id: int
    call: Call


class Pool:
    """Up to ``capacity`` sessions with ``seats`` seat rows each, at ``tick_hz``. ``beat`` counts the pool's ticks.

    ``number`` names it among the pools of its node.
    """

    def __init__(
        self,
        game: Game[Any],
        seats: int,
        tick_hz: int,
        capacity: int = 256,
        input_counts: InputCounts | None = None,
        keep_log: bool = False,
        number: int = 0,
    ) -> None:
        self.game = game
        self.number = number
        self.seat_rows = seats
        self.tick_hz = tick_hz
        self.capacity = capacity
        self.beat = 0
        self.sessions: dict[int, Session] = {}  # by row
        self.inputs = InputQueue(
            capacity * seats, len(game.schema.inputs), max_lead_ticks=tick_hz, counts=input_counts or InputCounts()
        )
        self.layout = game.schema.layout(seats, game.table_rows(seats))
        self.tables = PublicTables(self.layout, capacity)
        self.world = game.allocate(self.tables, seats, tick_hz)
        column = self.tables.column
        self.stamps = column("seats", "stamp")
        self.presence = column("seats", "presence")
        self.players = column("seats", "player")
        self.status = column("session", "status")[:, 0]
        self.rounds = column("session", "round")[:, 0]
        self.starts_at = column("session", "starts_at")[:, 0]
        self.ends_at = column("session", "ends_at")[:, 0]
        self.hosts = column("session", "host")[:, 0]
        self.ready = column("seats", "ready")
        self.wake_at = np.full(capacity, NEVER, dtype=np.int64)
        self._held = np.zeros((capacity, seats, len(game.schema.inputs)), dtype=np.int32)
        self._seated = np.zeros((capacity, seats), dtype=np.bool_)
        self._driven = np.zeros((capacity, seats), dtype=np.bool_)  # seats that the game itself plays
        self._any_driven = False
        self._born = np.zeros(capacity, dtype=np.int64)
        self._live = np.zeros(capacity, dtype=np.bool_)
        self._used = 0  # rows below this are stepped
        self._forecast = Forecast(self.layout, capacity)
        self._stepper = Stepper(game, self.world, self.tables.cells)
        self._rows = Rows(self.world, self.tables.cells, self._held, self._forecast)
        self._newcomers: list[Newcomer] = []
        self._calls: list[_PendingCall] = []
        self._keep_log = keep_log
        first, rows, width = self.layout.span(SEATS.name)
        self._game_cells = slice(first + rows * width, self.layout.span(SESSION.name)[0])
        self._heartbeat_ticks = max(1, tick_hz // HEARTBEATS_A_SECOND)
        self._arguments = {action.name: action.arguments for action in game.schema.actions}

    # --- sessions come and go ----------------------------------------------------------------------------------------

    def open(self, code: str, settings: SessionSettings, seed: int, options: dict[str, int]) -> Session:
        """A fresh session in a free row, at tick 0. Raises PoolFull."""
        row = self._free_row()
        effective = self.game.effective_settings(options, settings.seats)
        try:
            self.game.open(self.world, row, seed, effective)
        except BaseException:  # a game's code may raise anything: the row is free, and must be as if it had never run
            self.tables.cells[row] = 0
            raise
        session = self._admit(row, 0, code, settings, GamePlan(seed, options, effective))
        session.schedule_wake()
        return session

    def restore(self, code: str, settings: SessionSettings, plan: GamePlan, tick: int, saved: SavedRow) -> Session:
        """A session that lived elsewhere till ``tick``, in a free row, and nobody in it yet.

        Raises PoolFull, or ValueError when the row is of another game or size; nothing has changed then.
        """
        row = self._free_row()
        self._rows.restore(row, saved, is_told=tick > 0)
        return self._admit(row, tick, code, settings, plan)

    def save(self, session: Session) -> SavedRow:
        """What the arrays hold of a session after its newest tick, for ``restore``."""
        return self._rows.save(session.row)

    def _free_row(self) -> int:
        row = next((row for row in range(self.capacity) if row not in self.sessions), None)
        if row is None:
            raise PoolFull(f"all {self.capacity} rows are taken")
        return row

    def _admit(self, row: int, tick: int, code: str, settings: SessionSettings, plan: GamePlan) -> Session:
        session = Session(self, row, self.beat - tick, code, settings, plan)
        self.sessions[row] = session
        self._born[row] = session.born
        self._live[row] = True
        self._used = max(self._used, row + 1)
        self._newcomers = [one for one in self._newcomers if one.beat >= self.beat]
        self._newcomers.append(Newcomer(self.beat + 1, row, code))
        return session

    def ticks_of(self, places: NDArray[np.intp]) -> NDArray[np.int64]:
        """The newest tick of the session of each place."""
        ticks: NDArray[np.int64] = self.beat - self._born[places // self.seat_rows]
        return ticks

    @property
    def newcomers(self) -> list[Newcomer]:
        """The sessions whose first tick here was the newest, and those that ended in it as well."""
        return [one for one in self._newcomers if one.beat == self.beat]

    def open_again(self, session: Session, options: dict[str, int], tick: int) -> GamePlan:
        """The session's game from its beginning, with other settings; whoever has a seat is seated anew in it."""
        effective = self.game.effective_settings(options, session.settings.seats)
        self.tables.cells[session.row, self._game_cells] = 0
        self.game.open(self.world, session.row, session.plan.seed, effective)
        for seat in session.members:
            self.game.seat(self.world, session.row, seat.index, tick)
        return GamePlan(session.plan.seed, options, effective)

    def close(self, session: Session) -> None:
        """Free the row of a session that ended."""
        row = session.row
        for seat in session.members:
            self.inputs.forget(seat)
        self._calls = [pending for pending in self._calls if pending.seat.session is not session]
        del self.sessions[row]
        # The game is not asked: it may be why the session ends, and it starts the row afresh for the next one.
        self.tables.cells[row] = 0
        self._held[row] = 0
        self._seated[row] = False
        self._driven[row] = False
        self._any_driven = bool(self._driven.any())
        self._live[row] = False
        self._forecast.reset(row)
        self.wake_at[row] = NEVER
        self._used = max(self.sessions, default=-1) + 1

    def take_seat(self, seat: Seat, tick: int) -> None:
        """Put a player into the tables."""
        row, index = seat.session.row, seat.index
        seat.place = row * self.seat_rows + index
        self.players[row, index] = seat.player
        self.show_presence(seat)
        if seat.driven:
            self._driven[row, index] = True
            self._any_driven = True
        if not seat.waiting:
            self._seated[row, index] = True
            self.game.seat(self.world, row, index, tick)

    def restore_seat(self, seat: Seat) -> None:
        """Somebody has a seat of a restored session: the tables and the game know it already."""
        row, index = seat.session.row, seat.index
        seat.place = row * self.seat_rows + index
        self._seated[row, index] = not seat.waiting
        self._driven[row, index] = seat.driven
        self._any_driven = self._any_driven or seat.driven

    def stop_waiting(self, seat: Seat, tick: int) -> None:
        """A player who came during a round is in the game from now on."""
        seat.waiting = False
        self.show_presence(seat)
        self._seated[seat.session.row, seat.index] = True
        self.game.seat(self.world, seat.session.row, seat.index, tick)

    def show_presence(self, seat: Seat) -> None:
        """Bring the table of seats up to date with whether its player is here."""
        self.presence[seat.session.row, seat.index] = seat.presence

    def free_seat(self, seat: Seat) -> None:
        """Take a player out of the tables."""
        row, index = seat.session.row, seat.index
        self.release_controls(seat)
        self._calls = [pending for pending in self._calls if pending.seat is not seat]
        self.presence[row, index] = Presence.EMPTY
        self.players[row, index] = 0
        self.stamps[row, index] = 0
        self.ready[row, index] = 0
        if seat.driven:
            self._driven[row, index] = False
            self._any_driven = bool(self._driven.any())
        if self._seated[row, index]:
            self._seated[row, index] = False
            self.game.unseat(self.world, row, index)

    def withdraw_calls(self, seat: Seat) -> list[tuple[int, int]]:
        """Take back what a seat has put into the coming step: connection and id of each request, to be answered."""
        mine = [(pending.connection, pending.id) for pending in self._calls if pending.seat is seat]
        self._calls = [pending for pending in self._calls if pending.seat is not seat]
        return mine

    def release_controls(self, seat: Seat) -> None:
        """Nobody holds anything in this seat now."""
        self.inputs.forget(seat)
        self._held[seat.session.row, seat.index] = 0

    @property
    def plays_bots(self) -> bool:
        """Whether the game can play seats itself."""
        return isinstance(self.game, PlaysBots)

    # --- what comes in between ticks ---------------------------------------------------------------------------------

    def receive_input(self, seat: Seat, message: Input) -> ErrorCode | None:
        """Queue an input; the reason when it is refused."""
        return self.inputs.receive(seat, message)

    def call(self, seat: Seat, command: Act) -> ErrorCode | None:
        """Put a request to the game into the coming step; the reason when it is refused before that."""
        fields = self._arguments.get(command.action)
        if fields is None:
            return ErrorCode.UNKNOWN_ACTION
        given = command.arguments
        if len(given) != len(fields) or any(
            not field.minimum <= value <= field.maximum for field, value in zip(fields, given, strict=True)
        ):
            return ErrorCode.BAD_ARGUMENTS
        if sum(pending.seat is seat for pending in self._calls) >= MAX_CALLS_A_SEAT:
            return ErrorCode.TOO_MANY_REQUESTS
        call = Call(seat.session.row, seat.index, command.action, given)
        self._calls.append(_PendingCall(seat, command.connection, command.id, call))
        return None

    # --- a tick ------------------------------------------------------------------------------------------------------

    def advance(self, commands: Sequence[tuple[Session, Command]]) -> TickOutput:
        """One tick of every session: commands in the order given, then what is due, inputs, the step, the surprises."""
        self.beat += 1
        effects: dict[Session, list[Effect]] = {}
        failures: list[tuple[Session, Exception]] = []
        log: dict[Session, list[LoggedCommand]] = {}
        for session, command in commands:
            if not session.ended:
                with self._failing_alone(session, effects, failures):
                    session.apply(command, session.tick, effects.setdefault(session, []))
                if self._keep_log:
                    log.setdefault(session, []).append(command)
        ticks = self.beat - self._born[: self._used]
        for row in np.flatnonzero(self.wake_at[: self._used] <= ticks).tolist():
            session = self.sessions[row]
            if not session.ended:
                with self._failing_alone(session, effects, failures):
                    session.wake(session.tick, effects.setdefault(session, []))
        inputs = self._hold_inputs(log)
        self._step(ticks, effects, failures)
        states = self._collect_states()
        sessions = [
            SessionOutput(session, self.beat - session.born, effects.get(session, []), states.get(session))
            for session in self.sessions.values()
            if session in effects or session in states
        ]
        for session in effects:
            if session.ended:
                self.close(session)
        return TickOutput(sessions, failures, inputs, log)

    @contextmanager
    def _failing_alone(
        self, session: Session, effects: dict[Session, list[Effect]], failures: list[tuple[Session, Exception]]
    ) -> Iterator[None]:
        """What raises within, a game's code for one session, ends that session and nothing else."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a game's code may raise anything
            self._fail(session, error, effects, failures)

    def _fail(
        self,
        session: Session,
        error: Exception,
        effects: dict[Session, list[Effect]],
        failures: list[tuple[Session, Exception]],
    ) -> None:
        failures.append((session, error))
        if not session.ended:
            session.ended = True
            effects.setdefault(session, []).append(Ended(CloseCode.SESSION_FAILED))

    def _hold_inputs(self, log: dict[Session, list[LoggedCommand]]) -> AppliedInputs:
        applied = self.inputs.take(self.beat, self._used * self.seat_rows)
        places, inputs = applied
        if not places.size:
            return applied
        self._held.reshape(-1, self._held.shape[2])[places] = inputs[:, 1:]
        rows, indexes = np.divmod(places, self.seat_rows)
        self.stamps[rows, indexes] = inputs[:, 0]
        if self._keep_log:
            for row, index, (stamp, *values) in zip(rows.tolist(), indexes.tolist(), inputs.tolist(), strict=True):
                log.setdefault(self.sessions[row], []).append(Hold(index, stamp, tuple(values)))
        return applied

    def _step(
        self,
        ticks: np.ndarray[Any, Any],
        effects: dict[Session, list[Effect]],
        failures: list[tuple[Session, Exception]],
    ) -> None:
        calls, self._calls = self._calls, []
        used = self._used
        context = StepContext(
            ticks, self.status[:used], self._live[:used], self._seated[:used], self._held[:used], self.tick_hz
        )
        lost = self._stepper.drive(context, self._driven[:used]) if self._any_driven else {}
        result, raised = self._stepper.step(context, [pending.call for pending in calls])
        raised = lost | raised
        if result.events.size:
            self._tell_events(result, effects)
        for pending, refusal in zip(calls, result.outcomes, strict=True):
            session = pending.seat.session
            if session.row in raised or not session.knows(pending.connection):
                continue  # undone, and the session ends; or whoever asked was superseded or lost in this very tick
            code = ErrorCode.OK if refusal is None else ErrorCode.GAME_REFUSED
            reply = Reply(pending.id, code, refusal or code.reason, session.tick)
            effects.setdefault(session, []).append(Tell(pending.connection, reply))
        for row, error in raised.items():
            self._fail(self.sessions[row], error, effects, failures)

    def _tell_events(self, result: StepResult, effects: dict[Session, list[Effect]]) -> None:
        kinds = self.game.schema.events
        happened: dict[int, list[list[int]]] = {}
        for row, kind, *values in result.events.tolist():
            happened.setdefault(row, []).append([kind, *values[: len(kinds[kind].fields)]])
        for row, events in happened.items():
            session = self.sessions[row]
            effects.setdefault(session, []).append(TellAll(Events(session.tick, events)))

    # --- state -------------------------------------------------------------------------------------------------------

    def _collect_states(self) -> dict[Session, bytes]:
        tokens, bounds = self._forecast.collect_surprises(self.tables.cells[: self._used])
        states = {}
        for row, session in self.sessions.items():
            tick = self.beat - session.born
            begin, end = bounds[row], bounds[row + 1]
            short = tick & TICK_MASK
            if tick % self.tick_hz == 0:
                head = [short, self._forecast.checksum(row)]
                states[session] = encode_delta(CHECKED_DELTA_KIND, head, tokens[begin:end])
            elif begin != end or tick - session.last_frame >= self._heartbeat_ticks:
                states[session] = encode_delta(DELTA_KIND, [short], tokens[begin:end])
            else:
                continue
            session.last_frame = tick
        return states

    def keyframe(self, session: Session) -> bytes:
        """The payload of a keyframe of the session's newest tick. Not before its first tick."""
        values, rates = self._forecast.keyframe(session.row)
        return encode(Keyframe(session.tick, values, rates))

    def checksum(self, session: Session) -> int:
        """The checksum of the session's newest tick."""
        return self._forecast.checksum(session.row)
