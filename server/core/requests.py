"""The requests that every session answers itself, whatever its game.

Each is done at once and gives None, or changes nothing and gives the reason. What is wrong with the request as such is
told first (arguments), then who may not (host), then who is not there, then when (status).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickroom.protocol.codes import ErrorCode
from tickroom.protocol.session_tables import Status
from tickroom.server.core import entering, host_requests
from tickroom.server.core.commands import Act
from tickroom.server.core.conversation import person_number
from tickroom.server.core.effects import Effect
from tickroom.server.core.people import Watcher
from tickroom.server.core.seats import Seat

if TYPE_CHECKING:
    from tickroom.server.core.session import Session

Effects = list[Effect]


def answer_request(session: Session, seat: Seat, act: Act, tick: int, effects: Effects) -> ErrorCode | None:
    """Do what the player in ``seat`` asks of the session; why not, if it may not be. ``act``: a session's request."""
    match act.action, act.arguments:
        case "start", ():
            return _start(session, seat, tick)
        case "ready", (0 | 1 as ready,):
            return _ready(session, seat, ready)
        case "away", (0 | 1 as away,):
            seat.away = bool(away)
            session.pool.show_presence(seat)
            return None
        case "mute", (person, (0 | 1) as is_muted):
            return _mute(session, seat, person, bool(is_muted), effects)
        case "sit", ():
            return ErrorCode.ALREADY_SEATED
        case "stand", ():
            return entering.stand(session, seat, tick, effects)
    return host_requests.answer(session, seat, act, tick, effects)


def answer_watcher(session: Session, watcher: Watcher, act: Act, tick: int, effects: Effects) -> ErrorCode | None:
    """Do what a spectator asks: little of it is for those without a seat."""
    match act.action, act.arguments:
        case "mute", (person, (0 | 1) as is_muted):
            return _mute(session, watcher, person, bool(is_muted), effects)
        case "sit", ():
            return entering.sit(session, watcher, act.token, tick, effects)
        case (("mute" | "sit"), _):
            return ErrorCode.BAD_ARGUMENTS
    return ErrorCode.NOT_SEATED


def _start(session: Session, seat: Seat, tick: int) -> ErrorCode | None:
    if not session.settings.anyone_starts and seat.player != session.host:
        return ErrorCode.NOT_HOST
    if session.status is Status.ACTIVE:
        return ErrorCode.WRONG_STATUS
    session.start_countdown(tick)
    return None


def _ready(session: Session, seat: Seat, ready: int) -> ErrorCode | None:
    if session.status is Status.ACTIVE:
        return ErrorCode.WRONG_STATUS
    session.pool.ready[session.row, seat.index] = ready  # the session looks itself whether that makes everybody ready
    return None


def _mute(session: Session, hearer: Seat | Watcher, person: int, is_muted: bool, effects: Effects) -> ErrorCode | None:
    if person == person_number(hearer):
        return ErrorCode.BAD_ARGUMENTS
    if session.find_person(person) is None:
        return ErrorCode.NO_SUCH_PERSON
    return session.conversation.mute(hearer, person, is_muted, effects)
