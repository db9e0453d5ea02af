"""When chunks come out, to the microsecond: time is passed in."""

import random
from itertools import pairwise

import pytest

from tickroom.simulations.network.conditions import Conditions, ConditionsInvalid, Lane, Way, jitter_generator

MS = 1_000
S = 1_000_000


def lane(seed: int = 1, **conditions: int) -> tuple[Way, Lane]:
    way = Way(Conditions(**conditions))
    return way, Lane(way, random.Random(seed))


def due_of_each(one: Lane, arrivals: list[int]) -> list[int]:
    """When each of these chunks is due, if each is taken as soon as it is."""
    for number, now_us in enumerate(arrivals):
        one.arrive(number.to_bytes(4), now_us)
    due: list[int] = []
    while (next_us := one.due_us()) is not None:
        assert not one.take(next_us - 1), "not a microsecond early"
        for delivery in one.take(next_us):
            assert delivery.chunk == len(due).to_bytes(4), "in order"
            assert delivery.due_us == next_us
            due.append(next_us)
    return due


def test_a_good_network_passes_everything_at_once() -> None:
    _, one = lane()
    assert due_of_each(one, [0, 5, 5, 70]) == [0, 5, 5, 70]


def test_delay_is_the_same_for_all() -> None:
    _, one = lane(delay_us=50 * MS)
    assert due_of_each(one, [0, 7, 20 * MS]) == [50 * MS, 50 * MS + 7, 70 * MS]


def test_jitter_is_uniform_seeded_and_inclusive() -> None:
    _, one = lane(delay_us=10 * MS, jitter_us=30 * MS)
    arrivals = [index * 100 * MS for index in range(4000)]  # so far apart that none waits for another
    extra = [due - arrival - 10 * MS for due, arrival in zip(due_of_each(one, arrivals), arrivals, strict=True)]
    assert 0 <= min(extra) < 100
    assert 30 * MS - 100 < max(extra) <= 30 * MS
    assert abs(sum(extra) / len(extra) - 15 * MS) < 500
    again, other = lane(delay_us=10 * MS, jitter_us=30 * MS)[1], lane(2, delay_us=10 * MS, jitter_us=30 * MS)[1]
    first = due_of_each(again, arrivals[:50])
    assert first == [arrival + 10 * MS + late for arrival, late in zip(arrivals, extra[:50], strict=False)]
    assert first != due_of_each(other, arrivals[:50])
    least = lane(jitter_us=1)[1]
    assert {due - at for due, at in zip(due_of_each(least, arrivals[:99]), arrivals[:99], strict=True)} == {0, 1}


def test_each_connection_and_direction_has_jitter_of_its_own_by_the_seed() -> None:
    def draws(*lane: object) -> list[float]:
        generator = jitter_generator(*lane)  # type: ignore[arg-type]
        return [generator.random() for _ in range(5)]

    lanes = [(1, 1, "up"), (1, 1, "down"), (1, 2, "up"), (2, 1, "up"), (1, 12, "up"), (11, 2, "up")]
    assert [draws(*lane) for lane in lanes] == [draws(*lane) for lane in lanes]
    assert len({tuple(draws(*lane)) for lane in lanes}) == len(lanes)


def test_one_late_chunk_holds_up_those_behind_it() -> None:
    _, one = lane(jitter_us=30 * MS)
    arrivals = [index * MS for index in range(200)]
    due = due_of_each(one, arrivals)
    generator = random.Random(1)
    alone = [at + int(generator.random() * (30 * MS + 1)) for at in arrivals]
    assert any(later < earlier for earlier, later in pairwise(alone)), "alone, some would overtake"
    assert due == [max(alone[: index + 1]) for index in range(200)]


def test_a_periodic_stall_holds_everything_and_then_lets_it_go_at_once() -> None:
    _, one = lane(delay_us=10 * MS, stall_every_us=S, stall_us=300 * MS)
    arrivals = [0, 980 * MS, 990 * MS, 1000 * MS, 1289 * MS, 1290 * MS, 2100 * MS]
    assert due_of_each(one, arrivals) == [
        10 * MS,  # no stall at the very start
        990 * MS,
        1300 * MS,  # due at the moment at which the stall begins
        1300 * MS,
        1300 * MS,  # due in its last millisecond
        1300 * MS,  # due as it ends
        2300 * MS,
    ]


def test_what_a_stall_held_up_is_told_apart() -> None:
    _, one = lane(stall_every_us=S, stall_us=300 * MS)
    for now_us in (999 * MS, 1100 * MS, 1300 * MS):
        one.arrive(b"x", now_us)
    assert [delivery.stalled for delivery in one.take(2 * S)] == [False, True, False]


def test_a_stall_that_is_asked_for_holds_what_is_on_the_way() -> None:
    way, one = lane(delay_us=50 * MS)
    one.arrive(b"before", 0)
    one.arrive(b"held", 10 * MS)
    way.stall(55 * MS, 300 * MS)
    one.arrive(b"new", 60 * MS)
    assert [delivery.chunk for delivery in one.take(354 * MS)] == [b"before"], "due before the stall began"
    assert one.due_us() == 355 * MS
    assert [delivery.chunk for delivery in one.take(355 * MS)] == [b"held", b"new"]


def test_stalls_that_overlap_last_as_long_as_the_longest() -> None:
    way, one = lane(stall_every_us=S, stall_us=100 * MS)
    way.stall(500 * MS, 550 * MS)  # to 1050, into the periodic one, which ends at 1100
    one.arrive(b"x", 600 * MS)
    assert one.due_us() == 1100 * MS
    way.stall(700 * MS, 100 * MS)
    assert one.due_us() == 1100 * MS, "a shorter one takes nothing back"
    way.stall(900 * MS, 1150 * MS)  # to 2050
    assert one.due_us() == 2100 * MS


def test_other_conditions_are_for_what_comes_after_and_order_is_kept() -> None:
    way, one = lane(delay_us=200 * MS)
    one.arrive(b"slow", 0)
    way.change(Conditions(), 10 * MS)
    one.arrive(b"fast", 20 * MS)
    assert one.due_us() == 200 * MS
    assert [delivery.chunk for delivery in one.take(200 * MS)] == [b"slow", b"fast"]


def test_new_times_of_stalls_count_from_now_and_others_go_on() -> None:
    way, one = lane(stall_every_us=S, stall_us=100 * MS)
    way.change(Conditions(delay_us=1, stall_every_us=S, stall_us=100 * MS), 500 * MS)
    one.arrive(b"x", S)
    assert one.due_us() == 1100 * MS, "the same beat as before"
    way.change(Conditions(stall_every_us=S, stall_us=200 * MS), 500 * MS)
    assert one.due_us() == S + 1, "now from 1.5 s on"


def test_bytes_on_the_way_are_counted() -> None:
    _, one = lane(delay_us=10)
    one.arrive(b"12345", 0)
    one.arrive(b"678", 5)
    assert one.queued_bytes == 8
    one.take(10)
    assert one.queued_bytes == 3
    one.take(15)
    assert (one.queued_bytes, one.due_us()) == (0, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"delay_us": -1},
        {"jitter_us": -1},
        {"delay_us": 61 * S},
        {"stall_every_us": S},
        {"stall_every_us": S, "stall_us": S},
        {"stall_every_us": -S, "stall_us": 1},
        {"stall_us": -1},
    ],
)
def test_conditions_that_cannot_be_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConditionsInvalid):
        Conditions(**wrong)
