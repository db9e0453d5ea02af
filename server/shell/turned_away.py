"""The receiver of a socket that gets nothing but the reason why it is closed."""

from __future__ import annotations

from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import Closing, Error, encode
from tickroom.server.shell.sockets import Socket, build_frame


class TurnedAway:
    """Hears nothing; says one thing, and before it an error that tells more, if there is one.

    ``url``: with MOVED, where the session is.
    """

    def __init__(self, code: CloseCode, error: Error | None = None, url: str = "") -> None:
        self.code = code
        self._error = error
        self._url = url

    def send_away(self, socket: Socket) -> None:
        """Say why, then close."""
        if self._error is not None:
            socket.write(build_frame(encode(self._error)))
        socket.write(build_frame(encode(Closing(self.code, self.code.reason, self.code.retryable, self._url))))
        socket.close(self.code, self.code.reason)

    def message_received(self, data: bytes) -> None:
        """Not for us any more."""

    def text_received(self) -> None:
        """Not for us any more."""

    def stalled(self) -> None:
        """Nothing more is written."""

    def drained(self) -> None:
        """Nothing waits."""

    def closed(self, code: int, reason: str) -> None:
        """Nothing to clean up."""
