"""The two tables that every session has, whatever its game: its seats and itself."""

from __future__ import annotations

from enum import IntEnum

from tickroom.protocol.tables import Column, Table


class Presence(IntEnum):
    """Column ``seats.presence``."""

    EMPTY = 0
    CONNECTED = 1
    DROPPED = 2
    AWAY = 3
    WAITING = 4


class Status(IntEnum):
    """Column ``session.status``."""

    WAITING = 0
    ACTIVE = 1
    FINISHED = 2


SEATS = Table(
    "seats",
    (
        Column("stamp", "the tick that the last applied input named; 0 before the first"),
        Column(
            "presence",
            "0 empty, 1 connected, 2 dropped and kept, 3 away, 4 plays from the next round on",
        ),
        Column("player", "id of the player who has the seat; 0 for none"),
        Column("ready", "1: the player is ready for the next round; 0 again when it starts"),
    ),
)

SESSION = Table(
    "session",
    (
        Column("status", "0 waiting, 1 active, 2 finished"),
        Column("round", "number of rounds started"),
        Column("starts_at", "tick at which the countdown ends and the round starts; 0 when none is set"),
        Column("ends_at", "tick at which the running round ends, or at which the last one ended; 0 before the first"),
        Column("host", "id of the player who may start, kick and configure; 0 when nobody is there"),
    ),
)
