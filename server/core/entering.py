"""How people come into a session, change between seat and watching, and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import Dropped, Joined, Left, Reply, Resumed, WatchingFact
from tickroom.protocol.session_tables import Status
from tickroom.server.core.commands import Drop, Join, Leave, Reserve, Resume, Watch
from tickroom.server.core.effects import Close, Effect, Seated, SendKeyframe, Tell, TellAll, Watching
from tickroom.server.core.people import RESERVED_S, Watcher
from tickroom.server.core.seats import Seat

if TYPE_CHECKING:
    from tickroom.server.core.session import Session

Effects = list[Effect]

BANNED, LOCKED = "banned", "locked"
TAKEN_OVER_GRACE_S = 20  # a seat is kept so long at least where a node died: its players are all to find their way anew


# --- in --------------------------------------------------------------------------------------------------------------


def reserve(session: Session, command: Reserve, tick: int) -> None:
    """Keep a seat for a socket that has just opened, if there is one to keep."""
    if not session.knows(command.connection) and session.free_seats > 0:
        session.reservations.keep(command.connection, tick + RESERVED_S * session.settings.tick_hz)


def join(session: Session, command: Join, tick: int, effects: Effects) -> None:
    """Give somebody a seat: a free one, or that of the newest bot."""
    has_place = session.free_seats > 0 or command.connection in session.reservations
    session.reservations.release(command.connection)
    if (refused := _turned_away(session, command)) is not None:
        effects.append(refused)
        return
    is_late = session.status is Status.ACTIVE
    if is_late and session.settings.late_join == "watch":
        _be_watcher(session, _stranger(session, command), tick, effects)
        return
    if not has_place:
        effects.append(Close(command.connection, CloseCode.SESSION_FULL))
        return
    index = _seat_for_person(session, effects)
    seat = Seat(session, index, session.next_person(), command.nickname, command.token, command.connection)
    seat.bot, seat.account, seat.address = command.bot, command.account, command.address
    _take(session, seat, tick, effects)
    _greet(session, seat, command.token, tick, effects)
    if session.settings.auto_start and session.status is Status.WAITING and not session.is_counting_down:
        session.start_countdown(tick)


def watch(session: Session, command: Watch, tick: int, effects: Effects) -> None:
    """Let somebody watch."""
    session.reservations.release(command.connection)
    refused = _turned_away(session, command)
    if refused is not None:
        effects.append(refused)
        return
    _be_watcher(session, _stranger(session, command), tick, effects)


def resume(session: Session, command: Resume, tick: int, effects: Effects) -> None:
    """Give a seat back to whoever has its token; an older connection of the same player is closed."""
    session.reservations.release(command.connection)
    seat = next((seat for seat in session.members if seat.opens_with(command.token)), None)
    if seat is None:
        effects.append(Close(command.connection, CloseCode.NOT_AUTHENTICATED))
        return
    before = seat.connection
    if before is not None:
        session.disconnect(before)
        effects.append(Close(before, CloseCode.SUPERSEDED))
        session.conversation.interrupt(session, seat.player, effects)
    seat.rotate(command.token, command.new_token)
    seat.newest_input = 0  # the new connection counts its inputs anew
    seat.away = False
    # What the old connection held or sent ahead is void: who resumes finds the seat with nothing held.
    session.pool.release_controls(seat)
    session.connect(seat, command.connection)
    session.pool.show_presence(seat)
    if before is None:
        effects.append(TellAll(Resumed(seat.player, seat.index), but=command.connection))
    _greet(session, seat, command.new_token, tick, effects)


def sit(session: Session, watcher: Watcher, token: str, tick: int, effects: Effects) -> ErrorCode | None:
    """A spectator takes a seat and stays the same person; why not, if it may not be."""
    is_late = session.status is Status.ACTIVE
    if is_late and session.settings.late_join == "watch":
        return ErrorCode.WRONG_STATUS
    if session.free_seats <= 0:
        return ErrorCode.SESSION_FULL
    session.conversation.interrupt(session, watcher.person, effects)
    index = _seat_for_person(session, effects)
    session.disconnect(watcher.connection)
    effects.append(TellAll(WatchingFact(watcher.person, watcher.nickname, False)))
    seat = Seat(session, index, watcher.person, watcher.nickname, token, watcher.connection)
    seat.account, seat.address = watcher.account, watcher.address
    _take(session, seat, tick, effects)
    _greet(session, seat, token, tick, effects)
    return None


def stand(session: Session, seat: Seat, tick: int, effects: Effects) -> ErrorCode | None:
    """A player gives the seat up and watches, the same person; why not, if it may not be."""
    if len(session.watchers) >= session.settings.spectators or seat.connection is None:
        return ErrorCode.SESSION_FULL
    watcher = Watcher(seat.connection, seat.player, seat.nickname, seat.account, seat.address)
    for connection, request in session.pool.withdraw_calls(seat):
        reply = Reply(request, ErrorCode.NOT_SEATED, ErrorCode.NOT_SEATED.reason, tick)
        effects.append(Tell(connection, reply))
    session.conversation.interrupt(session, seat.player, effects)
    session.disconnect(seat.connection)
    vacate(session, seat, "stood", effects, is_gone=False)
    _be_watcher(session, watcher, tick, effects)
    return None


def add_bot(session: Session, tick: int, effects: Effects) -> ErrorCode | None:
    """Let the server play one of the free seats; why not, if it may not be."""
    if not session.pool.plays_bots:
        return ErrorCode.UNKNOWN_ACTION
    index = next((index for index, seat in enumerate(session.seats) if seat is None), None)
    if index is None or session.free_seats <= len(session.bots):
        return ErrorCode.BOTS_FULL
    taken = {seat.nickname for seat in session.members}
    name = next(name for number in range(1, len(session.seats) + 2) if (name := f"Bot {number}") not in taken)
    seat = Seat(session, index, session.next_person(), name, "", None)
    seat.bot = True
    _take(session, seat, tick, effects)
    return None


# --- out -------------------------------------------------------------------------------------------------------------


def drop(session: Session, command: Drop, tick: int, effects: Effects) -> None:
    """A socket is lost: a player's seat is kept for the grace time, a spectator is gone."""
    session.reservations.release(command.connection)
    person = session.disconnect(command.connection)
    if isinstance(person, Watcher):
        _tell_watcher_gone(session, person, effects)
    elif person is not None:  # else it was superseded, or left before the socket went: its end touches nobody
        seat = person
        _lose(session, seat, tick + session.settings.grace_s * session.settings.tick_hz)
        session.conversation.interrupt(session, seat.player, effects)
        effects.append(TellAll(Dropped(seat.player, seat.index, seat.kept_until)))


def take_over(session: Session, tick: int) -> None:
    """No socket reaches the session any more, and nobody is there to be told: seats are kept, all else is gone."""
    until = tick + max(session.settings.grace_s, TAKEN_OVER_GRACE_S) * session.settings.tick_hz
    for watcher in session.watchers:
        session.disconnect(watcher.connection)
        session.conversation.chat.forget(watcher.person)
    for seat in session.members:
        if seat.connection is not None:
            session.disconnect(seat.connection)
            session.conversation.chat.stop_typing(seat.player)
            _lose(session, seat, until)
        seat.kept_until = max(seat.kept_until, until)
    session.reservations.clear()
    session.empty_at = max(session.empty_at, until)


def leave(session: Session, command: Leave, effects: Effects) -> None:
    """Somebody goes for good."""
    person = session.disconnect(command.connection)
    if person is None:
        return
    if isinstance(person, Watcher):
        _tell_watcher_gone(session, person, effects)
    else:
        vacate(session, person, "left", effects)
    effects.append(Close(command.connection, CloseCode.LEFT))


def send_away(session: Session, person: Seat | Watcher, effects: Effects, *, for_good: bool = False) -> None:
    """Take a player's seat, or a spectator's place; the socket, if there is one, is closed.

    ``for_good``: by a ban, and they are told what they will hear whenever they come again.
    """
    connection = person.connection
    if connection is not None:
        session.disconnect(connection)
    if isinstance(person, Watcher):
        _tell_watcher_gone(session, person, effects)
    else:
        vacate(session, person, BANNED if for_good else "kicked", effects)
    if connection is not None:
        close = Close(connection, CloseCode.NOT_ALLOWED, BANNED) if for_good else Close(connection, CloseCode.KICKED)
        effects.append(close)


def vacate(session: Session, seat: Seat, cause: str, effects: Effects, *, is_gone: bool = True) -> None:
    """Free a seat. With the last person go the bots, and some seconds later the session. ``is_gone``: for good."""
    session.seats[seat.index] = None
    session.pool.free_seat(seat)
    if is_gone:
        session.conversation.chat.forget(seat.player)
    session.choose_host()
    effects.append(TellAll(Left(seat.player, seat.index, cause)))
    if not seat.driven and len(session.bots) == len(session.members):
        for bot in session.bots:
            vacate(session, bot, "left", effects)
        session.note_empty()
    session.finish_when_all_wait()


# --- within ----------------------------------------------------------------------------------------------------------


def _lose(session: Session, seat: Seat, kept_until: int) -> None:
    """Nobody holds anything in this seat now, and it waits for its player."""
    seat.connection = None
    seat.away = False
    seat.kept_until = kept_until
    session.pool.release_controls(seat)
    session.pool.show_presence(seat)


def _turned_away(session: Session, command: Join | Watch) -> Close | None:
    if session.bans.hold(command.account, command.address):
        return Close(command.connection, CloseCode.NOT_ALLOWED, BANNED)
    if session.locked:
        return Close(command.connection, CloseCode.NOT_ALLOWED, LOCKED)
    if not session.password.admits(command.password):
        return Close(command.connection, CloseCode.WRONG_PASSWORD)
    return None


def _seat_for_person(session: Session, effects: Effects) -> int:
    """The first free seat, or the newest bot's; there is one."""
    index = next((index for index, seat in enumerate(session.seats) if seat is None), None)
    if index is not None:
        return index
    newest = max(session.bots, key=lambda bot: bot.player)
    vacate(session, newest, "left", effects)
    return newest.index


def _take(session: Session, seat: Seat, tick: int, effects: Effects) -> None:
    """Put somebody new into a free seat, and tell everybody."""
    seat.waiting = session.status is Status.ACTIVE and session.settings.late_join != "play" and not seat.driven
    session.seats[seat.index] = seat
    session.pool.take_seat(seat, tick)
    connection = seat.connection
    if connection is not None:
        session.connect(seat, connection)
    session.choose_host()
    effects.append(TellAll(Joined(seat.member), but=connection))


def _greet(session: Session, seat: Seat, token: str, tick: int, effects: Effects) -> None:
    connection = seat.connection
    if connection is None:
        return
    effects.append(Seated(connection, seat))
    effects.append(Tell(connection, session.welcome(tick, seat, token)))
    session.conversation.greet(session, seat, connection, tick, effects)
    effects.append(SendKeyframe(connection))


def _stranger(session: Session, command: Join | Watch) -> Watcher:
    return Watcher(command.connection, session.next_person(), command.nickname, command.account, command.address)


def _be_watcher(session: Session, watcher: Watcher, tick: int, effects: Effects) -> None:
    connection = watcher.connection
    if len(session.watchers) >= session.settings.spectators:
        effects.append(Close(connection, CloseCode.SESSION_FULL))
        return
    session.admit_watcher(watcher)
    effects.append(TellAll(WatchingFact(watcher.person, watcher.nickname, True), but=connection))
    effects.append(Watching(connection, session.settings.spectator_delay_ticks))
    effects.append(Tell(connection, session.welcome(tick, watcher)))
    session.conversation.greet(session, watcher, connection, tick, effects)
    effects.append(SendKeyframe(connection))


def _tell_watcher_gone(session: Session, watcher: Watcher, effects: Effects) -> None:
    session.conversation.interrupt(session, watcher.person, effects)
    session.conversation.chat.forget(watcher.person)
    effects.append(TellAll(WatchingFact(watcher.person, watcher.nickname, False)))
