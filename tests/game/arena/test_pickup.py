"""Who picks what: reaches, refusals, ties, and what each kind gives."""

from __future__ import annotations

import pytest

from tickroom.game.arena.pickup import POINTS
from tickroom.game.arena.schema import EventKind, ItemKind
from tickroom.game.arena.units import SUB
from tickroom.protocol.session_tables import Status

from .stage import Stage, arena_of, events

WALLED = arena_of("\n".join(["#" * 15, "#S" + "." * 12 + "#", *["#" + "." * 13 + "#"] * 4, "#......#......#",
                             *["#" + "." * 13 + "#"] * 6, "#" * 15]))  # fmt: skip


def picked(seat: int, item: int, kind: ItemKind) -> tuple[int, ...]:
    return (EventKind.PICKED, seat, item, kind, POINTS.get(kind, 0))


@pytest.mark.parametrize(("kind", "points"), [(ItemKind.COIN, 10), (ItemKind.GEM, 50)])
def test_touching_an_item_picks_it(kind: ItemKind, points: int) -> None:
    stage = Stage([(200, 200)])
    stage.item(3, kind, 220, 200)  # 12 + 8 units: the circles just touch
    stage.item(4, kind, 200, 221)
    assert events(stage.step()) == [(EventKind.PICKED, 0, 3, kind, points)]
    assert (stage.kind(3), stage.kind(4), stage.score(0)) == (ItemKind.NONE, kind, points)
    assert not events(stage.step()), "only once"


def test_the_corner_of_the_square_around_is_out_of_touch() -> None:
    stage = Stage([(200, 200)])
    stage.item(0, ItemKind.COIN, 215, 215)
    assert not events(stage.step())


def test_several_items_in_one_tick() -> None:
    stage = Stage([(200, 200)])
    stage.item(5, ItemKind.COIN, 205, 200)
    stage.item(2, ItemKind.GEM, 200, 205)
    assert events(stage.step()) == [picked(0, 2, ItemKind.GEM), picked(0, 5, ItemKind.COIN)]
    assert stage.score(0) == 60


@pytest.mark.parametrize("status", [Status.WAITING, Status.FINISHED])
def test_nothing_is_picked_outside_a_round(status: Status) -> None:
    stage = Stage([(200, 200)])
    stage.status = status
    stage.item(0, ItemKind.COIN, 200, 200)
    assert stage.step((0, 0)).outcomes == ["not_playing"]
    assert stage.kind(0) == ItemKind.COIN


def test_an_empty_seat_collects_nothing() -> None:
    stage = Stage([(200, 200)])
    stage.seated[0, 0] = False
    stage.item(0, ItemKind.COIN, 200, 200)
    result = stage.step((0, 0))
    assert result.outcomes == ["not_playing"]
    assert not events(result)


def test_collect_in_reach() -> None:
    stage = Stage([(200, 200)])
    stage.item(0, ItemKind.COIN, 264, 200)
    result = stage.step((0, 0))
    assert result.outcomes == [None]
    assert events(result) == [picked(0, 0, ItemKind.COIN)]


def test_refusals_in_their_order() -> None:
    stage = Stage([(7 * 32 - 16, 6 * 32 + 16)], arena=WALLED)  # left of the block
    stage.item(0, ItemKind.COIN, 7 * 32 + 48, 6 * 32 + 16)  # right of it, 64 units away
    stage.item(1, ItemKind.COIN, 7 * 32 + 49, 6 * 32 + 16)
    rows = stage.world.items.kind.shape[1]
    requests = [(0, rows), (0, 2**31 - 1), (0, 2), (0, 1), (0, 0)]
    assert stage.step(*requests).outcomes == [
        "no_such_item", "no_such_item", "no_such_item", "out_of_reach", "behind_wall",
    ]  # fmt: skip


def test_a_magnet_pulls_what_is_in_its_reach_and_in_sight() -> None:
    stage = Stage([(7 * 32 - 16, 6 * 32 + 16)], arena=WALLED)
    stage.world.players.magnet_until[0, 0] = stage.tick + 1
    stage.item(0, ItemKind.COIN, 7 * 32 - 16 - 96, 6 * 32 + 16)
    stage.item(1, ItemKind.COIN, 7 * 32 - 16 - 97, 6 * 32 + 16)
    stage.item(2, ItemKind.COIN, 7 * 32 + 48, 6 * 32 + 16)
    assert events(stage.step()) == [picked(0, 0, ItemKind.COIN)]
    stage.item(3, ItemKind.COIN, 7 * 32 - 16 - 40, 6 * 32 + 16)
    assert not events(stage.step()), "it has run out"


def test_a_magnet_lengthens_the_reach_of_collect() -> None:
    stage = Stage([(200, 200), (400, 300)])
    stage.item(0, ItemKind.COIN, 280, 200)
    assert stage.step((0, 0)).outcomes == ["out_of_reach"]
    stage.world.players.magnet_until[0, 0] = stage.tick + 1
    assert stage.step((0, 0)).outcomes == [None]


def test_powers_last_as_long_as_they_say() -> None:
    stage = Stage([(200, 200)])
    for row, kind in enumerate((ItemKind.BOOTS, ItemKind.MAGNET, ItemKind.SHIELD)):
        stage.item(row, kind, 200, 200)
    stage.step()
    players, tick = stage.world.players, stage.tick
    assert (players.boots_from[0, 0], players.boots_until[0, 0]) == (tick + 15, tick + 15 + 150 - 1)
    assert players.magnet_until[0, 0] == tick + 240
    assert players.shield_until[0, 0] == tick + 300
    assert stage.score(0) == 0


def test_boots_while_boots_run_never_change_the_next_half_second() -> None:
    for left in range(170):
        stage = Stage([(200, 200)])
        players = stage.world.players
        before = stage.tick - 20, stage.tick + left
        players.boots_from[0, 0], players.boots_until[0, 0] = before
        stage.item(0, ItemKind.BOOTS, 200, 200)
        stage.step()
        foreseen = [before[0] <= tick <= before[1] for tick in range(stage.tick + 1, stage.tick + 15)]
        booted, first = [], stage.tick + 1
        for _ in range(400):
            booted.append(int(players.boots_from[0, 0]) <= stage.tick + 1 <= int(players.boots_until[0, 0]))
            known = int(players.boots_from[0, 0]), int(players.boots_until[0, 0])
            stage.step()
            if (after := (int(players.boots_from[0, 0]), int(players.boots_until[0, 0]))) != known:
                assert after[0] >= stage.tick + 15, "boots are announced half a second ahead"
        assert booted[:14] == foreseen, left
        last = max(index for index, on in enumerate(booted) if on) + first
        assert last >= first + 14 + 149, "and the new pair lasts its five seconds"


def test_the_nearer_of_two_wins_whether_by_touch_or_by_request() -> None:
    stage = Stage([(200, 200), (235, 200)])
    stage.item(0, ItemKind.COIN, 218, 200)  # 18 and 17 units
    assert events(stage.step()) == [picked(1, 0, ItemKind.COIN)]
    stage = Stage([(200, 200), (236, 200)])
    stage.item(0, ItemKind.COIN, 215, 200)  # touched by seat 0, asked for by seat 1
    result = stage.step((1, 0))
    assert result.outcomes == ["beaten_to_it"]
    assert events(result) == [picked(0, 0, ItemKind.COIN)]


def test_a_nearer_request_beats_a_magnet() -> None:
    stage = Stage([(200, 200), (280, 200)])
    stage.world.players.magnet_until[0, 0] = stage.tick + 10
    stage.item(0, ItemKind.COIN, 250, 200)
    result = stage.step((1, 0))
    assert result.outcomes == [None]
    assert events(result) == [picked(1, 0, ItemKind.COIN)]


def test_asking_twice_is_answered_alike_and_given_once() -> None:
    stage = Stage([(200, 200)])
    stage.item(0, ItemKind.COIN, 230, 200)
    result = stage.step((0, 0), (0, 0))
    assert result.outcomes == [None, None]
    assert stage.score(0) == 10


def tie_winner(seed: int, order: tuple[int, ...]) -> int:
    """Four players at the four sides of one coin, equally far; ``order[i]`` is the side of seat i. The winner."""
    sides = [(190, 200), (210, 200), (200, 190), (200, 210)]
    stage = Stage([sides[side] for side in order], seed=seed)
    stage.item(0, ItemKind.COIN, 200, 200)
    ((_, seat, *_),) = events(stage.step())
    return seat


def test_a_tie_favours_no_seat_and_no_side() -> None:
    seats, sides = [0] * 4, [0] * 4
    for seed in range(200):
        order = tuple((seed + shift) % 4 for shift in range(4))
        winner = tie_winner(seed, order)
        seats[winner] += 1
        sides[order[winner]] += 1
    # 50 expected, standard deviation 6.1
    assert min(seats) > 25, seats
    assert min(sides) > 25, sides


def test_a_tie_is_settled_by_the_draw_for_the_seat_wherever_it_stands() -> None:
    for seed in range(20):
        assert tie_winner(seed, (0, 1, 2, 3)) == tie_winner(seed, (3, 2, 1, 0)) == tie_winner(seed, (2, 0, 3, 1))


def test_loose_coins_follow_the_same_rule() -> None:
    stage = Stage([(200, 200), (235, 200)])
    row = stage.world.base_items
    stage.item(row, ItemKind.COIN, 218, 200)
    assert events(stage.step()) == [picked(1, row, ItemKind.COIN)]
    assert stage.world.items.x[0, row] == SUB * 218, "a free row keeps its place: one cell less on the wire"
