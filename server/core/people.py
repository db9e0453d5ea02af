"""Who is in a session without a seat, who may not come in, and for whom a seat is kept."""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple

from tickroom.server.core.seats import Seat

BANS_MOST = 1_000  # then the oldest is forgotten
RESERVED_S = 10  # at most: the shell closes a socket that says nothing before that


class Watcher(NamedTuple):
    """A spectator. ``person`` is an id of the same counter as players have."""

    connection: int
    person: int
    nickname: str
    account: str | None
    address: str


class Bans:
    """Who was banned, by account and by the address they came from; bounded."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], None] = {}  # a set that remembers its order

    def save(self) -> list[tuple[str, str]]:
        """Whatever is needed to ``restore`` them, oldest first."""
        return list(self._keys)

    def restore(self, saved: list[tuple[str, str]]) -> None:
        """As they were when saved."""
        self._keys = dict.fromkeys(saved)

    def add(self, person: Seat | Watcher) -> None:
        """Let nobody in again who has this person's account or address."""
        for key in _keys(person.account, person.address):
            self._keys.pop(key, None)
            self._keys[key] = None
        while len(self._keys) > BANS_MOST:
            del self._keys[next(iter(self._keys))]

    def hold(self, account: str | None, address: str) -> bool:
        """Whether somebody with these was banned."""
        return any(key in self._keys for key in _keys(account, address))


def _keys(account: str | None, address: str) -> list[tuple[str, str]]:
    """Where the address is not known, "", it says nothing."""
    known = [("account", account)] if account is not None else []
    return [*known, ("address", address)] if address else known


class Password:
    """A session's password, of which only a digest is kept. ``salt``: makes it differ from session to session."""

    def __init__(self, text: str | None, salt: str) -> None:
        self._salt = salt
        self._digest = None if text is None else self.digest(text)

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return self._digest is not None

    def save(self) -> str | None:
        """The digest that is kept, for ``restore``."""
        return self._digest

    def restore(self, digest: str | None) -> None:
        """As it was when saved; the salt is the session's."""
        self._digest = digest

    def digest(self, text: str) -> str:
        """What stands for a password that somebody gave."""
        return hashlib.sha256(f"{self._salt}:{text}".encode("utf-8", "surrogatepass")).hexdigest()

    def admits(self, digest: str) -> bool:
        """Whether the digest is of the right one, compared in constant time; any is where there is no password."""
        return self._digest is None or hmac.compare_digest(self._digest.encode(), digest.encode())


class Reservations:
    """Sockets that are open and have not said yet what they want: a seat is kept for each, a few seconds."""

    def __init__(self) -> None:
        self._until: dict[int, int] = {}  # tick, by connection

    def __len__(self) -> int:
        return len(self._until)

    def __contains__(self, connection: int) -> bool:
        return connection in self._until

    def save(self) -> list[tuple[int, int]]:
        """Connections, and until which tick a seat is kept for each."""
        return list(self._until.items())

    def restore(self, saved: list[tuple[int, int]]) -> None:
        """As they were when saved."""
        self._until = dict(saved)

    def clear(self) -> None:
        """All are gone."""
        self._until = {}

    def keep(self, connection: int, until: int) -> None:
        """Keep a seat for a connection until a tick."""
        self._until[connection] = until

    def release(self, connection: int) -> None:
        """It has said what it wants, or is gone."""
        self._until.pop(connection, None)

    def expire(self, tick: int) -> None:
        """Forget those who took too long."""
        self._until = {connection: until for connection, until in self._until.items() if until > tick}

    def next_expiry(self) -> int | None:
        """The tick at which the next one is forgotten."""
        return min(self._until.values(), default=None)
