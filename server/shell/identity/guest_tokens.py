"""What a player comes back with: the core's random token, inside a signed statement of whose seat it is.

The core rotates its tokens and takes each once; it alone decides. The signature is checked before, so that a token that
was made up, or belongs to another session, or is from last week, reaches no session and touches nobody's seat.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable

import jwt

from tickroom.server.shell.identity.identity import NotAuthenticated

ALGORITHM = "HS256"
AUDIENCE = (
    "tickroom.seat"  # no account's token passes for one of these, whatever key it is signed with, nor the reverse
)
BEYOND_GRACE_S = 24 * 3600
KEY_BYTES_LEAST = 32  # RFC 7518 3.2: a key of at least the hash's size
REQUIRED = ["sub", "ses", "seat", "jti", "iat", "exp", "aud"]


class GuestTokens:
    """Signs and verifies with one key.

    Args:
        key: at least 32 bytes. All nodes that share sessions need the same.
        clock_s: unix seconds.
    """

    def __init__(self, key: bytes, clock_s: Callable[[], float]) -> None:
        self._key = key
        self._clock_s = clock_s

    def sign(self, code: str, player: int, seat: int, random_token: str, grace_s: int) -> str:
        """The token of a seat: a JWT (RFC 7519) of about 230 characters, good for the grace time and a day."""
        now = int(self._clock_s())
        claims = {
            "sub": str(player),
            "ses": code,
            "seat": seat,
            "jti": random_token,
            "iat": now,
            "exp": now + grace_s + BEYOND_GRACE_S,
            "aud": AUDIENCE,
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    def random_token(self, token: str, code: str) -> str:
        """The core's token in a token that we signed for a seat of this session.

        Raises:
            NotAuthenticated: not signed by us, of another algorithm (``none`` among them), expired, or not for here.
        """
        try:
            # PyJWT would look at the system's clock; ours is passed in, so exp is compared below.
            options: jwt.types.Options = {"require": REQUIRED, "verify_exp": False, "verify_iat": False}
            claims = jwt.decode(token, self._key, [ALGORITHM], options, audience=AUDIENCE)
        except (jwt.InvalidTokenError, RecursionError) as error:  # the latter: a header of hundreds of brackets
            raise NotAuthenticated(f"the seat's token is not valid ({type(error).__name__})") from None
        expires, session, random_token = claims["exp"], claims["ses"], claims["jti"]
        if not isinstance(expires, int) or expires <= self._clock_s():
            raise NotAuthenticated("the seat's token has expired")
        if session != code or not isinstance(random_token, str):
            raise NotAuthenticated("the seat's token is of another session")
        return random_token

    def digest(self, text: str) -> str:
        """What stands for an address where it is kept: the same for the same, and nothing to read without the key."""
        return hmac.new(self._key, b"address " + text.encode(), hashlib.sha256).hexdigest()[:32]


def development_key() -> bytes:
    """A key for this process alone: its tokens end with it."""
    return secrets.token_bytes(KEY_BYTES_LEAST)
