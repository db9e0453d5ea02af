"""What collecting, encoding and checking deltas costs: ``python -m tickroom.simulations.delta_benchmark``.

No server and no sockets: a pool of sessions laid out like the arena's, walked by a seeded generator; times are of one
call, the best of several rounds (other load on the machine only ever adds), with the bytes that the sessions' frames
would have.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
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
    Play("the same, a stamp every tick", 30, True),
    Play("all turn every tick, a stamp every tick", 1, True),
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


def measure(layout: Layout, sessions: int, play: Play, ticks: int = 200, rounds: int = 7) -> tuple[float, float, float]:
    """Microseconds of ``collect_surprises`` a tick, of encoding the frames a tick, and bytes a session-tick."""
    states = walk(layout, sessions, play, ticks)
    collect_us = encode_us = float("inf")
    size = 0
    for _ in range(rounds):
        forecast = Forecast(layout, sessions)
        forecast.collect_surprises(states[0])
        forecast.collect_surprises(states[1])
        collecting = encoding = 0.0
        size = 0
        for tick, cells in enumerate(states[2:], start=3):
            start = time.perf_counter()
            tokens, bounds = forecast.collect_surprises(cells)
            collected = time.perf_counter()
            frames = [
                encode_delta(DELTA_KIND, [tick & TICK_MASK], tokens[first:end])
                for first, end in pairwise(bounds)
                if first != end
            ]
            encoding += time.perf_counter() - collected
            collecting += collected - start
            size += sum(map(len, frames))
        collect_us = min(collect_us, collecting / (ticks - 2) * 1e6)
        encode_us = min(encode_us, encoding / (ticks - 2) * 1e6)
    return collect_us, encode_us, size / (ticks - 2) / sessions


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seats", type=int, default=4)
    parser.add_argument("--items", type=int, default=64)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 12, 50, 400])
    arguments = parser.parse_args()
    layout = arena_like_layout(arguments.seats, arguments.items)
    print(f"{arguments.seats} seats, {arguments.items} items, {layout.cells} cells a session; microseconds a tick")
    for sessions in arguments.sessions:
        print(f"\n{sessions} sessions{'':28} collect   encode   bytes a session-tick")
        for play in PLAYS:
            collect_us, encode_us, size = measure(layout, sessions, play)
            print(f"  {play.name:38} {collect_us:8.1f} {encode_us:8.1f} {size:8.1f}")
    forecast = Forecast(layout, 1)
    forecast.collect_surprises(walk(layout, 1, PLAYS[1], 1)[0])
    frame = Keyframe(1, *forecast.keyframe(0))
    print(f"\none session: checksum {best_us(lambda: forecast.checksum(0), 2000):.2f} us", end=", ")
    print(
        f"keyframe {best_us(lambda: forecast.keyframe(0), 2000):.2f} us, encoded {len(encode(frame))} bytes", end=" in "
    )
    print(f"{best_us(lambda: encode(frame), 2000):.2f} us; a heartbeat", end=" ")
    print(f"{len(encode_delta(CHECKED_DELTA_KIND, [1, 2**32 - 1], []))} bytes")


if __name__ == "__main__":
    main()
