"""One cell of a delta, found without a copy of the state: the stamp of one seat.

``seats`` is the first table and ``stamp`` its first column (docs/protocol.md, section 5), so that the row's number is
the seat and the stamp's bit in a mask is 1. Stamps do not glide: the sum of their changes is their value.
"""

from __future__ import annotations

from collections.abc import Sequence

from tickroom.protocol.messages import CHECKED_DELTA_KIND
from tickroom.protocol.session_tables import SEATS

SEAT_WIDTH = len(SEATS.columns)


def stamp_in_keyframe(values: Sequence[int], seat: int) -> int:
    """The stamp of a seat in a keyframe's values."""
    return values[seat * SEAT_WIDTH]


def stamp_change(message: Sequence[int], seat: int) -> int:
    """By how much a delta (the whole array, kind included) changes the stamp of a seat; 0 when it does not."""
    at = 3 if message[0] == CHECKED_DELTA_KIND else 2
    end = len(message)
    while at < end:
        head = message[at]
        if head >= 0:
            if head == seat:
                return message[at + 1]
            at += 2
        else:
            mask = message[at + 1]
            if head == -1 - seat:
                return message[at + 2] if mask & 1 else 0
            at += 2 + mask.bit_count()
    return 0
