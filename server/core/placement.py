"""Which pool a new session goes to. Pools are ticked in *phases* spread over the tick interval, so that the work of a
tick comes in several small bursts with input served in between; a phase is opened only when the others are well filled,
for each costs one step a tick however few sessions it has."""

from __future__ import annotations

from typing import Any, NamedTuple

from tickroom.game.interface import Game
from tickroom.server.core.inputs import InputCounts
from tickroom.server.core.pool import Pool

SEATS_A_PHASE = 512  # a phase with fewer seats than this takes a new session before another phase is opened


class Phase(NamedTuple):
    """One slot of a tick rate's interval: ``number`` of ``Placement.phases``."""

    tick_hz: int
    number: int


class Placement:
    """All pools of a node, by phase. ``phases``: how many slots each tick rate's interval has."""

    def __init__(self, phases: int = 4, pool_capacity: int = 256, keep_log: bool = False) -> None:
        self.phases = phases
        self.input_counts = InputCounts()
        self._pool_capacity = pool_capacity
        self._keep_log = keep_log
        self._pools: dict[Phase, list[Pool]] = {}
        self._pools_made = 0

    def pool_for(self, game: Game[Any], seats: int, tick_hz: int, capacity: int | None = None) -> Pool:
        """A pool with a free row for a session with so many seats; a new one if there is none.

        ``capacity``: of the pool, where it is not the usual one: fewer sessions are hurt when one of them fails.
        """
        phase, rows = self._phase_for(tick_hz), seat_rows(seats)
        capacity = min(capacity or self._pool_capacity, self._pool_capacity)
        for pool in self._pools.get(phase, ()):
            is_alike = pool.game is game and pool.seat_rows == rows and pool.capacity == capacity
            if is_alike and len(pool.sessions) < capacity:
                return pool
        return self._make_pool(phase, game, rows, capacity)

    def forget(self, pool: Pool) -> None:
        """Tick this pool no more, whatever sessions it has."""
        for pools in self._pools.values():
            if pool in pools:
                pools.remove(pool)

    def _make_pool(self, phase: Phase, game: Game[Any], rows: int, capacity: int) -> Pool:
        self._pools_made += 1
        pool = Pool(game, rows, phase.tick_hz, capacity, self.input_counts, self._keep_log, number=self._pools_made)
        self._pools.setdefault(phase, []).append(pool)
        return pool

    def pools_of(self, phase: Phase) -> list[Pool]:
        """The pools that tick in a phase; empty ones are forgotten here."""
        pools = self._pools.get(phase, [])
        if any(not pool.sessions for pool in pools):
            pools[:] = [pool for pool in pools if pool.sessions]
        if not pools:
            self._pools.pop(phase, None)
        return pools

    def open_phases(self) -> list[Phase]:
        """Phases that have pools."""
        return list(self._pools)

    def all_pools(self) -> list[Pool]:
        """Every pool."""
        return [pool for pools in self._pools.values() for pool in pools]

    def _phase_for(self, tick_hz: int) -> Phase:
        load = {phase: _seats_in(pools) for phase, pools in self._pools.items() if phase.tick_hz == tick_hz}
        unopened = [number for number in self._spread() if Phase(tick_hz, number) not in load]
        least = min(load, key=lambda phase: load[phase], default=None)
        if least is not None and (load[least] < SEATS_A_PHASE or not unopened):
            return least
        return Phase(tick_hz, unopened[0])

    def _spread(self) -> list[int]:
        """Phase numbers in the order in which they are opened: each as far from the open ones as can be."""
        order = [0]
        while len(order) < self.phases:
            gaps = {
                number: min(min((number - other) % self.phases, (other - number) % self.phases) for other in order)
                for number in range(self.phases)
                if number not in order
            }
            order.append(max(gaps, key=lambda number: gaps[number]))
        return order


def seat_rows(seats: int) -> int:
    """Seat rows of the pool for a session with ``seats`` seats: the power of two from 4 that holds them."""
    return max(4, 1 << (seats - 1).bit_length())


def _seats_in(pools: list[Pool]) -> int:
    return sum(session.settings.seats for pool in pools for session in pool.sessions.values())
