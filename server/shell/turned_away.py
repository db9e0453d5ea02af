"""The receiver of a socket that gets nothing but the reason why it is closed."""

from __future__ import annotations

from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import Closing, encode
from tickroom.server.shell.sockets import Socket, build_frame


class TurnedAway:
    """Hears nothing; says one thing."""

    def __init__(self, code: CloseCode) -> None:
        self.code = code

    def send_away(self, socket: Socket) -> None:
        """Say why, then close."""
        socket.write(build_frame(encode(Closing(self.code, self.code.reason, self.code.retryable))))
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
