"""What reads a connection that has been failed, until the peer has seen why (RFC 6455 7.1.1)."""

import asyncio
from collections.abc import Callable

from tickroom.server.shell.sockets import limits


class Discard(asyncio.BufferedProtocol):
    """Reads to the end and keeps nothing; ``flooded`` is called when there is too much, ``lost`` when TCP is closed."""

    def __init__(self, *, flooded: Callable[[], None], lost: Callable[[], None]) -> None:
        self._flooded = flooded
        self._lost = lost
        self._scratch = bytearray(4096)
        self._read = 0

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - asyncio's signature
        """The same few bytes each time."""
        return self._scratch

    def buffer_updated(self, nbytes: int) -> None:
        """Count them."""
        self._read += nbytes
        if self._read > limits.LINGER_BYTES:
            self._flooded()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The peer has closed its side, or was dropped."""
        self._lost()
