"""What one vectorised step of the arena costs: ``python -m tickroom.simulations.step_benchmark``.

Everybody runs about, turns every one to two seconds, dashes when possible, and items are picked and come back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import click
import numpy as np

from tickroom.game.arena.game import ARENA
from tickroom.game.interface import StepContext
from tickroom.protocol.session_tables import Status
from tickroom.protocol.tables import PublicTables


@dataclass(frozen=True)
class StepCost:
    """Microseconds of one step of a whole pool. ``least_us``: the 3 % quantile, what it costs when nothing disturbs."""

    sessions: int
    seats: int
    item_rows: int
    least_us: float
    median_us: float
    p99_us: float
    picks_a_step: float


def measure(sessions: int, seats: int, tick_hz: int, ticks: int, dashes: bool) -> StepCost:
    """Play ``ticks`` ticks in a pool of ``sessions`` sessions and time each step."""
    tables = PublicTables(ARENA.schema.layout(seats, ARENA.table_rows(seats)), sessions)
    world = ARENA.allocate(tables, seats, tick_hz)
    for row in range(sessions):
        ARENA.open(world, row, row + 1, {"map": row % len(ARENA.maps), "items": 0})
        for seat in range(seats):
            ARENA.seat(world, row, seat, 0)
        ARENA.start_round(world, row, 1)
    chance = np.random.default_rng(1)
    inputs = np.zeros((sessions, seats, 3), dtype=np.int32)
    next_turn = np.ones((sessions, seats), dtype=np.int64)
    status = np.full(sessions, Status.ACTIVE, dtype=np.int32)
    everybody = np.ones((sessions, seats), dtype=np.bool_)
    spent, picks = [], 0
    for tick in range(1, ticks + 1):
        turns = next_turn == tick
        inputs[turns, :2] = chance.integers(-127, 128, (int(turns.sum()), 2))
        inputs[turns, 2] = chance.integers(0, 2, int(turns.sum())) if dashes else 0
        next_turn[turns] = tick + chance.integers(tick_hz, 2 * tick_hz + 1, int(turns.sum()))
        context = StepContext(np.full(sessions, tick), status, everybody[:, 0], everybody, inputs, tick_hz)
        start = time.perf_counter()
        result = ARENA.step(world, context, ())
        spent.append(time.perf_counter() - start)
        picks += len(result.events)
    least, median, p99 = (float(value) * 1e6 for value in np.quantile(spent, (0.03, 0.5, 0.99)))
    return StepCost(sessions, seats, ARENA.table_rows(seats)[1], least, median, p99, picks / ticks)


@click.command()
@click.option("--tick-hz", default=30, show_default=True, help="Ticks a second that the rules assume.")
@click.option("--ticks", default=1500, show_default=True, help="Steps to measure.")
@click.option("--dashes/--no-dashes", default=True, show_default=True, help="Whether half of the players hold dash.")
def main(tick_hz: int, ticks: int, dashes: bool) -> None:
    """Time the arena's step for pools of several sizes."""
    click.echo("sessions  seats  item rows    least us   median us     p99 us  events a step")
    for sessions, seats in ((1, 4), (50, 4), (400, 4), (12, 16), (100, 16), (6, 64)):
        cost = measure(sessions, seats, tick_hz, ticks, dashes)
        click.echo(
            f"{cost.sessions:8d}{cost.seats:7d}{cost.item_rows:11d}{cost.least_us:12.0f}{cost.median_us:12.0f}{cost.p99_us:11.0f}"
            f"{cost.picks_a_step:15.1f}"
        )


if __name__ == "__main__":
    main()
