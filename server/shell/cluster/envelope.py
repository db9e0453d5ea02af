"""What nodes tell each other and Redis must not read, a password for example: sealed with the key that all share."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"tickroom: questions between nodes"  # the key that is derived is no other's


class NotOpened(Exception):
    """Damaged, or sealed with another key."""


class Envelope:
    """Seals and opens with a key derived from the one that signs players' tokens (HKDF, RFC 5869; then Fernet)."""

    def __init__(self, key: bytes) -> None:
        derived = HKDF(SHA256(), 32, salt=None, info=PURPOSE).derive(key)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, content: bytes) -> bytes:
        """Nobody without the key reads or alters it."""
        return self._fernet.encrypt(content)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed. Raises NotOpened."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken:
            raise NotOpened("it was sealed with another key: all nodes need the same") from None
