"""What a session keeps beside its row of the tables: people, door, chat, counters; as values, and back."""

from __future__ import annotations

from msgspec import Struct

from tickroom.server.core.chat import SavedChat
from tickroom.server.core.people import Watcher
from tickroom.server.core.seats import SavedSeat, Seat
from tickroom.server.core.session import Session


class SavedSession(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """See the attributes of the same names. ``password``: its digest; the salt follows from code and seed."""

    seats: list[SavedSeat]
    watchers: list[Watcher]
    reservations: list[tuple[int, int]]
    bans: list[tuple[str, str]]
    password: str | None
    locked: bool
    chat: SavedChat
    people_met: int
    empty_at: int
    last_frame: int
    configured_at: int


def save_session(session: Session) -> SavedSession:
    """The session between two ticks."""
    return SavedSession(
        [seat.save() for seat in session.members],
        session.watchers,
        session.reservations.save(),
        session.bans.save(),
        session.password.save(),
        session.locked,
        session.conversation.chat.save(),
        session.people_met,
        session.empty_at,
        session.last_frame,
        session.configured_at,
    )


def restore_session_state(session: Session, saved: SavedSession) -> None:
    """Make a session whose row was just restored what it was when saved. Raises ValueError when it cannot be so."""
    _check_people(session, saved)
    for one in saved.seats:
        seat = Seat.restored(session, one)
        session.seats[seat.index] = seat
        session.pool.restore_seat(seat)
        if seat.connection is not None:
            session.connect(seat, seat.connection)
    for watcher in saved.watchers:
        session.admit_watcher(watcher)
    session.reservations.restore(saved.reservations)
    session.bans.restore(saved.bans)
    session.password.restore(saved.password)
    session.locked = saved.locked
    session.conversation.chat.restore(saved.chat)
    session.people_met = saved.people_met
    session.empty_at = saved.empty_at
    session.last_frame = saved.last_frame
    session.configured_at = saved.configured_at
    session.schedule_wake()


def _check_people(session: Session, saved: SavedSession) -> None:
    indexes = [seat.index for seat in saved.seats]
    if indexes != sorted(set(indexes)) or not all(0 <= index < len(session.seats) for index in indexes):
        raise ValueError(f"seats {indexes} of {len(session.seats)}")
    people = [seat.player for seat in saved.seats] + [watcher.person for watcher in saved.watchers]
    if len(set(people)) != len(people) or not all(0 < person <= saved.people_met for person in people):
        raise ValueError(f"people {people} where {saved.people_met} ids were given")
    sockets = [seat.connection for seat in saved.seats if seat.connection is not None]
    sockets += [watcher.connection for watcher in saved.watchers]
    if len(set(sockets)) != len(sockets):
        raise ValueError("one connection of two people")
    players = session.pool.players[session.row].tolist()
    if [(index, player) for index, player in enumerate(players) if player] != [
        (seat.index, seat.player) for seat in saved.seats
    ]:
        raise ValueError(f"the tables have the players {players}")
