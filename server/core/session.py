"""One session: its seats, its rounds, and what each command does to them.

A session is one row of a pool (pool.py). Its public life stands in the tables ``seats`` and ``session``; who sits
where, with which connection and token, stands here. Who comes and goes is in entering.py, what they ask for in
requests.py, what they say in conversation.py. All append what must be told to a list of effects, in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import WATCHING_SEAT, Error, Reply, Results, Settings, Welcome
from tickroom.protocol.schema import SESSION_REQUESTS
from tickroom.protocol.session_tables import Status
from tickroom.server.core import commands, entering
from tickroom.server.core.conversation import Conversation
from tickroom.server.core.effects import Effect, Ended, Tell, TellAll
from tickroom.server.core.people import Bans, Password, Reservations, Watcher
from tickroom.server.core.requests import answer_request, answer_watcher
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
        self.password = Password(settings.password, f"{code}:{plan.seed}")
        self.settings = replace(settings, password=None)  # whoever reads them finds none
        self.plan = plan
        self.seats: list[Seat | None] = [None] * settings.seats
        self.locked = False
        self.bans = Bans()
        self.reservations = Reservations()
        self.conversation = Conversation(settings)
        self.last_frame = 0  # tick of the last state frame, for the heartbeat
        self.configured_at = -settings.tick_hz  # tick of the newest change of the settings
        self.ended = False
        self._by_connection: dict[int, Seat] = {}
        self._watchers: dict[int, Watcher] = {}  # by connection
        self.people_met = 0  # ids that were given
        self.empty_at = UNUSED_S * settings.tick_hz  # tick at which it ends while nobody has a seat

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
        now = {"seats": self.settings.seats, "password": int(self.password.is_set), "locked": int(self.locked)}
        return self.settings.told() | now | self.plan.effective

    @property
    def host(self) -> int:
        """The id of the player who is host; 0 when nobody has a seat."""
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
    def bots(self) -> list[Seat]:
        """The seats that the server plays."""
        return [seat for seat in self.seats if seat is not None and seat.driven]

    @property
    def watchers(self) -> list[Watcher]:
        """Who watches without a seat, in the order in which they came."""
        return list(self._watchers.values())

    @property
    def spectators(self) -> int:
        """How many watch without a seat."""
        return len(self._watchers)

    @property
    def free_seats(self) -> int:
        """How many more people can sit: bots make room, but seats kept for open sockets are taken."""
        people = sum(seat is not None and not seat.driven for seat in self.seats)
        return len(self.seats) - people - len(self.reservations)

    @property
    def is_open(self) -> bool:
        """Whether anybody may come in who knows the code."""
        return not self.locked and not self.password.is_set

    def knows(self, connection: int) -> bool:
        """Whether somebody is here with this connection."""
        return connection in self._by_connection or connection in self._watchers

    def person_of(self, connection: int) -> Seat | Watcher | None:
        """Who is here with this connection."""
        return self._by_connection.get(connection) or self._watchers.get(connection)

    def find_person(self, person: int) -> Seat | Watcher | None:
        """Who is here with this id."""
        seat = self.find_player(person)
        return seat or next((watcher for watcher in self._watchers.values() if watcher.person == person), None)

    def find_player(self, player: int) -> Seat | None:
        """Who has a seat with this id."""
        return next((seat for seat in self.seats if seat is not None and seat.player == player), None)

    def connection_of(self, person: int) -> int | None:
        """The connection of a person who is here."""
        found = self.find_person(person)
        return None if found is None else found.connection

    # --- commands ----------------------------------------------------------------------------------------------------

    def apply(self, command: commands.Command, tick: int, effects: Effects) -> None:
        """Do one command of ``tick``. What a player may not do is answered; what is raised, the game raised."""
        match command:
            case commands.Say() | commands.Revise():
                self.conversation.answer(self, command, tick, effects)
            case commands.Type() | commands.Read():
                self.conversation.hear(self, command, tick, effects)
            case commands.Confirm():
                if (seat := self._by_connection.get(command.connection)) is not None:
                    seat.confirm()
            case commands.Act():
                self._act(command, tick, effects)
            case commands.TakeOver():
                entering.take_over(self, tick)
            case commands.End():
                self._end(CloseCode(command.close_code), effects)
            case _:
                self._move(command, tick, effects)
        self._start_when_all_ready(tick)
        self.schedule_wake()

    def _move(
        self,
        command: (commands.Join | commands.Watch | commands.Resume | commands.Reserve | commands.Drop | commands.Leave),
        tick: int,
        effects: Effects,
    ) -> None:
        """Somebody comes or goes."""
        match command:
            case commands.Join() | commands.Watch() | commands.Resume() if self.knows(command.connection):
                error = ErrorCode.ALREADY_SEATED
                effects.append(Tell(command.connection, Error(error, error.reason)))
            case commands.Join():
                entering.join(self, command, tick, effects)
            case commands.Watch():
                entering.watch(self, command, tick, effects)
            case commands.Resume():
                entering.resume(self, command, tick, effects)
            case commands.Reserve():
                entering.reserve(self, command, tick)
            case commands.Drop():
                entering.drop(self, command, tick, effects)
            case commands.Leave():
                entering.leave(self, command, effects)

    def _act(self, command: commands.Act, tick: int, effects: Effects) -> None:
        person = self.person_of(command.connection)
        if person is None:
            error: ErrorCode | None = ErrorCode.NOT_SEATED
        elif isinstance(person, Watcher):
            error = answer_watcher(self, person, command, tick, effects)
        elif command.action in SESSION_REQUESTS:
            error = answer_request(self, person, command, tick, effects)
        elif person.waiting:
            error = ErrorCode.WRONG_STATUS
        else:
            error = self.pool.call(person, command)
            if error is None:
                return  # the game answers in the step
        code = error or ErrorCode.OK
        effects.append(Tell(command.connection, Reply(command.id, code, code.reason, tick)))

    def _end(self, code: CloseCode, effects: Effects) -> None:
        self.ended = True
        effects.append(Ended(code))

    # --- people, for entering.py -------------------------------------------------------------------------------------

    def next_person(self) -> int:
        """An id that nobody had before."""
        self.people_met += 1
        return self.people_met

    def connect(self, seat: Seat, connection: int) -> None:
        """This connection speaks for the player in this seat from now on."""
        seat.connection = connection
        self._by_connection[connection] = seat

    def admit_watcher(self, watcher: Watcher) -> None:
        """Somebody watches from now on."""
        self._watchers[watcher.connection] = watcher

    def disconnect(self, connection: int) -> Seat | Watcher | None:
        """This connection speaks for nobody any more; for whom it did."""
        return self._by_connection.pop(connection, None) or self._watchers.pop(connection, None)

    def note_empty(self) -> None:
        """Nobody has a seat: the session ends soon unless somebody joins."""
        self.empty_at = self.tick + EMPTY_S * self.settings.tick_hz

    def choose_host(self) -> None:
        """A person who is host stays so while the seat is kept; else who came first, people before bots.

        Of several people one who is connected comes before one who may never come back. Never a seat that the server
        plays.
        """
        people = [seat for seat in self.members if not seat.driven]
        host = next((seat for seat in people if seat.player == self.host and not seat.bot), None)
        if host is None:
            host = min(people, key=lambda seat: (seat.bot, seat.connection is None, seat.player), default=None)
        self.pool.hosts[self.row] = host.player if host is not None else 0

    def hand_over(self, seat: Seat) -> None:
        """Another player is host from now on."""
        self.pool.hosts[self.row] = seat.player

    def welcome(self, tick: int, person: Seat | Watcher, token: str = "") -> Welcome:
        """For whoever has a seat now, with its token; or for a spectator, who sees the session late."""
        watches = isinstance(person, Watcher)
        return Welcome(
            code=self.code,
            player=person.person if isinstance(person, Watcher) else person.player,
            seat=WATCHING_SEAT if isinstance(person, Watcher) else person.index,
            token=token,
            tick=max(0, tick - self.settings.spectator_delay_ticks) if watches else tick,
            tick_hz=self.settings.tick_hz,
            game=self.settings.game,
            rows=self.pool.layout.rows,
            settings=self.told_settings,
            max_lead_ticks=self.pool.inputs.max_lead_ticks,
            grace_ticks=self.settings.grace_s * self.settings.tick_hz,
            roster=tuple(seat.member for seat in self.members),
            watchers=tuple((watcher.person, watcher.nickname) for watcher in self._watchers.values()),
            host=self.host,
        )

    # --- rounds ------------------------------------------------------------------------------------------------------

    def _start_when_all_ready(self, tick: int) -> None:
        if self.status is Status.ACTIVE:
            return
        people = [seat.index for seat in self.members if seat.connection is not None and not seat.bot and not seat.away]
        if people and self.pool.ready[self.row, people].all():
            self.start_countdown(tick)

    def configure(self, settings: SessionSettings, plan: GamePlan, tick: int, effects: Effects) -> None:
        """Play by other settings from now on. A countdown that runs leaves everybody its whole time to see them."""
        self.settings, self.plan, self.configured_at = settings, plan, tick
        if self.is_counting_down:
            self.pool.starts_at[self.row] = max(int(self.pool.starts_at[self.row]), tick + self._countdown_ticks)
        self.tell_settings(effects)

    def tell_settings(self, effects: Effects) -> None:
        """All of them, to all."""
        effects.append(TellAll(Settings(self.told_settings)))

    @property
    def _countdown_ticks(self) -> int:
        return max(1, self.settings.countdown_s * self.settings.tick_hz)

    def start_countdown(self, tick: int) -> None:
        """Let the next round begin when the countdown is over, or earlier if that was settled before."""
        at = tick + self._countdown_ticks
        earlier = int(self.pool.starts_at[self.row])
        self.pool.starts_at[self.row] = min(at, earlier) if earlier else at

    def _begin_round(self, tick: int) -> None:
        self.pool.status[self.row] = Status.ACTIVE
        self.pool.rounds[self.row] += 1
        self.pool.starts_at[self.row] = 0
        self.pool.ready[self.row] = 0
        self.pool.ends_at[self.row] = tick + self.settings.round_s * self.settings.tick_hz
        self.pool.game.start_round(self.pool.world, self.row, tick)

    def finish_when_all_wait(self) -> None:
        """A round in which nobody plays any more, but people wait for the next one, is over."""
        people = [seat for seat in self.members if not seat.driven]
        if self.status is Status.ACTIVE and people and all(seat.waiting for seat in people):
            self.pool.ends_at[self.row] = min(int(self.pool.ends_at[self.row]), self.tick + 1)

    def _finish_round(self, tick: int, effects: Effects) -> None:
        self.pool.status[self.row] = Status.FINISHED
        players = {seat.index: seat.player for seat in self.members if not seat.waiting}
        ranking = self.pool.game.ranking(self.pool.world, self.row, sorted(players))
        lines = [(rank.seat, players[rank.seat], rank.place, rank.score) for rank in ranking]
        effects.append(TellAll(Results(tick, int(self.pool.rounds[self.row]), lines)))
        for seat in self.members:
            if seat.waiting:
                self.pool.stop_waiting(seat, tick)
        if self.settings.rematch_after_s:
            self.pool.starts_at[self.row] = tick + self.settings.rematch_after_s * self.settings.tick_hz

    # --- time --------------------------------------------------------------------------------------------------------

    def wake(self, tick: int, effects: Effects) -> None:
        """Do what is due at ``tick``: seats whose grace ran out, start or end of a round, end of an empty session."""
        for seat in self.members:
            if seat.is_lost and seat.kept_until <= tick and self.seats[seat.index] is seat:
                entering.vacate(self, seat, "expired", effects)
        self.reservations.expire(tick)
        self.conversation.wake(self, tick, effects)
        if self.status is Status.ACTIVE:
            if self.pool.ends_at[self.row] <= tick:
                self._finish_round(tick, effects)
        elif 0 < self.pool.starts_at[self.row] <= tick:
            self._begin_round(tick)
        if not self.members and self.empty_at <= tick:
            self._end(CloseCode.SESSION_ENDED, effects)
        self.schedule_wake()

    def schedule_wake(self) -> None:
        """Tell the pool the next tick at which something is due."""
        due = [seat.kept_until for seat in self.members if seat.is_lost]
        due += [at for at in (self.reservations.next_expiry(), self.conversation.chat.next_expiry()) if at is not None]
        if self.status is Status.ACTIVE:
            due.append(int(self.pool.ends_at[self.row]))
        elif self.pool.starts_at[self.row]:
            due.append(int(self.pool.starts_at[self.row]))
        if not self.members:
            due.append(self.empty_at)
        self.pool.wake_at[self.row] = min(due, default=NEVER)
