"""The newest public sessions of a node, looked at again and again: a listing is made anew when its session changed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from tickroom.protocol.messages import Listing

if TYPE_CHECKING:
    from tickroom.server.core.session import GamePlan, Session
    from tickroom.server.core.settings import SessionSettings
    from tickroom.server.shell.node import Node

MOST_LISTED = 200  # the newest; about 50 KB in one message


class _Look(NamedTuple):
    """What a listing is made of, quick to read: settings and plan are other objects when anything in them changes."""

    status: int
    players: int
    connected: int
    watchers: int
    locked: bool
    settings: SessionSettings
    plan: GamePlan

    def is_like(self, other: _Look) -> bool:
        return self[:5] == other[:5] and self.settings is other.settings and self.plan is other.plan


class Entry(NamedTuple):
    """A session of the list. ``born_ms``: by the wall clock, about; it stays when the session moves to another node."""

    session: Session
    look: _Look
    listing: Listing
    born_ms: int


class PublicList:
    """What was seen of a node's public sessions at the last look; looking costs little while nothing changes."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._known: dict[str, Entry] = {}

    def look(self) -> dict[str, Entry]:
        """The newest MOST_LISTED by code, newest first. Of what did not change the listing is the same object."""
        entries = {}
        for session in _newest(self._node.sessions):
            look, known = _look_at(session), self._known.get(session.code)
            if known is None or known.session is not session:
                entries[session.code] = Entry(session, look, _listing(session, look), born_ms(session))
            elif look.is_like(known.look):
                entries[session.code] = known
            else:
                entries[session.code] = Entry(session, look, _listing(session, look), known.born_ms)
        self._known = entries
        return entries

    def born_ms(self, session: Session) -> int:
        """When a session was made; the same each time while it is among those that are looked at."""
        known = self._known.get(session.code)
        return born_ms(session) if known is None or known.session is not session else known.born_ms

    def clear(self) -> None:
        """Nobody looks any more."""
        self._known = {}


def born_ms(session: Session) -> int:
    """When a session was made, by the wall clock and its own ticks: about the same on whatever node it is."""
    return time.time_ns() // 1_000_000 - session.tick * 1000 // session.settings.tick_hz


def _newest(sessions: dict[str, Session]) -> Iterable[Session]:
    return islice((session for session in reversed(sessions.values()) if session.settings.public), MOST_LISTED)


def _look_at(session: Session) -> _Look:
    members = session.members
    connected = sum(not seat.is_lost for seat in members)
    status = int(session.pool.status[session.row])
    return _Look(status, len(members), connected, session.spectators, session.locked, session.settings, session.plan)


def _listing(session: Session, look: _Look) -> Listing:
    return Listing(
        code=session.code,
        game=session.settings.game,
        status=look.status,
        seats=session.settings.seats,
        players=look.players,
        connected=look.connected,
        watchers=look.watchers,
        tick_hz=session.settings.tick_hz,
        settings=session.told_settings,
    )
