"""Everything that can change a session, as values: applied in a tick, in order, and enough to replay it.

``connection`` is a number that the shell chose; the core only hands it back in effects.
"""

from __future__ import annotations

from msgspec import Struct


class Join(Struct, array_like=True, tag=0, frozen=True):
    """Somebody wants a seat. ``token`` is made by the shell, for the core has no randomness."""

    connection: int
    nickname: str
    token: str
    bot: bool = False


class Watch(Struct, array_like=True, tag=8, frozen=True):
    """Somebody wants to see without a seat."""

    connection: int


class Resume(Struct, array_like=True, tag=1, frozen=True):
    """Somebody shows the token of a seat and gets it back, with a new token."""

    connection: int
    token: str
    new_token: str


class Drop(Struct, array_like=True, tag=2, frozen=True):
    """A connection is lost."""

    connection: int


class Leave(Struct, array_like=True, tag=3, frozen=True):
    """A player gives the seat up."""

    connection: int


class Confirm(Struct, array_like=True, tag=7, frozen=True):
    """A connection has shown that its welcome arrived: the token that it came with is void from now on."""

    connection: int


class Act(Struct, array_like=True, tag=4, frozen=True):
    """A request: the session's own ``start`` or one of the game's actions."""

    connection: int
    id: int
    action: str
    arguments: tuple[int, ...]


class End(Struct, array_like=True, tag=5, frozen=True):
    """The operator or the server ends the session; ``close_code`` is told to all."""

    close_code: int


class Hold(Struct, array_like=True, tag=6, frozen=True):
    """An input takes effect: ``seat`` holds ``values`` from this tick on; ``stamp`` is the tick it named."""

    seat: int
    stamp: int
    values: tuple[int, ...]


Command = Join | Watch | Resume | Confirm | Drop | Leave | Act | End
LoggedCommand = Command | Hold
