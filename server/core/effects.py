"""What a tick asks of the shell, in order. The core sends nothing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import ServerFact

if TYPE_CHECKING:
    from tickroom.server.core.seats import Seat


@dataclass(frozen=True, slots=True)
class Seated:
    """``connection`` has ``seat`` now: its inputs go there, and it gets the session's facts and states."""

    connection: int
    seat: Seat


@dataclass(frozen=True, slots=True)
class Watching:
    """``connection`` watches now: it gets the session's facts and states, so many ticks late, and has no seat."""

    connection: int
    delay_ticks: int = 0


@dataclass(frozen=True, slots=True)
class Tell:
    """A fact for one connection."""

    connection: int
    fact: ServerFact


@dataclass(frozen=True, slots=True)
class TellAll:
    """A fact for every connection of the session but ``but``: encoded once."""

    fact: ServerFact
    but: int | None = None


@dataclass(frozen=True, slots=True)
class TellSome:
    """A fact for some connections: encoded once. ``at_once``: not delayed for spectators.

    ``deaf``: it is for all but these, so that who comes before it is told late hears it as well.
    """

    connections: tuple[int, ...]
    fact: ServerFact
    at_once: bool = False
    deaf: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class SendKeyframe:
    """The state of this tick, whole, for one connection, instead of the delta; for a delayed one that of its moment."""

    connection: int


@dataclass(frozen=True, slots=True)
class Close:
    """End one connection. ``reason``: the word that it is told, where the code's own says too little."""

    connection: int
    code: CloseCode
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The session is over: close what is left of it with ``code`` and forget it."""

    code: CloseCode


Effect = Seated | Watching | Tell | TellAll | TellSome | SendKeyframe | Close | Ended
