"""Everything that can change a session, as values: applied in a tick, in order, and enough to replay it.

``connection`` is a number that the shell chose; the core only hands it back in effects. ``account`` and ``address`` say
who comes, for bans: the account's id, and a digest of the network address. ``password``: what
``Session.password_digest`` makes of it, so that no log holds one. ``at_ms``: unix milliseconds, from the shell's clock.
"""

from __future__ import annotations

from msgspec import Struct


class Join(Struct, array_like=True, tag=0, frozen=True):
    """Somebody wants a seat. ``token`` is made by the shell, for the core has no randomness."""

    connection: int
    nickname: str
    token: str
    bot: bool = False
    account: str | None = None
    address: str = ""
    password: str = ""


class Watch(Struct, array_like=True, tag=8, frozen=True):
    """Somebody wants to see without a seat."""

    connection: int
    nickname: str = "Spectator"
    account: str | None = None
    address: str = ""
    password: str = ""


class Reserve(Struct, array_like=True, tag=9, frozen=True):
    """A socket is open and has not said yet what it wants: keep a seat for it a few seconds, if one is free."""

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
    """A player gives the seat up, or a spectator goes."""

    connection: int


class Confirm(Struct, array_like=True, tag=7, frozen=True):
    """A connection has shown that its welcome arrived: the token that it came with is void from now on."""

    connection: int


class Act(Struct, array_like=True, tag=4, frozen=True):
    """A request: one of the session's own or one of the game's actions. ``token``: of the seat that ``sit`` gives."""

    connection: int
    id: int
    action: str
    arguments: tuple[int, ...]
    token: str = ""


class Say(Struct, array_like=True, tag=10, frozen=True):
    """A line of chat. ``text`` is clean (``clean_text``); the core judges the rest."""

    connection: int
    id: int
    channel: int
    text: str
    at_ms: int


class Revise(Struct, array_like=True, tag=11, frozen=True):
    """Another, clean text for a line, or None to delete it."""

    connection: int
    id: int
    message: int
    text: str | None
    at_ms: int


class Type(Struct, array_like=True, tag=12, frozen=True):
    """Somebody writes in a channel, or no longer."""

    connection: int
    channel: int
    on: bool


class Read(Struct, array_like=True, tag=13, frozen=True):
    """Somebody has read up to a line."""

    connection: int
    message: int


class TakeOver(Struct, array_like=True, tag=14, frozen=True):
    """The session goes on at another node, where nobody is connected yet: its first command there."""


class End(Struct, array_like=True, tag=5, frozen=True):
    """The operator or the server ends the session; ``close_code`` is told to all."""

    close_code: int


class Hold(Struct, array_like=True, tag=6, frozen=True):
    """An input takes effect: ``seat`` holds ``values`` from this tick on; ``stamp`` is the tick it named."""

    seat: int
    stamp: int
    values: tuple[int, ...]


Command = Join | Watch | Reserve | Resume | Confirm | Drop | Leave | Act | Say | Revise | Type | Read | TakeOver | End
LoggedCommand = Command | Hold
