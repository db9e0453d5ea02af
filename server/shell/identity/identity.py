"""An account, as far as a game server needs to know it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from msgspec import Struct
from starlette.requests import HTTPConnection


class Identity(Struct, frozen=True):
    """``subject``: unique and lasting, from the issuer. ``name``: to be shown; None leaves it to the player."""

    subject: str
    name: str | None = None
    roles: frozenset[str] = frozenset()


Authenticate = Callable[[HTTPConnection], Awaitable[Identity | None]]
"""A deployment's own way to know who asks: cookies, client certificates, a header that a gateway sets. Called for
requests to ``/api`` and for each WebSocket before it is opened; None: not known, which leaves the other ways. It may
raise NotAuthenticated (401, close 4001) and KeysUnavailable (503, close 1013); any other fault, or more than 5 s, is
logged and counts as the latter."""


SUBJECT_MAX_CHARACTERS = 200


def subject_fault(subject: object) -> str | None:
    """What is wrong with an account's subject, in words; None for nothing.

    JSON can write half of a character (RFC 8259 8.2); our journal and all else in UTF-8 cannot.
    """
    if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_MAX_CHARACTERS:
        return f"a subject is a text of 1 to {SUBJECT_MAX_CHARACTERS} characters"
    if not subject.isascii() and any("\ud800" <= letter <= "\udfff" for letter in subject):
        return "a subject has no halves of characters"
    return None


class NotAuthenticated(Exception):
    """The peer's fault: this token is not valid here."""


class KeysUnavailable(Exception):
    """Ours: a token cannot be judged, for the keys of its issuer cannot be had now. Trying again later can help."""
