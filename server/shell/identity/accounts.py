"""Who an account's token names: a JWT that the deployment's own issuer signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import jwt

from tickroom.server.shell.identity.identity import Identity, NotAuthenticated, subject_fault
from tickroom.server.shell.identity.key_set import ALGORITHMS, KeySet, reader_of
from tickroom.server.shell.identity.shared_secret import secret_faults

ROLES_MOST = 32
LEEWAY_S = 30  # between the issuer's clock and ours


class AuthMode(Enum):
    """Whether players need an account: no token is looked at; guests play besides; nobody plays without."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class AuthSettings:
    """How accounts' tokens are judged. ``secret``: of HS256; ``key_set``: address or file of RS256 and ES256 keys."""

    mode: AuthMode = AuthMode.OFF
    secret: bytes | None = None
    key_set: str | None = None
    issuer: str | None = None
    audience: str | None = None
    name_claim: str = "name"
    roles_claim: str = "roles"

    def __repr__(self) -> str:
        return f"AuthSettings(mode={self.mode}, issuer={self.issuer!r})"  # never the secret: settings get printed

    def faults(self) -> list[str]:
        """What is wrong with them, in words."""
        faults = []
        if self.secret is not None and self.key_set is not None:
            faults.append("auth: a secret or a key set, not both: a token could choose which it is judged by")
        if self.secret is not None and len(self.secret) < 32:
            faults.append("auth secret: at least 32 bytes (RFC 7518 3.2)")
        elif self.secret is not None:
            faults += secret_faults("auth secret", self.secret)
        if self.key_set is not None and self.key_set.startswith("http://"):
            host = self.key_set.removeprefix("http://").partition("/")[0].partition(":")[0]
            if host not in ("127.0.0.1", "localhost"):
                faults.append("auth_jwks: https, for whoever can change the keys on their way can be anybody")
        return faults

    @property
    def has_keys(self) -> bool:
        """Whether there is something to judge tokens by."""
        return self.secret is not None or self.key_set is not None


class Accounts:
    """Judges tokens.

    Args:
        clock_s: unix seconds.
        steady_s: seconds of a clock that never goes back.
    """

    def __init__(self, settings: AuthSettings, clock_s: Callable[[], float], steady_s: Callable[[], float]) -> None:
        self._settings = settings
        self._clock_s = clock_s
        self._keys = KeySet(reader_of(settings.key_set), steady_s) if settings.key_set is not None else None

    async def identify(self, token: str) -> Identity:
        """The account that a token names.

        Raises:
            NotAuthenticated: not signed by the issuer, of another algorithm, expired, not yet valid, not for us.
            KeysUnavailable: the issuer's keys cannot be had now.
        """
        try:
            claims = await self._claims(token)
        except (jwt.InvalidTokenError, RecursionError) as error:  # the latter: a header of a thousand brackets
            raise NotAuthenticated(f"the account's token is not valid ({type(error).__name__})") from None
        self._check_time(claims)
        subject = claims["sub"]
        if (fault := subject_fault(subject)) is not None:
            raise NotAuthenticated(f"the account's token is not valid: {fault}")
        name = claims.get(self._settings.name_claim)
        return Identity(subject, name if isinstance(name, str) and name else None, _roles(claims, self._settings))

    async def _claims(self, token: str) -> dict[str, Any]:
        settings = self._settings
        # Time is judged by our own clock, below.
        options: jwt.types.Options = {
            "require": ["sub", "exp"],
            "verify_exp": False,
            "verify_nbf": False,
            "verify_iat": False,
        }
        # The algorithm is ours to choose, never the token's (RFC 8725 3.1): one of the key's own kind.
        if settings.secret is not None:
            return jwt.decode(
                token, settings.secret, ["HS256"], options, issuer=settings.issuer, audience=settings.audience
            )
        if self._keys is None:
            raise NotAuthenticated("this server takes no accounts' tokens")
        header = jwt.get_unverified_header(token)
        key_id = header.get("kid")
        if header.get("alg") not in ALGORITHMS or not (key_id is None or isinstance(key_id, str)):
            raise NotAuthenticated("the account's token is of an algorithm that does not count here")
        key = await self._keys.key(key_id)
        if key is None:
            raise NotAuthenticated("the account's token is signed with a key that is not the issuer's")
        return jwt.decode(
            token, key.key, [key.algorithm_name], options, issuer=settings.issuer, audience=settings.audience
        )

    def _check_time(self, claims: dict[str, Any]) -> None:
        now_s = self._clock_s()
        expires, begins = claims["exp"], claims.get("nbf", 0)
        if not isinstance(expires, int | float) or not expires + LEEWAY_S > now_s:  # not <=: NaN
            raise NotAuthenticated("the account's token has expired")
        if not isinstance(begins, int | float) or not begins - LEEWAY_S <= now_s:
            raise NotAuthenticated("the account's token is not valid yet")


def bearer_token(header: str | None) -> str | None:
    """The token of an ``Authorization: Bearer`` header (RFC 6750 2.1); None without."""
    scheme, _, token = (header or "").strip().partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _roles(claims: dict[str, Any], settings: AuthSettings) -> frozenset[str]:
    """A list of words, or one text of them with spaces between, as ``scope`` has (RFC 8693 4.2)."""
    roles = claims.get(settings.roles_claim, [])
    if isinstance(roles, str):
        roles = roles.split()
    if not isinstance(roles, list):
        return frozenset()
    return frozenset(role for role in roles[:ROLES_MOST] if isinstance(role, str))
