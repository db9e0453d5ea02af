"""What can go wrong for a client, each with ``retryable``: whether trying the same again can help.

ClientError
├── CannotConnect       nothing answers at the address, or it speaks no WebSocket
├── ApiRefused          an HTTP request was answered with an error
├── ConnectionClosed    the socket is closed: by the server with a code, or lost
├── RequestRefused      the server decided against a request
├── RequestTimedOut     no reply came in time; whether it was done is unknown
└── ServerFault         the server sent something that docs/protocol.md does not allow
"""

from __future__ import annotations

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import Closing

ABNORMAL_CLOSURE = 1006  # RFC 6455, 7.1.5: no close frame came


class ClientError(Exception):
    """Anything that this client raises on account of the server or the network."""

    retryable = False


class CannotConnect(ClientError):
    """Nothing answers at the address, or it speaks no WebSocket."""

    retryable = True


class ApiRefused(ClientError):
    """An HTTP request was answered with ``status`` and the server's ``reason``; ``detail`` says what to do."""

    def __init__(self, status: int, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.retryable = status in (429, 503)


class ConnectionClosed(ClientError):
    """The socket is closed, with ``code`` and ``reason``; 1006 stands for one that broke off without a word.

    ``url``: with 4016, the WebSocket's address at the node that has the session now; "" for none.
    """

    def __init__(self, code: int, reason: str, retryable: bool | None = None, url: str = "") -> None:
        super().__init__(f"closed with {code}: {reason or 'no reason given'}")
        self.code = code
        self.reason = reason
        self.retryable = close_is_retryable(code) if retryable is None else retryable
        self.url = url

    @property
    def moved_to(self) -> str:
        """Where to go at once, "" for nowhere: of a session that moved to another node."""
        return self.url if self.code == CloseCode.MOVED else ""


class RequestRefused(ClientError):
    """The server decided against a request, with one of the error codes; ``reason`` is the game's where it has one."""

    def __init__(self, action: str, code: int, reason: str, tick: int) -> None:
        super().__init__(f"{action} was refused: {reason}")
        self.action = action
        self.code = code
        self.reason = reason
        self.tick = tick
        self.retryable = any(known == code and known.retryable for known in ErrorCode)


class RequestTimedOut(ClientError):
    """No reply came in time; whether the request was done is unknown."""

    retryable = True


class ServerFault(ClientError):
    """The server sent something that docs/protocol.md does not allow."""


def explain_close(closed: ConnectionClosed, closing: Closing | None) -> ConnectionClosed:
    """The end of a socket in the light of the server's *closing*, where one came before it.

    The close frame may be lost (1006) though the message arrived: then the message alone says why.
    """
    if closing is None or closed.code not in (closing.code, ABNORMAL_CLOSURE):
        return closed
    return ConnectionClosed(closing.code, closing.reason, closing.retryable, closing.url)


def close_is_retryable(code: int) -> bool:
    """Whether a client may come back by itself after this close code; a lost socket always may."""
    return code == ABNORMAL_CLOSURE or any(known == code and known.retryable for known in CloseCode)
