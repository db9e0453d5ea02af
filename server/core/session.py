"""One session: its seats, its rounds, and what each command does to them.

A session is one row of a pool (pool.py). Its public life stands in the tables ``seats`` and ``session``; who sits
where, with which connection and token, stands here. Methods append what must be told to a list of effects, in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import (
    WATCHING_SEAT,
    Dropped,
    Error,
    Joined,
    Left,
    Reply,
    Results,
    Resumed,
    Settings,
    Welcome,
)
from tickroom.protocol.schema import SESSION_REQUESTS
from tickroom.protocol.session_tables import Presence, Status
from tickroom.server.core.commands import Act, Command, Confirm, Drop, End, Join, Leave, Resume, Watch
from tickroom.server.core.effects import Close, Effect, Ended, Seated, SendKeyframe, Tell, TellAll, Watching
from tickroom.server.core.requests import answer_request
from tickroom.server.core.seats import Seat
from tickroom.server.core.settings import SessionSettings

if TYPE_CHECKING:
    from tickroom.server.core.pool import Pool

UNUSED_S = 60  # a session that nobody ever joined ends after this
EMPTY_S = 5  # a session whose last seat became free ends after this
NEVER = 2**62

Effects = list[Effect]


class GamePlan(NamedTuple):
    """What a session's game was opened with: its settings as they were chosen, and as the game plays by them."""

    seed: int
    options: dict[str, int]
    effective: dict[str, int]


class Session:
    """The people and the life of one row of ``pool``. Made by ``Pool.open``; ``born`` is the beat of its tick 0."""

    def __init__(self, pool: Pool, row: int, born: int, code: str, settings: SessionSettings, plan: GamePlan) -> None:
        self.pool = pool
        self.row = row
        self.born = born
        self.code = code
        self.settings = settings
        self.plan = plan
        self.seats: list[Seat | None] = [None] * settings.seats
        self.last_frame = 0  # tick of the last state frame, for the heartbeat
        self.configured_at = -settings.tick_hz  # tick of the newest change of the settings
        self.ended = False
        self._by_connection: dict[int, Seat] = {}
        self._watchers: set[int] = set()  # connections
        self._next_player = 1
        self._empty_at = UNUSED_S * settings.tick_hz

    # --- what others ask ---------------------------------------------------------------------------------------------

    @property
    def tick(self) -> int:
        """The newest tick that was stepped."""
        return self.pool.beat - self.born

    @property
    def status(self) -> Status:
        """Waiting, active or finished."""
        return Status(int(self.pool.status[self.row]))

    @property
    def told_settings(self) -> dict[str, int]:
        """The settings as clients are told them."""
        return self.settings.told() | {"seats": self.settings.seats} | self.plan.effective

    @property
    def host(self) -> int:
        """The id of the player who may start, kick and configure; 0 when nobody has a seat."""
        return int(self.pool.hosts[self.row])

    @property
    def is_counting_down(self) -> bool:
        """Whether it is settled when the next round begins."""
        return bool(self.pool.starts_at[self.row])

    @property
    def members(self) -> list[Seat]:
        """The seats that somebody has, by index."""
        return [seat for seat in self.seats if seat is not None]

    @property
    def spectators(self) -> int:
        """How many watch without a seat."""
        return len(self._watchers)

    # --- commands ----------------------------------------------------------------------------------------------------

    def apply(self, command: Command, tick: int, effects: Effects) -> None:
        """Do one command of ``tick``. What a player may not do is answered; what is raised, the game raised."""
        match command:
            case Join() | Watch() | Resume() if self._knows(command.connection):
                error = ErrorCode.ALREADY_SEATED
                effects.append(Tell(command.connection, Error(error, error.reason)))
            case Join():
                self._join(command, tick, effects)
            case Watch():
                self._watch(command, tick, effects)
            case Resume():
                self._resume(command, tick, effects)
            case Confirm():
                if (seat := self._by_connection.get(command.connection)) is not None:
                    seat.confirm()
            case Drop():
                self._drop(command, tick, effects)
            case Leave():
                self._leave(command, effects)
            case Act():
                self._act(command, tick, effects)
            case End():
                self._end(CloseCode(command.close_code), effects)
        self._start_when_all_ready(tick)
        self.schedule_wake()

    def _join(self, command: Join, tick: int, effects: Effects) -> None:
        index = next((index for index, seat in enumerate(self.seats) if seat is None), None)
        if index is None:
            effects.append(Close(command.connection, CloseCode.SESSION_FULL))
            return
        seat = Seat(self, index, self._next_player, command.nickname, command.bot, command.token, command.connection)
        self._next_player += 1
        self.seats[index] = seat
        self._by_connection[command.connection] = seat
        self.pool.take_seat(seat, tick)
        self._choose_host()
        effects.append(TellAll(Joined(seat.member), but=command.connection))
        effects.append(Seated(command.connection, seat))
        self._greet(command.connection, self._welcome(tick, seat, command.token), effects)
        if self.settings.auto_start and self.status is Status.WAITING and not self.is_counting_down:
            self.start_countdown(tick)

    def _knows(self, connection: int) -> bool:
        return connection in self._by_connection or connection in self._watchers

    def _watch(self, command: Watch, tick: int, effects: Effects) -> None:
        if len(self._watchers) >= self.settings.spectators:
            effects.append(Close(command.connection, CloseCode.SESSION_FULL))
            return
        self._watchers.add(command.connection)
        effects.append(Watching(command.connection))
        self._greet(command.connection, self._welcome(tick), effects)

    def _resume(self, command: Resume, tick: int, effects: Effects) -> None:
        seat = next((seat for seat in self.members if seat.opens_with(command.token)), None)
        if seat is None:
            effects.append(Close(command.connection, CloseCode.NOT_AUTHENTICATED))
            return
        if seat.connection is not None:
            del self._by_connection[seat.connection]
            effects.append(Close(seat.connection, CloseCode.SUPERSEDED))
            self.pool.release_controls(seat)
        seat.connection = command.connection
        seat.rotate(command.token, command.new_token)
        seat.newest_input = 0
        self._by_connection[command.connection] = seat
        self.pool.presence[self.row, seat.index] = Presence.CONNECTED
        effects.append(TellAll(Resumed(seat.player, seat.index), but=command.connection))
        effects.append(Seated(command.connection, seat))
        self._greet(command.connection, self._welcome(tick, seat, command.new_token), effects)

    def _greet(self, connection: int, welcome: Welcome, effects: Effects) -> None:
        effects.extend((Tell(connection, welcome), SendKeyframe(connection)))

    def _welcome(self, tick: int, seat: Seat | None = None, token: str = "") -> Welcome:
        """For whoever has ``seat`` now; for a spectator without."""
        return Welcome(
            code=self.code,
            player=seat.player if seat is not None else 0,
            seat=seat.index if seat is not None else WATCHING_SEAT,
            token=token,
            tick=tick,
            tick_hz=self.settings.tick_hz,
            game=self.settings.game,
            rows=self.pool.layout.rows,
            settings=self.told_settings,
            max_lead_ticks=self.pool.inputs.max_lead_ticks,
            grace_ticks=self.settings.grace_s * self.settings.tick_hz,
            roster=tuple(seat.member for seat in self.members),
            watchers=(),
            host=self.host,
        )

    def _drop(self, command: Drop, tick: int, effects: Effects) -> None:
        self._watchers.discard(command.connection)
        seat = self._by_connection.pop(command.connection, None)
        if seat is None:
            return  # it was superseded, or left before the socket went: an old socket's end touches nobody
        seat.connection = None
        seat.kept_until = tick + self.settings.grace_s * self.settings.tick_hz
        self.pool.release_controls(seat)
        self.pool.presence[self.row, seat.index] = Presence.DROPPED
        effects.append(TellAll(Dropped(seat.player, seat.index, seat.kept_until)))

    def _leave(self, command: Leave, effects: Effects) -> None:
        if not self._knows(command.connection):
            return
        self._watchers.discard(command.connection)
        seat = self._by_connection.pop(command.connection, None)
        if seat is not None:
            self.vacate(seat, "left", effects)
        effects.append(Close(command.connection, CloseCode.LEFT))

    def kick(self, seat: Seat, effects: Effects) -> None:
        """Take a player's seat away; the socket, if there is one, is closed."""
        connection = seat.connection
        self.vacate(seat, "kicked", effects)
        if connection is not None:
            del self._by_connection[connection]
            effects.append(Close(connection, CloseCode.KICKED))

    def vacate(self, seat: Seat, cause: str, effects: Effects) -> None:
        """Free a seat."""
        self.seats[seat.index] = None
        self.pool.free_seat(seat)
        self._choose_host()
        effects.append(TellAll(Left(seat.player, seat.index, cause)))
        if not self.members:
            self._empty_at = self.tick + EMPTY_S * self.settings.tick_hz

    def _choose_host(self) -> None:
        """A person who is host stays so while the seat is kept; else who came first, people before bots.

        Of several people one who is connected comes before one who may never come back.
        """
        host = next((seat for seat in self.members if seat.player == self.host and not seat.bot), None)
        if host is None:
            order = sorted(self.members, key=lambda seat: (seat.bot, seat.connection is None, seat.player))
            host = order[0] if order else None
        self.pool.hosts[self.row] = host.player if host is not None else 0

    def _act(self, command: Act, tick: int, effects: Effects) -> None:
        seat = self._by_connection.get(command.connection)
        if seat is None:
            error: ErrorCode | None = ErrorCode.NOT_SEATED
        elif command.action in SESSION_REQUESTS:
            error = answer_request(self, seat, command, tick, effects)
        else:
            error = self.pool.call(seat, command)
            if error is None:
                return  # the game answers in the step
        code = error or ErrorCode.OK
        effects.append(Tell(command.connection, Reply(command.id, code, code.reason, tick)))

    def _end(self, code: CloseCode, effects: Effects) -> None:
        self.ended = True
        effects.append(Ended(code))

    # --- rounds ------------------------------------------------------------------------------------------------------

    def _start_when_all_ready(self, tick: int) -> None:
        if self.status is Status.ACTIVE:
            return
        people = [seat.index for seat in self.members if seat.connection is not None and not seat.bot]
        if people and self.pool.ready[self.row, people].all():
            self.start_countdown(tick)

    def configure(self, settings: SessionSettings, plan: GamePlan, tick: int, effects: Effects) -> None:
        """Play by other settings from now on."""
        self.settings, self.plan, self.configured_at = settings, plan, tick
        effects.append(TellAll(Settings(self.told_settings)))

    def start_countdown(self, tick: int) -> None:
        """Let the next round begin when the countdown is over, or earlier if that was settled before."""
        at = tick + max(1, self.settings.countdown_s * self.settings.tick_hz)
        earlier = int(self.pool.starts_at[self.row])
        self.pool.starts_at[self.row] = min(at, earlier) if earlier else at

    def _begin_round(self, tick: int) -> None:
        self.pool.status[self.row] = Status.ACTIVE
        self.pool.rounds[self.row] += 1
        self.pool.starts_at[self.row] = 0
        self.pool.ready[self.row] = 0
        self.pool.ends_at[self.row] = tick + self.settings.round_s * self.settings.tick_hz
        self.pool.game.start_round(self.pool.world, self.row, tick)

    def _finish_round(self, tick: int, effects: Effects) -> None:
        self.pool.status[self.row] = Status.FINISHED
        players = {seat.index: seat.player for seat in self.members}
        ranking = self.pool.game.ranking(self.pool.world, self.row, sorted(players))
        lines = [(rank.seat, players[rank.seat], rank.place, rank.score) for rank in ranking]
        effects.append(TellAll(Results(tick, int(self.pool.rounds[self.row]), lines)))
        if self.settings.rematch_after_s:
            self.pool.starts_at[self.row] = tick + self.settings.rematch_after_s * self.settings.tick_hz

    # --- time --------------------------------------------------------------------------------------------------------

    def wake(self, tick: int, effects: Effects) -> None:
        """Do what is due at ``tick``: seats whose grace ran out, start or end of a round, end of an empty session."""
        for seat in self.members:
            if seat.connection is None and seat.kept_until <= tick:
                self.vacate(seat, "expired", effects)
        if self.status is Status.ACTIVE:
            if self.pool.ends_at[self.row] <= tick:
                self._finish_round(tick, effects)
        elif 0 < self.pool.starts_at[self.row] <= tick:
            self._begin_round(tick)
        if not self.members and self._empty_at <= tick:
            self._end(CloseCode.SESSION_ENDED, effects)
        self.schedule_wake()

    def schedule_wake(self) -> None:
        """Tell the pool the next tick at which something is due."""
        due = [seat.kept_until for seat in self.members if seat.connection is None]
        if self.status is Status.ACTIVE:
            due.append(int(self.pool.ends_at[self.row]))
        elif self.pool.starts_at[self.row]:
            due.append(int(self.pool.starts_at[self.row]))
        if not self.members:
            due.append(self._empty_at)
        self.pool.wake_at[self.row] = min(due, default=NEVER)
