"""The vectors of tests/vectors/deltas.json: what happens to one session's state, and the frames that tell of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

import msgspec
import numpy as np

from tickroom.protocol.delta import TICK_MASK, Forecast
from tickroom.protocol.messages import CHECKED_DELTA_KIND, DELTA_KIND, Keyframe, encode, encode_delta
from tickroom.protocol.tables import Column, Layout, Table

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1

# Tables like a session's, but the vectors' own: a column more in a real one is no reason to change a vector.
SEATS = Table("seats", (Column("stamp"), Column("presence"), Column("player")))
SESSION = Table("session", (Column("status"), Column("round"), Column("starts_at"), Column("ends_at")))
WALKERS = Table("walkers", (Column("x", gliding=True), Column("y", gliding=True), Column("score")))
MIXED = Table("mixed", (Column("name"), Column("x", gliding=True), Column("kind"), Column("y", gliding=True)))
WIDEST = Table("widest", tuple(Column(f"c{index}", gliding=index % 7 == 3) for index in range(30)))

EXAMPLE_LAYOUT = Layout((SEATS, WALKERS), (2, 1))  # docs/protocol.md, section 5
ARENA_LIKE = Layout((SEATS, WALKERS, SESSION), (2, 2, 1))


class Frame(TypedDict):
    """One frame on the wire, and what a copy holds once it is applied."""

    hex: str
    message: object
    tick: int
    values: list[int]
    rates: list[int]
    checksum: int


class DeltaVector(TypedDict):
    """One line of deltas.json."""

    name: str
    shows: str
    tables: object
    frames: list[Frame]


@dataclass
class Scene:
    """A session of one layout from ``tick`` on: set cells, let ticks pass, send frames."""

    layout: Layout
    tick: int
    cells: list[int]
    frames: list[Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._forecast = Forecast(self.layout, 1)
        self._tokens: list[int] = []
        self._collect()
        self._collect()  # a second look at the same state brings the rates to rest

    def unseen(self, ticks: int, velocity: Mapping[int, int]) -> None:
        """So many ticks whose frames, if any, do not come; each adds ``velocity`` to the cells that it names."""
        for _ in range(ticks):
            self.tick += 1
            for cell, by in velocity.items():
                self.cells[cell] = (self.cells[cell] + by - INT32_MIN) % 2**32 + INT32_MIN
            self._collect()

    def silent(self, ticks: int, velocity: Mapping[int, int]) -> None:
        """The same where there is nothing to send. Raises ValueError when there is."""
        for _ in range(ticks):
            self.unseen(1, velocity)
            if self._tokens:
                raise ValueError(f"a surprise at tick {self.tick}: {self._tokens}")

    def ticks(self, cells: Mapping[int, int], *, checked: bool = False) -> None:
        """One tick after which these cells hold these values, and its delta, be it empty."""
        self.tick += 1
        for cell, value in cells.items():
            self.cells[cell] = value
        self._collect()
        head = [self.tick & TICK_MASK]
        if checked:
            head.append(self._forecast.checksum(0))
        self._send(encode_delta(CHECKED_DELTA_KIND if checked else DELTA_KIND, head, self._tokens))

    def keyframe(self) -> None:
        """A keyframe of the state as it is."""
        self._send(encode(Keyframe(self.tick, *self._forecast.keyframe(0))))

    def _collect(self) -> None:
        self._tokens, _ = self._forecast.collect_surprises(np.array([self.cells], dtype=np.int32))

    def _send(self, payload: bytes) -> None:
        values, rates = self._forecast.keyframe(0)
        self.frames.append(
            {
                "hex": payload.hex(),
                "message": msgspec.msgpack.decode(payload),
                "tick": self.tick,
                "values": values,
                "rates": rates,
                "checksum": self._forecast.checksum(0),
            }
        )

    def vector(self, name: str, shows: str) -> DeltaVector:
        """The line of deltas.json."""
        tables = [
            {
                "name": table.name,
                "rows": rows,
                "columns": [{"name": column.name, "gliding": column.gliding} for column in table.columns],
            }
            for table, rows in zip(self.layout.tables, self.layout.rows, strict=True)
        ]
        return {"name": name, "shows": shows, "tables": tables, "frames": self.frames}


def delta_vectors() -> Iterator[DeltaVector]:
    """All of them."""
    yield _worked_example()
    yield _heartbeats()
    yield _long_silence()
    yield _wraps()
    yield _masks()
    yield _teleport()
    yield _keyframe_heals()
    yield _empty_tables()
    yield _everything_at_once()


def _worked_example() -> DeltaVector:
    scene = Scene(EXAMPLE_LAYOUT, 40, [40, 1, 1, 0, 0, 0, 680, 500, 0])
    scene.unseen(1, {6: 320})
    scene.keyframe()
    scene.silent(1, {6: 320})
    scene.ticks({0: 41, 6: 1320, 7: 820})
    return scene.vector("worked example", "docs/protocol.md, section 5: two ticks later a player turns")


def _heartbeats() -> DeltaVector:
    scene = Scene(ARENA_LIKE, 1, [0, 1, 1, 0, 1, 2, 10, 20, 0, 30, 40, 0, 0, 0, 0, 0])
    scene.keyframe()
    scene.ticks({})
    scene.ticks({}, checked=True)
    scene.silent(6, {})
    scene.ticks({}, checked=True)
    return scene.vector("heartbeats", "nothing happens: frames without tokens, plain and checked")


def _long_silence() -> DeltaVector:
    scene = Scene(ARENA_LIKE, 120, [0, 1, 1, 0, 1, 2, 0, 0, 0, 1000, 1000, 0, 0, 0, 0, 0])
    scene.unseen(2, {6: 320, 10: -7})
    scene.keyframe()
    scene.silent(4, {6: 320, 10: -7})
    scene.ticks({6: scene.cells[6] + 320, 10: scene.cells[10] - 7})
    scene.ticks({6: scene.cells[6] + 320, 10: scene.cells[10] - 7}, checked=True)
    scene.silent(126, {6: 320, 10: -7})
    scene.ticks({6: scene.cells[6] + 320, 10: scene.cells[10] - 7}, checked=True)
    scene.silent(126, {6: 320, 10: -7})
    scene.ticks({0: 400, 6: scene.cells[6], 10: scene.cells[10] - 7})
    return scene.vector("long silence", "low tick bits pass 127 to 0; twice 127 ticks between frames; then a stop")


def _wraps() -> DeltaVector:
    cells = [INT32_MAX, INT32_MIN + 100, 0, INT32_MAX - 100, INT32_MIN, 0, INT32_MIN, INT32_MAX, 0, 0, 0]
    scene = Scene(Layout((MIXED, SEATS), (2, 1)), 2**31 - 40, cells)
    glide = {1: -70, 3: 70, 7: INT32_MIN}
    scene.unseen(1, glide)
    scene.keyframe()
    scene.silent(3, glide)
    scene.ticks({0: INT32_MIN, 4: INT32_MAX, 6: INT32_MAX, 8: INT32_MIN}, checked=True)
    scene.ticks({0: INT32_MAX, 1: INT32_MIN, 3: INT32_MIN, 5: INT32_MAX, 7: INT32_MIN}, checked=True)
    scene.ticks({0: 0, 1: INT32_MAX, 3: INT32_MAX, 5: INT32_MIN, 7: INT32_MAX}, checked=True)
    scene.ticks({}, checked=True)
    return scene.vector("wraps", "values, rates and differences pass the ends of int32")


def _masks() -> DeltaVector:
    scene = Scene(Layout((SEATS, WIDEST, WALKERS), (1, 2, 1)), 7, [0] * 66)
    scene.keyframe()
    scene.ticks({3: 5})
    scene.ticks({4: 6})
    scene.ticks({3: 7, 4: 8})
    scene.ticks({32: 9})
    scene.ticks({cell: cell for cell in range(33, 63)})
    scene.ticks({0: 1, 3: 1, 31: 1, 33: 1, 60: 1, 62: 2, 63: 3, 65: 4}, checked=True)
    scene.ticks({cell: -cell for cell in range(66)}, checked=True)
    return scene.vector("masks", "column 0 alone, one other column, the 30th, all 30, several rows, every cell")


def _teleport() -> DeltaVector:
    scene = Scene(ARENA_LIKE, 300, [0, 1, 1, 0, 0, 0, 4800, 4800, 30, 0, 0, 0, 1, 1, 0, 2100])
    scene.unseen(5, {6: 160, 7: -160})
    scene.keyframe()
    scene.ticks({4: 1, 5: 2, 9: 9600, 10: 2400})
    scene.ticks({}, checked=True)
    scene.ticks({6: 48000, 7: 240}, checked=True)
    scene.ticks({6: 48000, 7: 240})
    scene.ticks({0: 0, 1: 0, 2: 0, 6: 0, 7: 0, 8: 0}, checked=True)
    scene.ticks({}, checked=True)
    return scene.vector("teleport", "a seat is taken, a player is put elsewhere, a seat is left: each costs two rows")


def _keyframe_heals() -> DeltaVector:
    scene = Scene(ARENA_LIKE, 1000, [990, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0])
    scene.unseen(3, {6: 320})
    scene.keyframe()
    scene.ticks({0: 1001, 6: 1280})
    scene.unseen(400, {7: 160})
    scene.keyframe()
    scene.ticks({7: scene.cells[7] + 160}, checked=True)
    return scene.vector("keyframe heals", "400 ticks missed, more than low bits can tell; a keyframe, and on it goes")


def _empty_tables() -> DeltaVector:
    scene = Scene(Layout((WALKERS, SEATS, MIXED), (0, 0, 1)), 0, [1, 2, 3, 4])
    scene.keyframe()
    scene.ticks({0: -1, 3: 5}, checked=True)
    scene.ticks({}, checked=True)
    return scene.vector("empty tables", "tables without rows take no row numbers")


def _everything_at_once() -> DeltaVector:
    scene = Scene(Layout((SEATS, MIXED, WALKERS, SESSION), (3, 3, 3, 1)), 500, [0] * 34)
    scene.keyframe()
    chance = 1
    for _ in range(60):
        changes = {}
        for cell in range(34):
            chance = (chance * 1103515245 + 12345) % 2**31  # the C standard's example generator: the same everywhere
            if chance >> 16 & 7 == 0:
                changes[cell] = (chance >> 8) % 20_001 - 10_000
        scene.ticks(changes, checked=chance & 0x10000 == 0)
    return scene.vector("everything at once", "60 ticks of arbitrary changes, some checked")
