"""Quick play: which session somebody is sent to who only wants to play."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import msgspec

from tickroom.game.interface import Game
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings, game_options


def named_fields(body: bytes) -> frozenset[str]:
    """The settings that a body names, whatever their values; the body is one that ``parse_settings`` took."""
    return frozenset(msgspec.json.decode(body or b"{}", type=dict[str, msgspec.Raw]))


def best_session(
    sessions: Iterable[Session], wishes: SessionSettings, named: Collection[str], game: Game[Any]
) -> Session | None:
    """The session that suits ``wishes`` best: of those with a free seat the one with most players, then the first.

    Args:
        sessions: public sessions, newest first.
        wishes: as for a new session; only those that are ``named`` (and the game) must be met, and options by what
            they come to in the session: ``items: 500`` fits one that has as many items as its seats allow.
    Raises:
        SettingsInvalid: the game has no such option, or not with this value.
    """
    options = {
        name: value for name, value in game_options(game.schema, wishes.options).items() if name in wishes.options
    }
    suiting = [
        session
        for session in sessions
        if session.pool.game is game
        and not session.ended
        and session.is_open
        and session.free_seats > 0
        and _meets(session, wishes, named)
        and _meets_options(session, options, game)
    ]
    return max(suiting, key=lambda session: len(session.members), default=None)


def _meets(session: Session, wishes: SessionSettings, named: Collection[str]) -> bool:
    told = session.told_settings  # first: what the session goes by now, whatever it was made with
    asked = wishes.told()
    return all(
        told.get(name, getattr(session.settings, name)) == asked.get(name, getattr(wishes, name))
        for name in named
        if name not in ("game", "options")
    )


def _meets_options(session: Session, options: Mapping[str, int], game: Game[Any]) -> bool:
    """Whether asking this session for the options would change none of them."""
    if not options:
        return True
    told = session.told_settings
    now = {field.name: told[field.name] for field in game.schema.settings}
    effective = game.effective_settings({**now, **options}, session.settings.seats)
    return all(effective[name] == now[name] for name in options)
