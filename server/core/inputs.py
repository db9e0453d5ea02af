"""Inputs on their way to their tick. Bounded by construction: one for each seat and tick, at most a lead ahead."""

from __future__ import annotations

from dataclasses import dataclass

from tickroom.protocol.codes import ErrorCode
from tickroom.protocol.messages import Input
from tickroom.server.core.seats import Seat


@dataclass
class InputCounts:
    """How many inputs came late (and took effect in the next tick), and how many were refused, by reason."""

    late: int = 0
    too_early: int = 0
    out_of_order: int = 0


class InputQueue:
    """A ring of slots, one for each of the next beats of a pool; a slot maps a seat to the input that it will hold.

    A *beat* is a tick of the pool; a session's tick is the beat less the beat of its birth. Inputs of one seat are
    taken in the order of the ticks they name only, so the last one put into a slot is the newest.
    """

    def __init__(self, max_lead_ticks: int, counts: InputCounts) -> None:
        self.max_lead_ticks = max_lead_ticks
        self.counts = counts
        self._slots: list[dict[Seat, Input]] = [{} for _ in range(max_lead_ticks + 2)]

    def receive(self, seat: Seat, message: Input, beat: int) -> ErrorCode | None:
        """Queue an input for its tick, or for the next beat when that tick has passed; a refusal changes nothing.

        Args:
            beat: the newest beat that was stepped.
        """
        if message.tick <= seat.newest_input:
            self.counts.out_of_order += 1
            return ErrorCode.INPUT_OUT_OF_ORDER
        due = message.tick + seat.session.born
        if due > beat + self.max_lead_ticks:
            self.counts.too_early += 1
            return ErrorCode.INPUT_TOO_EARLY
        if due <= beat:
            self.counts.late += 1
            due = beat + 1
        self.put(seat, message, due)
        return None

    def put(self, seat: Seat, message: Input, due: int) -> None:
        """Queue an input that was taken for the beat ``due``, at most the lead ahead."""
        seat.newest_input = message.tick
        self._slots[due % len(self._slots)][seat] = message

    def take(self, beat: int) -> dict[Seat, Input]:
        """The inputs that take effect with ``beat``, removed from the queue."""
        index = beat % len(self._slots)
        slot = self._slots[index]
        if slot:
            self._slots[index] = {}
        return slot

    def forget(self, seat: Seat) -> None:
        """Remove all inputs of a seat whose player is gone."""
        for slot in self._slots:
            slot.pop(seat, None)
