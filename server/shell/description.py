"""Games and sessions as JSON: what a client must know to speak with one, and what anybody may know of the other."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from tickroom.game.interface import Game
from tickroom.protocol.schema import protocol_fingerprint

if TYPE_CHECKING:
    from tickroom.server.core.session import Session


def describe_game(game: Game[Any]) -> dict[str, object]:
    """The schema with all tables, the game's own assets (maps), and two fingerprints.

    ``fingerprint`` is the hello's; ``protocol`` that of the messages alone: a client that knows another one could not
    make use of the rest.
    """
    schema = game.schema
    return {
        "game": schema.game,
        "version": schema.version,
        "fingerprint": schema.fingerprint,
        "protocol": protocol_fingerprint(),
        "tables": [asdict(table) for table in schema.all_tables],
        "inputs": [asdict(field) for field in schema.inputs],
        "actions": [asdict(action) for action in schema.actions],
        "events": [asdict(event) for event in schema.events],
        "settings": [asdict(field) for field in schema.settings],
        "refusals": list(schema.refusals),
        **game.assets(),
    }


class SessionView(Struct, frozen=True):
    """A session as the HTTP API shows it. ``websocket``: where its clients connect; "" while only its owner knows."""

    code: str
    game: str
    status: str
    seats: int
    players: int
    connected: int
    tick_hz: int
    public: bool
    options: dict[str, int]
    websocket: str = ""

    def at(self, base_url: str) -> SessionView:
        """The same, at the node that clients reach under ``base_url``."""
        return replace(self, websocket=websocket_url(base_url, self.code))


def view_session(session: Session) -> SessionView:
    """A session of this node."""
    members = session.members
    return SessionView(
        code=session.code,
        game=session.settings.game,
        status=session.status.name.lower(),
        seats=session.settings.seats,
        players=len(members),
        connected=sum(seat.connection is not None for seat in members),
        tick_hz=session.settings.tick_hz,
        public=session.settings.public,
        options=session.told_settings,
    )


def websocket_url(base_url: str, code: str) -> str:
    """Where a session's clients connect, at the node that they reach under ``base_url`` (http or https)."""
    return f"ws{base_url.rstrip('/').removeprefix('http')}/ws/{code}"
