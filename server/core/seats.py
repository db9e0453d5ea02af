"""A seat that somebody has: the player in it, and the connection that speaks for the player now."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from msgspec import Struct

from tickroom.protocol.messages import Member
from tickroom.protocol.session_tables import Presence

if TYPE_CHECKING:
    from tickroom.server.core.session import Session


def token_digest(token: str) -> bytes:
    """What a session keeps of a resume token, so that its state gives no token away."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class SavedSeat(Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """A seat as values. Without the newest input's tick: whoever comes back to it counts anew."""

    index: int
    player: int
    nickname: str
    bot: bool
    driven: bool
    account: str | None
    address: str
    away: bool
    waiting: bool
    digests: list[bytes]
    connection: int | None
    kept_until: int


class Seat:
    """One player in one place of a session's tables. Identity is the object: it is a key of the input queue."""

    __slots__ = (
        "account",
        "address",
        "away",
        "born",
        "bot",
        "connection",
        "digests",
        "driven",
        "index",
        "kept_until",
        "newest_input",
        "nickname",
        "place",
        "player",
        "session",
        "waiting",
    )

    def __init__(
        self, session: Session, index: int, player: int, nickname: str, token: str, connection: int | None
    ) -> None:
        self.session = session
        self.index = index
        self.player = player
        self.nickname = nickname
        self.bot = False  # a program plays
        self.driven = connection is None  # the server itself plays: nobody is ever connected
        self.account: str | None = None
        self.address = ""
        self.away = False
        self.waiting = False  # has come during a round, and plays from the next one on
        # Of the token that the newest welcome carries, and, until that welcome is known to have arrived, of the one
        # before: a welcome that is lost on its way must not cost the seat.
        self.digests = [] if self.driven else [token_digest(token)]
        self.connection = connection
        self.kept_until = 0  # tick until which a dropped player's seat is kept
        self.newest_input = 0  # tick named by the newest input taken; later ones must name later ticks
        self.born = session.born
        self.place = 0  # number of this seat among all of the pool: row times seats of a row, and index

    def save(self) -> SavedSeat:
        """All of it that a session needs to go on elsewhere."""
        return SavedSeat(
            self.index,
            self.player,
            self.nickname,
            self.bot,
            self.driven,
            self.account,
            self.address,
            self.away,
            self.waiting,
            list(self.digests),
            self.connection,
            self.kept_until,
        )

    @classmethod
    def restored(cls, session: Session, saved: SavedSeat) -> Seat:
        """A seat of ``session`` as it was when saved."""
        seat = cls(session, saved.index, saved.player, saved.nickname, "", saved.connection)
        seat.bot = saved.bot
        seat.driven = saved.driven
        seat.account, seat.address = saved.account, saved.address
        seat.away, seat.waiting = saved.away, saved.waiting
        seat.digests = list(saved.digests)
        seat.kept_until = saved.kept_until
        return seat

    @property
    def member(self) -> Member:
        """The roster's line."""
        return Member(self.player, self.index, self.nickname, self.bot, self.driven or self.connection is not None)

    @property
    def presence(self) -> Presence:
        """What the table of seats says of it."""
        if self.connection is None and not self.driven:
            return Presence.DROPPED
        if self.waiting:
            return Presence.WAITING
        return Presence.AWAY if self.away else Presence.CONNECTED

    @property
    def is_lost(self) -> bool:
        """Whether its player's socket is lost."""
        return self.connection is None and not self.driven

    def opens_with(self, token: str) -> bool:
        """Whether ``token`` is this seat's, compared in constant time."""
        given = token_digest(token)
        return any(hmac.compare_digest(digest, given) for digest in self.digests)

    def rotate(self, shown: str, token: str) -> None:
        """Give the seat a new token; the one that was shown stays good until ``confirm``."""
        self.digests = [token_digest(token), token_digest(shown)]

    def confirm(self) -> None:
        """The player has the newest token: no other is good any more."""
        del self.digests[1:]
