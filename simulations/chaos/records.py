"""What the bots of a run wrote down about it. Times are CLOCK_MONOTONIC, one clock for all processes of a machine."""

from __future__ import annotations

import msgspec
from msgspec import Struct

UNKNOWN = -1  # of a line: no answer came, so it may have been said or not


class Stay(Struct):
    """From a welcome to the end of its socket. ``last_...``: of the newest state in it; ``ended_s`` 0: it lasts.

    ``history``: id and text of the lines that it was told first; None: the socket was lost before. ``node``: host and
    port of who told it.
    """

    node: str
    player: int
    seat: int
    welcomed_s: float
    history: list[tuple[int, str]] | None = None
    first_tick: int = -1
    first_state_s: float = 0.0
    last_tick: int = -1
    last_state_s: float = 0.0
    ended_s: float = 0.0
    close_code: int = 0


class Silence(Struct, frozen=True):
    """A bot got no state for longer than it should."""

    began_s: float
    ended_s: float


class Line(Struct):
    """A line of chat that a bot said; each text is said once in a run. ``code``: of the answer, 0 for yes."""

    text: str
    said_s: float
    answered_s: float = 0.0
    code: int = UNKNOWN


class Answer(Struct, frozen=True):
    """A request that was answered with yes, in this tick of the session."""

    tick: int
    id: int
    action: str


class PlayerRecord(Struct):
    """One bot. ``heard``: id and text of every line that it was told; ``gave_up``: why it plays no more, or ""."""

    number: int
    code: str
    stays: list[Stay] = []
    silences: list[Silence] = []
    lines: list[Line] = []
    answers: list[Answer] = []
    heard: list[tuple[int, str]] = []
    gave_up: str = ""
    refusals: dict[str, int] = {}


class Fork(Struct, frozen=True):
    """Two bots were told different states of one tick."""

    tick: int
    one: int
    other: int


class SessionRecord(Struct):
    """What all bots of a session were told: CRC-32 of the values by tick. ``is_alive``: at the end of the run.

    ``history``: told to somebody who came then, at ``looked_s``.
    """

    code: str
    seen: dict[int, int] = {}
    forks: list[Fork] = []
    is_alive: bool = False
    looked_s: float = 0.0
    history: list[tuple[int, str]] = []

    def see(self, tick: int, checksum: int) -> None:
        """Somebody was told this state."""
        before = self.seen.setdefault(tick, checksum)
        if before != checksum:
            self.forks.append(Fork(tick, before, checksum))


class Records(Struct):
    """Of one generator, or of a run."""

    players: list[PlayerRecord] = []
    sessions: list[SessionRecord] = []

    def add(self, more: Records) -> None:
        """Take over another generator's."""
        self.players += more.players
        self.sessions += more.sessions


def encode_records(records: Records) -> bytes:
    """For a pipe or a file."""
    return msgspec.msgpack.encode(records)


def decode_records(content: bytes) -> Records:
    """The same again."""
    return msgspec.msgpack.decode(content, type=Records)
