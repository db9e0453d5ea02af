from itertools import pairwise

from tests.simulations.bots.views import view
from tickroom.simulations.bots.behaviour import Intent
from tickroom.simulations.bots.idle import Idle
from tickroom.simulations.bots.wander import Wander

PLACES = [(1 + tick // 4 % 8, 1) for tick in range(200)]


def walk(seed: int) -> list[Intent]:
    bot = Wander(seed)
    return [bot.decide(view(at=place, tick=100 + tick)) for tick, place in enumerate(PLACES)]


def test_the_same_seed_walks_the_same_way_and_another_does_not() -> None:
    assert walk(1) == walk(1)
    assert walk(1) != walk(2)


def test_a_direction_is_held_for_one_to_two_seconds() -> None:
    bot = Wander(5)
    moving = [bot.decide(view(at=(1 + tick % 2, 1), tick=tick)) for tick in range(1, 400)]
    turns = [tick for tick in range(1, len(moving)) if moving[tick] != moving[tick - 1]]
    gaps = [after - before for before, after in pairwise(turns)]
    assert gaps
    assert all(20 <= gap <= 40 for gap in gaps), gaps


def test_a_wall_makes_it_turn() -> None:
    bot = Wander(5)
    first = bot.decide(view(at=(1, 1), tick=1))
    assert bot.decide(view(at=(1, 1), tick=3)) != first


def test_idle_is_idle() -> None:
    assert Idle().decide(view(at=(1, 1))) == Intent()
