"""Dashes that hit: coins fall out, shields absorb, both ways, everybody once."""

from __future__ import annotations

import numpy as np
import pytest

from tickroom.game.arena.schema import EventKind, ItemKind
from tickroom.game.arena.sight import clear_sight
from tickroom.game.arena.units import SUB, TILE
from tickroom.game.arena.world import loose_rows
from tickroom.protocol.session_tables import Status

from .stage import ARENA, Stage, arena_of, events


def bumped(attacker: int, victim: int, coins: int) -> tuple[int, ...]:
    return (EventKind.BUMPED, attacker, victim, coins, 0)


def loose(stage: Stage) -> list[int]:
    base = stage.world.base_items
    return [base + int(row) for row in np.flatnonzero(stage.world.items.kind[0, base:])]


def clash(*, score: int = 100, **settings: int) -> Stage:
    """Seat 0 dashes to the right into seat 1."""
    stage = Stage([(200, 200), (236, 200)], **settings)  # type: ignore[arg-type]
    stage.world.players.score[0, 1] = score
    stage.hold(0, 127, 0, 1)
    return stage


@pytest.mark.parametrize(("score", "coins"), [(100, 3), (30, 3), (29, 2), (10, 1), (9, 0), (0, 0)])
def test_a_dash_knocks_coins_loose_but_never_more_than_there_are(score: int, coins: int) -> None:
    stage = clash(score=score)
    assert events(stage.step()) == [bumped(0, 1, coins)]
    assert stage.score(1) == score - 10 * coins
    assert len(loose(stage)) == coins
    assert stage.score(0) == 0


def test_touching_without_a_dash_does_nothing() -> None:
    stage = clash()
    stage.hold(0, 127, 0)
    assert not [event for result in stage.run(20) for event in events(result)]


def test_one_dash_hits_one_player_once_and_the_next_dash_again() -> None:
    stage = clash()
    stage.hold(0, 1, 0, 1)
    hits = []
    for _ in range(70):
        stage.place(0, 220, 200)
        hits += [(stage.tick + 1, event) for event in events(stage.step()) if event[0] == EventKind.BUMPED]
    assert [event for _, event in hits] == [bumped(0, 1, 3), bumped(0, 1, 3)]
    assert hits[1][0] - hits[0][0] == 60


def test_the_last_tick_of_a_dash_hits_and_the_one_after_does_not() -> None:
    for late, found in ((5, 1), (6, 0)):
        stage = Stage([(100, 300), (300, 100)])
        stage.hold(0, 0, 1, 1)
        stage.run(late)
        stage.place(1, *(value // SUB for value in stage.at(0)))
        stage.hold(0, 0, 0)
        assert len(events(stage.step())) == found


def test_nobody_is_hit_outside_a_round_or_in_an_empty_seat() -> None:
    for status in (Status.WAITING, Status.FINISHED):
        stage = clash()
        stage.status = status
        assert not events(stage.step())
    stage = clash()
    stage.seated[0, 1] = False
    assert not events(stage.step())


def test_a_shield_absorbs_one_hit_and_is_gone() -> None:
    stage = clash()
    stage.world.players.shield_until[0, 1] = stage.tick + 1
    assert events(stage.step()) == [bumped(0, 1, 0)]
    assert stage.score(1) == 100
    assert stage.world.players.shield_until[0, 1] < stage.tick
    stage = clash()
    stage.world.players.shield_until[0, 1] = stage.tick
    assert events(stage.step()) == [bumped(0, 1, 3)], "it ran out the tick before"


def test_two_dashes_into_each_other_hit_both_ways() -> None:
    stage = clash(score=50)
    stage.world.players.score[0, 0] = 20
    stage.hold(1, -127, 0, 1)
    assert sorted(events(stage.step())) == [bumped(0, 1, 3), bumped(1, 0, 2)]
    assert (stage.score(0), stage.score(1)) == (0, 20)


def test_several_attackers_take_turns_by_distance() -> None:
    stage = Stage([(200, 200), (200, 224), (214, 200), (100, 100)])
    stage.world.players.score[0, 0] = 50
    for seat in (1, 2):
        stage.hold(seat, 0, 1, 1)
        stage.world.players.dash_until[0, seat] = stage.tick + 5  # running already, with no direction: they stay
        stage.world.players.dash_ready[0, seat] = stage.tick + 50
    assert events(stage.step()) == [bumped(2, 0, 3), bumped(1, 0, 2)]
    assert stage.score(0) == 0


def test_the_nearer_attacker_meets_the_shield() -> None:
    stage = Stage([(200, 200), (200, 224), (214, 200)])
    stage.world.players.score[0, 0] = 50
    stage.world.players.shield_until[0, 0] = stage.tick + 5
    stage.world.players.dash_until[0, 1:] = stage.tick + 5
    assert events(stage.step()) == [bumped(2, 0, 0), bumped(1, 0, 3)]


def test_equally_near_attackers_are_ordered_by_a_draw_that_favours_no_seat() -> None:
    first = [0, 0]
    for seed in range(200):
        stage = Stage([(186, 200), (214, 200), (200, 200)], seed=seed)
        stage.world.players.score[0, 2] = 30
        stage.world.players.dash_until[0, :2] = stage.tick + 5
        happened = events(stage.step())
        assert [event[3] for event in happened] == [3, 0]
        first[happened[0][1]] += 1
    assert min(first) > 70, first  # 100 expected, standard deviation 7


def test_loose_coins_lie_on_floor_in_sight_in_a_ring_around_the_victim() -> None:
    maze = arena_of("########\n#S.#...#\n#.###.##\n#.....##\n###.####\n#......#\n########")
    found = 0
    for seed in range(60):
        stage = Stage([(3 * 32 - 20, 3 * 32 + 16), (3 * 32 + 16, 3 * 32 + 16)], arena=maze, seed=seed)
        stage.world.players.score[0, 1] = 100
        stage.hold(0, 127, 0, 1)
        stage.step()
        rows = loose(stage)
        assert len(rows) == 3
        x, y = stage.world.items.x[0, rows], stage.world.items.y[0, rows]
        here = np.full(3, stage.at(1)[0], np.int32), np.full(3, stage.at(1)[1], np.int32)
        assert clear_sight(maze.terrain, np.zeros(3, np.int32), *here, x, y).all()
        assert ((x % TILE >= 8 * SUB) & (x % TILE <= TILE - 8 * SUB)).all(), "no coin overlaps a wall"
        assert ((y % TILE >= 8 * SUB) & (y % TILE <= TILE - 8 * SUB)).all()
        square = (x - here[0]).astype(int) ** 2 + (y - here[1]).astype(int) ** 2
        assert (square <= (68 * SUB) ** 2).all(), "56 units, and up to 8 along each axis to be clear of walls"
        found += int((square > 0).sum())
    assert found > 100, "most find a place; the others lie where the victim stands"


def test_loose_coins_ripen_after_half_a_second_and_vanish_after_ten() -> None:
    stage = clash()
    stage.step()
    born = stage.tick
    row = loose(stage)[0]
    stage.hold(0, 0, 0)
    stage.world.players.dash_until[0, 0] = 0
    where = int(stage.world.items.x[0, row]) // SUB, int(stage.world.items.y[0, row]) // SUB
    for seat in (0, 1):
        stage.place(seat, 500, 400)
    stage.place(0, *where)
    assert stage.step((0, row)).outcomes == ["no_such_item"], "not ripe: not there yet"
    while stage.tick < born + 14:
        assert not events(stage.step())
    assert (EventKind.PICKED, 0, row, ItemKind.COIN, 10) in events(stage.step())
    stage.place(0, 500, 400)
    rest = loose(stage)
    while stage.tick < born + 299:
        stage.step()
    assert loose(stage) == rest
    stage.step()
    assert loose(stage) == []


def test_coins_that_find_no_row_are_lost() -> None:
    stage = clash()
    for row in range(loose_rows(2) - 1):
        stage.item(stage.world.base_items + row, ItemKind.COIN, 600, 400)
    before = len(loose(stage))
    assert events(stage.step()) == [bumped(0, 1, 3)]
    assert stage.score(1) == 70
    assert len(loose(stage)) - before == 1


def test_a_newcomer_in_a_seat_that_was_hit_can_be_hit() -> None:
    stage = clash()
    stage.hold(0, 1, 0, 1)
    stage.step()
    stage.arena.unseat(stage.world, 0, 1)
    stage.arena.seat(stage.world, 0, 1, stage.tick)
    stage.place(1, 220, 200)
    assert events(stage.step()) == [bumped(0, 1, 0)]


def test_seat_63_can_be_hit_and_hit_once() -> None:
    stage = Stage([(200, 200)] * 64)
    stage.world.players.dash_until[0, 0] = stage.tick + 5
    assert sorted(event[2] for event in events(stage.step())) == list(range(1, 64))
    assert not events(stage.step())
    assert ARENA.schema.game == "arena"
