"""The rules of RFC 6455 that picows leaves to its listener, with no input or output of their own.

Errors: :class:`PeerFault` is the peer's, and names the code to fail the connection with (7.1.7).
``ValueError`` is ours.
"""

import struct
from typing import Final

from tickroom.server.shell.sockets.limits import MAX_FRAGMENTS

NO_CODE: Final = 1005
"""7.4.1: stands for a Close frame without a code; never on the wire."""
LOST: Final = 1006
"""7.4.1: stands for a connection that ended without a Close frame; never on the wire."""
PROTOCOL_ERROR: Final = 1002
INVALID_TEXT: Final = 1007
POLICY_VIOLATION: Final = 1008
TOO_BIG: Final = 1009
INTERNAL_ERROR: Final = 1011
SERVICE_RESTART: Final = 1012

PING: Final = 0x9
PONG: Final = 0xA

MAX_CONTROL_BYTES: Final = 125
MAX_REASON_BYTES: Final = MAX_CONTROL_BYTES - 2


class PeerFault(Exception):
    """The peer broke the protocol or a limit; ``code`` is the close code it gets."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def may_be_sent(code: int) -> bool:
    """Whether a close code may stand in a Close frame, of either side.

    7.4.2: 0-999 are not used; 1000-2999 belong to the protocol and its registry, where 1000-1003 and 1007-1014 are
    assigned, 1004 is reserved and 1005, 1006 and 1015 MUST NOT be set in a frame (7.4.1); 3000-3999 are registered by
    applications, 4000-4999 private. Nothing is defined above.
    """
    return 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999


def parse_close(payload: bytes) -> tuple[int, str]:
    """Code and reason of a Close frame; (1005, "") for an empty one.

    Raises:
        PeerFault: 1002 for one byte or a code that may not be sent; 1007 for a reason that is not UTF-8 (5.5.1, 8.1).
    """
    if not payload:
        return NO_CODE, ""
    if len(payload) == 1:
        # 5.5.1: "If there is a body, the first two bytes of the body MUST be a 2-byte unsigned integer".
        raise PeerFault(PROTOCOL_ERROR, "close frame of one byte")
    (code,) = struct.unpack_from("!H", payload)
    if not may_be_sent(code):
        raise PeerFault(PROTOCOL_ERROR, f"close code {code} may not be sent")
    try:
        return code, payload[2:].decode()
    except UnicodeDecodeError:
        raise PeerFault(INVALID_TEXT, "close reason is not UTF-8") from None


def cut_reason(reason: str) -> str:
    """As much of ``reason`` as fits beside the code, without a broken character at the end."""
    return reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")


def encode_control(opcode: int, payload: bytes) -> bytes:
    """An unmasked control frame. 5.5: at most 125 bytes, never fragmented."""
    if len(payload) > MAX_CONTROL_BYTES:
        raise ValueError(f"a control frame carries at most {MAX_CONTROL_BYTES} bytes, not {len(payload)}")
    return bytes((0x80 | opcode, len(payload))) + payload


class Assembly:
    """The fragments of one message (5.4), bounded in bytes and in number."""

    __slots__ = ("_fragments", "_max_bytes", "_size", "is_text")

    def __init__(self, first: bytes, *, is_text: bool, max_bytes: int) -> None:
        self.is_text = is_text
        self._fragments = [first]
        self._size = len(first)
        self._max_bytes = max_bytes

    def append(self, fragment: bytes) -> None:
        """Add a continuation.

        Raises:
            PeerFault: 1009 when the message outgrows ``max_bytes``, 1008 when it has too many fragments.
        """
        self._size += len(fragment)
        if self._size > self._max_bytes:
            raise PeerFault(TOO_BIG, f"message of more than {self._max_bytes} bytes")
        if len(self._fragments) >= MAX_FRAGMENTS:
            raise PeerFault(POLICY_VIOLATION, f"message of more than {MAX_FRAGMENTS} fragments")
        self._fragments.append(fragment)

    def join(self) -> bytes:
        """The message so far."""
        return b"".join(self._fragments)


def check_text(payload: bytes) -> None:
    """8.1: text that is not UTF-8 MUST fail the connection.

    Raises:
        PeerFault: 1007.
    """
    try:
        payload.decode()
    except UnicodeDecodeError:
        raise PeerFault(INVALID_TEXT, "text message is not UTF-8") from None
