"""Inputs on their way to their tick. Bounded by construction: one for each seat and tick, at most a lead ahead."""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickroom.protocol.codes import ErrorCode
from tickroom.protocol.messages import Input
from tickroom.protocol.tables import Int32Array
from tickroom.server.core.seats import Seat


@dataclass
class InputCounts:
    """How many inputs came late (and took effect in the next tick), and how many were refused, by reason."""

    late: int = 0
    too_early: int = 0
    out_of_order: int = 0


class AppliedInputs(NamedTuple):
    """The inputs that took effect in one beat of a pool.

    ``places``: (inputs,) ascending: row times seat rows of a session, and seat.
    ``entries``: (inputs, 1 + fields) int32: the tick that each named, then its values.
    """

    places: NDArray[np.intp]
    entries: Int32Array


class InputQueue:
    """A ring of slots, one for each of the next beats of a pool; a slot has an entry for each *place*, a seat of a row.

    A *beat* is a tick of the pool; a session's tick is the beat less the beat of its birth. Inputs of one seat are
    taken in the order of the ticks they name only, so the last one put into a slot is the newest.

    An entry is written as it comes, straight into one array: a thousand waiting inputs are no objects to find again in
    cold memory, and a tick takes all of its inputs in a few array operations.
    """

    def __init__(self, places: int, fields: int, max_lead_ticks: int, counts: InputCounts) -> None:
        self.max_lead_ticks = max_lead_ticks
        self.counts = counts
        self._slots = max_lead_ticks + 2
        self._beat = 0  # the newest that was stepped
        # The tick that an input names, then its values. Ticks count from 1, so 0 marks an entry that is empty.
        self._entries: Int32Array = np.zeros((self._slots, places, 1 + fields), dtype=np.int32)
        self._memory = self._entries.data.cast("B")
        self._write = Struct(f"={1 + fields}i").pack_into
        self._entry_bytes = self._entries.strides[1]
        self._slot_bytes = self._entries.strides[0]

    def receive(self, seat: Seat, message: Input) -> ErrorCode | None:
        """Queue an input for its tick, or for the next beat when that tick has passed; a refusal changes nothing."""
        beat = self._beat
        tick = message.tick
        if tick <= seat.newest_input:
            self.counts.out_of_order += 1
            return ErrorCode.INPUT_OUT_OF_ORDER
        due = tick + seat.born
        if due > beat + self.max_lead_ticks:
            self.counts.too_early += 1
            return ErrorCode.INPUT_TOO_EARLY
        if due <= beat:
            self.counts.late += 1
            due = beat + 1
        seat.newest_input = tick
        at = due % self._slots * self._slot_bytes + seat.place * self._entry_bytes
        self._write(self._memory, at, tick, *message.values)
        return None

    def put(self, place: int, stamp: int, values: tuple[int, ...], due: int) -> None:
        """Queue an input that was taken before, for the beat ``due``."""
        self._write(self._memory, due % self._slots * self._slot_bytes + place * self._entry_bytes, stamp, *values)

    def put_all(self, places: NDArray[np.intp], entries: Int32Array, due: int) -> None:
        """Queue what ``take`` once gave, for the beat ``due``."""
        self._entries[due % self._slots, places] = entries

    def take(self, beat: int, places: int) -> AppliedInputs:
        """The inputs that take effect with ``beat``, removed from the queue. Looks at the first so many places."""
        self._beat = beat
        slot = self._entries[beat % self._slots, :places]
        filled = np.flatnonzero(slot[:, 0])
        taken = slot[filled]
        slot[filled, 0] = 0
        return AppliedInputs(filled, taken)

    def forget(self, seat: Seat) -> None:
        """Remove all inputs of a seat whose player is gone."""
        self._entries[:, seat.place, 0] = 0
