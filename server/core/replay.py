"""Replay: the same commands at the same ticks give the same session, tick for tick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tickroom.server.core.commands import Hold, LoggedCommand
from tickroom.server.core.pool import Pool, TickOutput
from tickroom.server.core.session import Session


def advance_logged(pool: Pool, logged: Mapping[Session, Sequence[LoggedCommand]]) -> TickOutput:
    """One tick of a pool with commands from a log instead of from players.

    Raises ValueError when an input is logged for a seat that nobody has: the log does not belong to the session.
    """
    commands = []
    for session, entries in logged.items():
        for entry in entries:
            if not isinstance(entry, Hold):
                commands.append((session, entry))
                continue
            seat = session.seats[entry.seat]
            if seat is None:
                raise ValueError(f"tick {session.tick + 1}: an input for seat {entry.seat}, which is free")
            pool.inputs.put(seat.place, entry.stamp, entry.values, pool.beat + 1)
    return pool.advance(commands)
