"""The requests that every session answers itself, whatever its game: start, ready, kick, configure.

Each is done at once and gives None, or changes nothing and gives the reason. What is wrong with the request as such is
told first (arguments), then who may not (host), then when (status).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tickroom.protocol.codes import ErrorCode
from tickroom.protocol.messages import ROUND_S_SETTING
from tickroom.protocol.session_tables import Status
from tickroom.server.core.commands import Act
from tickroom.server.core.effects import Effect
from tickroom.server.core.settings import LEAST_ROUND_S, MOST_ROUND_S

if TYPE_CHECKING:
    from tickroom.server.core.seats import Seat
    from tickroom.server.core.session import Session

CONFIGURED_A_SECOND = 4  # the arena takes 0.06 ms a seat to be opened again, in the middle of everybody's tick


def answer_request(session: Session, seat: Seat, act: Act, tick: int, effects: list[Effect]) -> ErrorCode | None:
    """Do what the player in ``seat`` asks of the session; why not, if it may not be. ``act``: a session's request."""
    match act.action, act.arguments:
        case "start", ():
            return _start(session, seat, tick)
        case "ready", (0 | 1 as ready,):
            return _ready(session, seat, ready)
        case "kick", (player,):
            return _kick(session, seat, player, effects)
        case "configure", (setting, value):
            return _configure(session, seat, setting, value, tick, effects)
    return ErrorCode.BAD_ARGUMENTS


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


def _kick(session: Session, seat: Seat, player: int, effects: list[Effect]) -> ErrorCode | None:
    if seat.player != session.host:
        return ErrorCode.NOT_HOST
    if player == seat.player:
        return ErrorCode.BAD_ARGUMENTS
    kicked = next((other for other in session.members if other.player == player), None)
    if kicked is None:
        return ErrorCode.NO_SUCH_PLAYER
    session.kick(kicked, effects)
    return None


def _configure(
    session: Session, seat: Seat, setting: int, value: int, tick: int, effects: list[Effect]
) -> ErrorCode | None:
    fields = session.pool.game.schema.settings
    if setting == ROUND_S_SETTING:
        is_valid = LEAST_ROUND_S <= value <= MOST_ROUND_S
    else:
        is_valid = 0 <= setting < len(fields) and fields[setting].minimum <= value <= fields[setting].maximum
    if not is_valid:
        return ErrorCode.BAD_ARGUMENTS
    if seat.player != session.host:
        return ErrorCode.NOT_HOST
    if session.status is Status.ACTIVE or session.is_counting_down:
        return ErrorCode.WRONG_STATUS
    if tick < session.configured_at + session.settings.tick_hz // CONFIGURED_A_SECOND:
        return ErrorCode.TOO_MANY_REQUESTS
    settings, plan = session.settings, session.plan
    if setting == ROUND_S_SETTING:
        settings = replace(settings, round_s=value)
    else:
        plan = session.pool.open_again(session, plan.options | {fields[setting].name: value}, tick)
    session.configure(settings, plan, tick, effects)
    return None
