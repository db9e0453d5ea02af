"""What deltas cost, in time and in bytes: ``python -m tickroom.simulations.delta_benchmark``; ``--bytes`` bytes alone.

No server and no sockets: a pool of sessions laid out like the arena's, walked by a seeded generator. Times are of one
call, the best of several rounds, for other load on the machine only ever adds. Bytes are WebSocket payloads; the
frame's own header would be two more, four above 125.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tickroom.protocol.delta import TICK_MASK, Forecast
from tickroom.protocol.messages import CHECKED_DELTA_KIND, DELTA_KIND, Keyframe, encode, encode_delta
from tickroom.protocol.session_tables import SEATS, SESSION
from tickroom.protocol.tables import Column, Int32Array, Layout, PublicTables, Table

PLAYERS = Table(
    "players",
    (Column("x", gliding=True), Column("y", gliding=True), *(Column(f"plain{index}") for index in range(9))),
)
ITEMS = Table("items", (Column("kind"), Column("x"), Column("y")))
SPEED = 320  # subunits a tick: 200 units a second at 30 Hz, 48 subunits to a unit


def arena_like_layout(seats: int, items: int) -> Layout:
    """As many tables, columns and gliding columns as the arena has."""
    return Layout((SEATS, PLAYERS, ITEMS, SESSION), (seats, seats, items, 1))


@dataclass(frozen=True)
class Play:
    """How players of a measurement behave: ``turn_every_ticks`` 0 is straight on for ever."""

    name: str
    turn_every_ticks: int
    stamp_every_tick: bool


PLAYS = (
    Play("nobody moves", -1, False),
    Play("all walk straight", 0, False),
    Play("all turn every 30 ticks on average", 30, False),
    Play("all turn every tick", 1, False),
    Play("straight, a stamp every tick", 0, True),
    Play("turn every 30, a stamp every tick", 30, True),
    Play("turn every tick, a stamp every tick", 1, True),
)


def walk(layout: Layout, sessions: int, play: Play, ticks: int, seed: int = 1) -> list[Int32Array]:
    """``ticks`` states of a pool, each (sessions, cells) int32."""
    random = np.random.default_rng(seed)
    tables = PublicTables(layout, sessions)
    x, y = tables.column("players", "x"), tables.column("players", "y")
    stamp = tables.column("seats", "stamp")
    x += random.integers(0, 60_000, x.shape, dtype=np.int32)
    y += random.integers(0, 60_000, x.shape, dtype=np.int32)
    angle = random.uniform(0, 2 * np.pi, x.shape)
    moving = play.turn_every_ticks >= 0
    states = []
    for tick in range(1, ticks + 1):
        if play.turn_every_ticks > 0:
            turns = random.random(x.shape) < 1 / play.turn_every_ticks
            angle[turns] = random.uniform(0, 2 * np.pi, int(turns.sum()))
            stamp[turns] = tick  # a turn is an input
        if play.stamp_every_tick:
            stamp[...] = tick
        if moving:
            x += np.rint(SPEED * np.cos(angle)).astype(np.int32)
            y += np.rint(SPEED * np.sin(angle)).astype(np.int32)
        states.append(tables.cells.copy())
    return states


def best_us(call: Callable[[], object], repeats: int, rounds: int = 9) -> float:
    """Microseconds of one call, the least of ``rounds`` means over ``repeats`` calls."""
    best = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(repeats):
            call()
        best = min(best, (time.perf_counter() - start) / repeats)
    return best * 1e6


def measure_us(layout: Layout, sessions: int, play: Play, ticks: int = 200, rounds: int = 7) -> tuple[float, float]:
    """Microseconds a tick for the whole pool: of ``collect_surprises``, and of encoding the frames."""
    states = walk(layout, sessions, play, ticks)
    collect_us = encode_us = float("inf")
    for _ in range(rounds):
        forecast = Forecast(layout, sessions)
        forecast.collect_surprises(states[0])
        forecast.collect_surprises(states[1])
        collecting = encoding = 0.0
        for tick, cells in enumerate(states[2:], start=3):
            start = time.perf_counter()
            tokens, bounds = forecast.collect_surprises(cells)
            collected = time.perf_counter()
            for first, end in pairwise(bounds):
                if first != end:
                    encode_delta(DELTA_KIND, [tick & TICK_MASK], tokens[first:end])
            encoding += time.perf_counter() - collected
            collecting += collected - start
        collect_us = min(collect_us, collecting / (ticks - 2) * 1e6)
        encode_us = min(encode_us, encoding / (ticks - 2) * 1e6)
    return collect_us, encode_us


def without_gliding(layout: Layout) -> Layout:
    """The same tables, all columns plain: its deltas hold what changed since the last tick, moves included."""
    tables = (Table(table.name, tuple(Column(column.name) for column in table.columns)) for table in layout.tables)
    return Layout(tuple(tables), layout.rows)


def delta_bytes(layout: Layout, states: Sequence[Int32Array], tick_hz: int) -> float:
    """Mean bytes a session-tick of all frames, heartbeats (4 a second) and checked deltas (1 a second) included."""
    sessions = len(states[0])
    forecast = Forecast(layout, sessions)
    forecast.collect_surprises(states[0])
    forecast.collect_surprises(states[1])
    last_frame = [0] * sessions
    size = 0
    for tick, cells in enumerate(states[2:], start=1):
        tokens, bounds = forecast.collect_surprises(cells)
        for row, (first, end) in enumerate(pairwise(bounds)):
            if tick % tick_hz == 0:
                head = [tick & TICK_MASK, forecast.checksum(row)]
                size += len(encode_delta(CHECKED_DELTA_KIND, head, tokens[first:end]))
            elif first != end or tick - last_frame[row] >= tick_hz // 4:
                size += len(encode_delta(DELTA_KIND, [tick & TICK_MASK], tokens[first:end]))
            else:
                continue
            last_frame[row] = tick
    return size / ((len(states) - 2) * sessions)


def full_row_bytes(layout: Layout, states: Sequence[Int32Array]) -> float:
    """The same, but for heartbeats, where a changed row is sent whole: ``[kind, tick & 127, row, value ..., ...]``."""
    size = 0
    for tick, (before, after) in enumerate(pairwise(states[1:]), start=1):
        for old, new in zip(before, after, strict=True):
            tokens: list[int] = []
            for row in np.unique(layout.row_of_cell[old != new]).tolist():
                first = int(layout.first_cell_of_row[row])
                tokens += [row, *new[first : first + int(layout.columns_of_row[row])].tolist()]
            if tokens:
                size += len(encode_delta(DELTA_KIND, [tick & TICK_MASK], tokens))
    return size / ((len(states) - 2) * len(states[0]))


def print_bytes(seats: int, items: int, tick_hz: int, sessions: int = 25, seconds: int = 20) -> None:
    """One table: bytes a player-tick, that is a session's frame shared among its players' rows."""
    layout = arena_like_layout(seats, items)
    print(
        f"\n{seats} seats, {tick_hz} Hz, {sessions} sessions, {seconds} s: payload bytes a tick for each moving player"
    )
    print(f"{'':38} surprises  plain deltas  full rows   (surprises: bytes a client-second)")
    for play in PLAYS:
        states = walk(layout, sessions, play, seconds * tick_hz + 2)
        surprises = delta_bytes(layout, states, tick_hz)
        plain, full = delta_bytes(without_gliding(layout), states, tick_hz), full_row_bytes(layout, states)
        print(f"  {play.name:36} {surprises / seats:9.2f} {plain / seats:13.2f} {full / seats:10.2f}", end=" ")
        print(f"{surprises * tick_hz:11.0f}")


def print_times(layout: Layout, pools: list[int]) -> None:
    """A table for each pool size, and what one session's checksum and keyframe cost."""
    for sessions in pools:
        print(f"\n{sessions} sessions{'':28} collect   encode")
        for play in PLAYS:
            collect_us, encode_us = measure_us(layout, sessions, play)
            print(f"  {play.name:38} {collect_us:8.1f} {encode_us:8.1f}")
    forecast = Forecast(layout, 1)
    forecast.collect_surprises(walk(layout, 1, PLAYS[1], 1)[0])
    frame = Keyframe(1, *forecast.keyframe(0))
    print(f"\none session: checksum {best_us(lambda: forecast.checksum(0), 2000):.2f} us", end=", ")
    print(
        f"keyframe {best_us(lambda: forecast.keyframe(0), 2000):.2f} us, encoded {len(encode(frame))} bytes", end=" in "
    )
    print(f"{best_us(lambda: encode(frame), 2000):.2f} us")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bytes", action="store_true", help="bytes alone: the same figures on any machine")
    parser.add_argument("--seats", type=int, nargs="+", default=[4, 16])
    parser.add_argument("--items", type=int, default=64)
    parser.add_argument("--tick-hz", type=int, default=20)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 12, 50, 400], help="pool sizes to be timed")
    arguments = parser.parse_args()
    for seats in arguments.seats:
        print_bytes(seats, arguments.items, arguments.tick_hz)
    if not arguments.bytes:
        layout = arena_like_layout(arguments.seats[0], arguments.items)
        print(f"\n{arguments.seats[0]} seats, {arguments.items} items, {layout.cells} cells: microseconds a tick")
        print_times(layout, arguments.sessions)


if __name__ == "__main__":
    main()
