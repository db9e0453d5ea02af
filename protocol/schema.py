"""What a game puts on the wire: its tables, inputs, actions, events and settings, and the fingerprint of it all."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from functools import cached_property

from tickroom.protocol.message_types import describe_messages
from tickroom.protocol.session_tables import SEATS, SESSION
from tickroom.protocol.tables import Layout, Table
from tickroom.protocol.version import PROTOCOL_VERSION

SESSION_REQUESTS = (  # every session's own: no game's action has such a name
    *("start", "ready", "kick", "configure"),
    *("ban", "lock", "hand_over", "silence", "mute", "away", "add_bot", "remove_bot", "sit", "stand"),
)


@dataclass(frozen=True, slots=True)
class Field:
    """One integer of an input, an action's arguments or the settings, with the range that is accepted.

    ``choices`` names the values 0, 1, 2 ... for people; a setting may then be given by name.
    """

    name: str
    minimum: int
    maximum: int
    meaning: str = ""
    default: int = 0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """Something a player may request by name; it is answered with success or a refusal."""

    name: str
    arguments: tuple[Field, ...]
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a step and that clients are told once, as a fact; ``fields`` are integers."""

    name: str
    fields: tuple[str, ...]
    meaning: str = ""


@dataclass(frozen=True)
class Schema:
    """Everything of one game that its clients must agree on. Kinds of events are numbered in order, from 0."""

    game: str
    version: int
    tables: tuple[Table, ...]
    inputs: tuple[Field, ...]
    actions: tuple[Action, ...] = ()
    events: tuple[Event, ...] = ()
    settings: tuple[Field, ...] = ()
    refusals: tuple[str, ...] = ()  # reasons, by name, for which the game refuses an action

    def __post_init__(self) -> None:
        taken = [action.name for action in self.actions if action.name in SESSION_REQUESTS]
        if taken:
            raise ValueError(f"{self.game}: every session has requests called {taken} of its own")

    @property
    def all_tables(self) -> tuple[Table, ...]:
        """The tables of a session in wire order: seats, the game's own, session."""
        return (SEATS, *self.tables, SESSION)

    def layout(self, seats: int, game_rows: tuple[int, ...]) -> Layout:
        """The layout of a session with so many seats and so many rows in each table of the game."""
        return Layout(self.all_tables, (seats, *game_rows, 1))

    @cached_property
    def fingerprint(self) -> int:
        """CRC-32 (unsigned) of the protocol version, the messages and everything above, as canonical JSON."""
        return zlib.crc32(self.canonical())

    def canonical(self) -> bytes:
        """The bytes under the fingerprint: JSON with sorted keys, no spaces, without the prose ``meaning``."""
        return _canonical(asdict(self) | _session_part())


def protocol_fingerprint() -> int:
    """CRC-32 (unsigned) of what every game has in common: protocol version, messages, core tables.

    A client that was built without a game's schema compares it with the server's before it trusts a fetched one.
    """
    return zlib.crc32(_canonical(_session_part()))


def _session_part() -> dict[str, object]:
    return {
        "protocol": PROTOCOL_VERSION,
        "messages": describe_messages(),
        "core": [asdict(SEATS), asdict(SESSION)],
    }


def _canonical(description: dict[str, object]) -> bytes:
    return json.dumps(_without_prose(description), sort_keys=True, separators=(",", ":")).encode()


def _without_prose(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_prose(item) for key, item in value.items() if key != "meaning"}
    if isinstance(value, list | tuple):
        return [_without_prose(item) for item in value]
    return value
