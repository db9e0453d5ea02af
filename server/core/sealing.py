"""Bytes that another process will read, perhaps of another version: with their format, and a sum that finds damage.

format  1 byte
sum     4 bytes, big-endian: CRC-32 of the rest
body
"""

from __future__ import annotations

import zlib

FORMAT = 1  # of checkpoints and records together; whoever changes either counts up
_HEAD_BYTES = 5


class Unsealed(ValueError):
    """Not what ``seal`` gave: another format, or damaged."""


def seal(body: bytes) -> bytes:
    """The body with what is needed to trust it."""
    return b"%c%b%b" % (FORMAT, zlib.crc32(body).to_bytes(4, "big"), body)


def unseal(blob: bytes) -> memoryview:
    """The body. Raises Unsealed: a reader guesses at nothing."""
    if len(blob) < _HEAD_BYTES:
        raise Unsealed(f"{len(blob)} bytes are too few")
    if blob[0] != FORMAT:
        raise Unsealed(f"format {blob[0]}, and this server reads {FORMAT}")
    body = memoryview(blob)[_HEAD_BYTES:]
    if zlib.crc32(body) != int.from_bytes(blob[1:_HEAD_BYTES], "big"):
        raise Unsealed("damaged: the sum is another one")
    return body
