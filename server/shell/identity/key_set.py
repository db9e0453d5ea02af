"""The public keys of an issuer (JWKS, RFC 7517), from a file or an address, kept and looked up by their id."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException
from pathlib import Path

import jwt

from tickroom.server.shell.identity.identity import KeysUnavailable

logger = logging.getLogger("tickroom.identity")

REFRESH_EVERY_S = 30.0  # at most: tokens with made-up key ids must not turn us against the issuer
KEEP_S = 3600.0  # then they are read again: a key that the issuer withdrew is void here within the hour
FETCH_TIMEOUT_S = 5.0
SET_MAX_BYTES = 256 * 1024
ALGORITHMS = frozenset({"RS256", "ES256"})

Read = Callable[[], bytes]


class KeySet:
    """Keys by id. Read at first use; again when an id is not known, and each hour.

    Args:
        read: the set as JSON; called in a thread. Raises OSError.
        clock_s: of a clock that never goes back.
    """

    def __init__(self, read: Read, clock_s: Callable[[], float]) -> None:
        self._read = read
        self._clock_s = clock_s
        self._keys: Mapping[str | None, jwt.PyJWK] = {}
        self._tried_s = -KEEP_S
        self._got_s = -KEEP_S
        self._reading: asyncio.Task[None] | None = None

    async def key(self, key_id: str | None) -> jwt.PyJWK | None:
        """The key with this id; None if the issuer has none. A token without id needs a set of one key.

        Raises:
            KeysUnavailable: there are none to look it up in.
        """
        now_s = self._clock_s()
        is_stale = now_s - self._got_s >= KEEP_S
        if (is_stale or self._find(key_id) is None) and now_s - self._tried_s >= REFRESH_EVERY_S:
            self._tried_s = now_s
            self._reading = asyncio.create_task(self._refresh())
        if self._reading is not None and self._find(key_id) is None:
            # All who wait wait for one reading; whoever is cancelled does not cancel it for the others.
            await asyncio.shield(self._reading)
        if not self._keys:
            raise KeysUnavailable("the issuer's keys cannot be read now")
        return self._find(key_id)

    def _find(self, key_id: str | None) -> jwt.PyJWK | None:
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    async def _refresh(self) -> None:
        try:
            keys = _parse(await asyncio.to_thread(self._read))
        except (OSError, ValueError, RecursionError, jwt.PyJWTError) as error:
            # Not fatal: the keys that we have go on to count, and the next unknown id tries again.
            logger.warning("the issuer's keys could not be read: %s", error)
        else:
            self._keys = keys
            self._got_s = self._clock_s()
        finally:
            self._reading = None


def _parse(text: bytes) -> dict[str | None, jwt.PyJWK]:
    found = json.loads(text)
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise ValueError("no key set")
    keys = jwt.PyJWKSet.from_dict(found).keys
    return {key.key_id: key for key in keys if key.algorithm_name in ALGORITHMS and _is_id(key.key_id)}


def _is_id(key_id: object) -> bool:
    """RFC 7517 4.5; PyJWT takes whatever stands there."""
    return key_id is None or isinstance(key_id, str)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect could lead away from https."""

    def redirect_request(self, *_: object) -> None:
        """None: the redirect is an error, an OSError."""


def reader_of(place: str) -> Read:
    """How to read a key set: from an https address (http only from loopback, for development), else from a file."""
    if not place.startswith(("http://", "https://")):
        return Path(place).read_bytes

    opener = urllib.request.build_opener(_NoRedirect)

    def fetch() -> bytes:
        try:
            with opener.open(place, timeout=FETCH_TIMEOUT_S) as answer:
                text: bytes = answer.read(SET_MAX_BYTES + 1)
        except HTTPException as error:  # what is no HTTP; urllib lets it pass as it is
            raise OSError(f"the answer is no HTTP ({type(error).__name__})") from error
        if len(text) > SET_MAX_BYTES:
            raise OSError(f"the key set is longer than {SET_MAX_BYTES} bytes")
        return text

    return fetch
