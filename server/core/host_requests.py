"""What the host of a session may ask for and nobody else. Each is done at once, or changes nothing and says why.

Told first: what is wrong with the arguments, then who is not host, then who is not there, then when it cannot be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from tickroom.protocol.codes import ErrorCode
from tickroom.protocol.messages import ROUND_S_SETTING
from tickroom.protocol.session_tables import Status
from tickroom.server.core import entering
from tickroom.server.core.commands import Act
from tickroom.server.core.effects import Effect
from tickroom.server.core.seats import Seat
from tickroom.server.core.settings import LEAST_ROUND_S, MOST_ROUND_S

if TYPE_CHECKING:
    from tickroom.server.core.session import Session

Effects = list[Effect]

CONFIGURED_A_SECOND = 4  # the arena takes 0.06 ms a seat to be opened again, in the middle of everybody's tick


def answer(session: Session, seat: Seat, act: Act, tick: int, effects: Effects) -> ErrorCode | None:
    """Do what the player in ``seat`` asks; why not, if it may not be."""
    if not _is_well_formed(session, seat, act):
        return ErrorCode.BAD_ARGUMENTS
    if seat.player != session.host:
        return ErrorCode.NOT_HOST
    match act.action, act.arguments:
        case "kick", (player,):
            return _kick(session, player, effects)
        case "ban", (person,):
            return _ban(session, person, effects)
        case "lock", (is_locked,):
            session.locked = bool(is_locked)
            session.tell_settings(effects)
        case "hand_over", (player,):
            return _hand_over(session, player)
        case "silence", (person, is_silent):
            return _silence(session, person, bool(is_silent), effects)
        case "add_bot", ():
            return entering.add_bot(session, tick, effects)
        case "remove_bot", (player,):
            return _remove_bot(session, player, effects)
        case "configure", (setting, value):
            return _configure(session, setting, value, tick, effects)
    return None


def _is_well_formed(session: Session, seat: Seat, act: Act) -> bool:
    """Whether there is such a request with such arguments; none of those about a person is about oneself."""
    match act.action, act.arguments:
        case (("kick" | "ban" | "hand_over"), (person,)):
            return person != seat.player
        case "silence", (person, 0 | 1):
            return person != seat.player
        case ("remove_bot", (_,)) | ("add_bot", ()) | ("lock", (0 | 1,)):
            return True
        case "configure", (setting, value):
            return _fits(session, setting, value)
    return False


def _kick(session: Session, player: int, effects: Effects) -> ErrorCode | None:
    kicked = session.find_player(player)
    if kicked is None:
        return ErrorCode.NO_SUCH_PLAYER
    entering.send_away(session, kicked, effects)
    return None


def _ban(session: Session, person: int, effects: Effects) -> ErrorCode | None:
    banned = session.find_person(person)
    if banned is None or (isinstance(banned, Seat) and banned.driven):
        return ErrorCode.NO_SUCH_PERSON
    session.bans.add(banned)
    entering.send_away(session, banned, effects, for_good=True)
    return None


def _hand_over(session: Session, player: int) -> ErrorCode | None:
    heir = session.find_player(player)
    if heir is None or heir.bot:
        return ErrorCode.NO_SUCH_PLAYER
    session.hand_over(heir)
    return None


def _silence(session: Session, person: int, is_silent: bool, effects: Effects) -> ErrorCode | None:
    if session.find_person(person) is None:
        return ErrorCode.NO_SUCH_PERSON
    session.conversation.chat.silence(person, is_silent)
    if is_silent:
        session.conversation.interrupt(session, person, effects)
    return None


def _remove_bot(session: Session, player: int, effects: Effects) -> ErrorCode | None:
    bot = session.find_player(player)
    if bot is None or not bot.driven:
        return ErrorCode.NO_SUCH_PLAYER
    entering.vacate(session, bot, "left", effects)
    return None


def _fits(session: Session, setting: int, value: int) -> bool:
    if setting == ROUND_S_SETTING:
        return LEAST_ROUND_S <= value <= MOST_ROUND_S
    fields = session.pool.game.schema.settings
    return 0 <= setting < len(fields) and fields[setting].minimum <= value <= fields[setting].maximum


def _configure(session: Session, setting: int, value: int, tick: int, effects: Effects) -> ErrorCode | None:
    if session.status is Status.ACTIVE:
        return ErrorCode.WRONG_STATUS
    if tick < session.configured_at + session.settings.tick_hz // CONFIGURED_A_SECOND:
        return ErrorCode.TOO_MANY_REQUESTS
    settings, plan = session.settings, session.plan
    if setting == ROUND_S_SETTING:
        settings = replace(settings, round_s=value)
    else:
        name = session.pool.game.schema.settings[setting].name
        plan = session.pool.open_again(session, plan.options | {name: value}, tick)
    session.configure(settings, plan, tick, effects)
    return None
