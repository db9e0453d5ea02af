"""Server frames, encoded once and written to many (RFC 6455 5.2).

    0       1       2               4 or 10
    +-------+-------+---------------+-----------
    | FIN 1 | MASK 0|               |
    | RSV 0 | len 7 | len 16 or 64  | payload
    | op  2 |       | if 126 or 127 |
    +-------+-------+---------------+-----------

A server MUST NOT mask (RFC 6455 5.1), so that the same bytes serve every peer.
"""

import struct
from typing import Final

HEADROOM_BYTES: Final = 14
"""Room that picows wants before the payload of a buffer: the longest header (10) and a mask (4)."""

BINARY: Final = 2
"""The opcode, as picows takes it: an int, for it converts a member of its enum anew at each call."""

_FIN_BINARY: Final = 0x80 | BINARY


class Frame:
    """One or several whole binary messages, ready for the wire. Immutable by convention; share it between sockets.

    Attributes:
        wire: the WebSocket frame(s), header and payload, concatenated.
        payloads: the messages in order, for paths that frame for themselves.
        payload_bytes: sum of their lengths.
        buffer: for a single message, ``HEADROOM_BYTES`` of room and the payload: what picows can send without a copy
            (it writes the same header into the room each time); None for several.
    """

    __slots__ = ("buffer", "payload_bytes", "payloads", "wire")

    def __init__(self, wire: bytes, payloads: tuple[bytes, ...], buffer: bytearray | None) -> None:
        self.wire = wire
        self.payloads = payloads
        self.payload_bytes = sum(map(len, payloads))
        self.buffer = buffer


def build_frame(payload: bytes) -> Frame:
    """Encode one binary message as one unfragmented, unmasked frame with the shortest length form (RFC 6455 5.2)."""
    size = len(payload)
    if size < 126:
        header = struct.pack("!BB", _FIN_BINARY, size)
    elif size < 65536:
        header = struct.pack("!BBH", _FIN_BINARY, 126, size)
    else:
        header = struct.pack("!BBQ", _FIN_BINARY, 127, size)
    return Frame(header + payload, (payload,), bytearray(HEADROOM_BYTES) + payload)


def join_frames(*frames: Frame) -> Frame:
    """Several frames that leave in one system call, e.g. the facts and the state of one tick.

    One ``send`` for two frames costs half of two ``send``: the kernel's part dominates (docs/decisions/0003).
    """
    if len(frames) == 1:
        return frames[0]
    wire = b"".join(frame.wire for frame in frames)
    return Frame(wire, tuple(payload for frame in frames for payload in frame.payloads), None)
