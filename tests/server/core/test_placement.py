"""Placement: sessions share pools where they can, and phases open only under load."""

import pytest

from tests.server.core.toy_game import ToyGame
from tickroom.server.core.placement import SEATS_A_PHASE, Phase, Placement, seat_rows
from tickroom.server.core.pool import Pool, PoolFull
from tickroom.server.core.settings import SessionSettings

GAME = ToyGame()


def place(placement: Placement, seats: int = 4, tick_hz: int = 20) -> Pool:
    pool = placement.pool_for(GAME, seats, tick_hz)
    pool.open("C", SessionSettings(game="toy", seats=seats, tick_hz=tick_hz), 0, {"start": 0})
    return pool


@pytest.mark.parametrize(("seats", "rows"), [(1, 4), (4, 4), (5, 8), (8, 8), (9, 16), (33, 64), (64, 64)])
def test_seat_rows(seats: int, rows: int) -> None:
    assert seat_rows(seats) == rows


def test_sessions_alike_share_a_pool_and_others_do_not() -> None:
    placement = Placement()
    assert place(placement) is place(placement, seats=3)
    assert place(placement) is not place(placement, seats=5)
    assert place(placement) is not place(placement, tick_hz=30)


def test_a_second_phase_opens_when_the_first_is_filled_and_as_far_away_as_can_be() -> None:
    placement = Placement(phases=8)
    for _ in range(SEATS_A_PHASE // 4):
        place(placement)
    assert placement.open_phases() == [Phase(20, 0)]
    place(placement)
    assert placement.open_phases() == [Phase(20, 0), Phase(20, 4)]


def test_sessions_are_spread_evenly_over_all_phases_under_load() -> None:
    placement = Placement(phases=4)
    for _ in range(600):
        place(placement)
    loads = [sum(len(pool.sessions) for pool in placement.pools_of(phase)) for phase in placement.open_phases()]
    assert len(loads) == 4
    assert max(loads) - min(loads) <= 1


def test_empty_pools_are_forgotten() -> None:
    placement = Placement()
    pool = place(placement)
    pool.close(next(iter(pool.sessions.values())))
    assert placement.pools_of(Phase(20, 0)) == []
    assert placement.open_phases() == []


def test_a_full_pool_is_not_used() -> None:
    placement = Placement(pool_capacity=2)
    first = place(placement)
    place(placement)
    assert place(placement) is not first
    with pytest.raises(PoolFull):
        first.open("C", SessionSettings(game="toy"), 0, {"start": 0})
