"""Where items lie, what they are, when they come back; seats, rounds and rankings."""

from __future__ import annotations

import numpy as np
import pytest

from tickroom.game.arena.items import kinds_of
from tickroom.game.arena.schema import ItemKind
from tickroom.game.arena.units import KEEP_AWAY, SUB, TILE
from tickroom.game.arena.world import ArenaWorld, item_rows, loose_rows
from tickroom.game.interface import Rank
from tickroom.protocol.tables import PublicTables

from .stage import ARENA, Stage, events


def opened(seats: int, *, seed: int = 1, map_number: int = 0, items: int = 0) -> ArenaWorld:
    tables = PublicTables(ARENA.schema.layout(seats, ARENA.table_rows(seats)), 1)
    world = ARENA.allocate(tables, seats, 30)
    ARENA.open(world, 0, seed, {"map": map_number, "items": items})
    return world


@pytest.mark.parametrize("map_number", range(3))
@pytest.mark.parametrize("seats", [1, 4, 64])
def test_items_lie_on_floor_clear_of_walls_each_on_its_own_tile(map_number: int, seats: int) -> None:
    world = opened(seats, map_number=map_number)
    count = item_rows(seats)
    x, y = world.items.x[0, :count], world.items.y[0, :count]
    walls = ARENA.maps[map_number].walls
    assert not walls[y // TILE, x // TILE].any()
    assert len({(int(a), int(b)) for a, b in zip(x // TILE, y // TILE, strict=True)}) == count
    for place in (x % TILE, y % TILE):
        assert place.min() >= 8 * SUB
        assert place.max() <= TILE - 8 * SUB
    assert not world.items.kind[0, count:].any()


@pytest.mark.parametrize(
    ("seats", "wanted", "effective"), [(4, 0, 32), (4, 5, 5), (4, 33, 32), (64, 0, 200), (1, 200, 14)]
)
def test_how_many_items(seats: int, wanted: int, effective: int) -> None:
    assert ARENA.effective_settings({"map": 1, "items": wanted}, seats) == {"map": 1, "items": effective}
    assert np.count_nonzero(opened(seats, items=wanted).items.kind[0]) == effective
    assert ARENA.table_rows(seats) == (seats, item_rows(seats) + loose_rows(seats))


def test_kinds_by_weight() -> None:
    counts = np.bincount(kinds_of(np.arange(100)), minlength=6)
    assert counts.tolist() == [0, 80, 4, 6, 5, 5]


def test_a_picked_item_comes_back_elsewhere_after_three_to_eight_seconds() -> None:
    delays = []
    for seed in range(80):
        stage = Stage([(200, 200)], seed=seed)
        stage.arena.start_round(stage.world, 0, stage.tick)
        delays.append(int(stage.world.absence[0, 0]))
        stage.clear_items()
        stage.item(0, ItemKind.COIN, 200, 200)
        stage.world.absence[0, 0] = delays[-1]
        stage.place(0, 200, 200)
        assert len(events(stage.step())) == 1
        stage.place(0, 300, 300)
        for _ in range(delays[-1] - 1):
            stage.step()
            assert stage.kind(0) == ItemKind.NONE
        stage.step()
        assert stage.kind(0) != ItemKind.NONE
        x, y = int(stage.world.items.x[0, 0]), int(stage.world.items.y[0, 0])
        assert (x - 300 * SUB) ** 2 + (y - 300 * SUB) ** 2 >= KEEP_AWAY**2
    assert min(delays) >= 90
    assert max(delays) <= 240
    assert len(set(delays)) > 40


def test_one_item_a_tick_comes_back_the_lowest_row_first() -> None:
    stage = Stage([(200, 200)])
    stage.world.due[0, [4, 2, 9]] = stage.tick + 3
    stage.world.wake[0] = stage.tick + 3
    seen = []
    for _ in range(6):
        stage.step()
        seen.append([row for row in (2, 4, 9) if stage.kind(row)])
    assert seen == [[], [], [2], [2, 4], [2, 4, 9], [2, 4, 9]]


def test_places_and_kinds_differ_from_return_to_return() -> None:
    seen = set()
    stage = Stage([(200, 200)])
    for _ in range(20):
        stage.world.due[0, 0] = stage.world.wake[0] = stage.tick + 1
        stage.step()
        seen.add((int(stage.world.items.x[0, 0]), int(stage.world.items.y[0, 0])))
    assert len(seen) > 15


@pytest.mark.parametrize("seats", [1, 4, 64])
def test_players_start_on_start_tiles_and_apart(seats: int) -> None:
    for map_number, tile_map in enumerate(ARENA.maps):
        world = opened(seats, map_number=map_number)
        for seat in range(seats):
            ARENA.seat(world, 0, seat, 7)
        starts = {tuple(tile) for tile in tile_map.start_tiles.tolist()}
        tiles = list(zip((world.players.x[0] // TILE).tolist(), (world.players.y[0] // TILE).tolist(), strict=True))
        assert set(tiles) <= starts
        if seats == 4:
            assert len(set(tiles)) == 4


def test_leaving_leaves_zeros() -> None:
    stage = Stage([(200, 200), (300, 300)])
    stage.item(0, ItemKind.GEM, 200, 200)
    stage.hold(0, 1, 1, 1)
    stage.step()
    stage.arena.unseat(stage.world, 0, 0)
    first, rows, width = stage.tables.layout.span("players")
    block = stage.tables.cells[0, first : first + rows * width].reshape(rows, width)
    assert not block[0].any()
    assert block[1].any()


def test_a_new_round_starts_from_nothing() -> None:
    stage = Stage([(200, 200), (236, 200)])
    for row, kind in enumerate((ItemKind.BOOTS, ItemKind.MAGNET, ItemKind.SHIELD, ItemKind.GEM)):
        stage.item(row, kind, 200, 200)
    stage.hold(0, 127, 0, 1)
    stage.run(3)
    stage.arena.start_round(stage.world, 0, stage.tick)
    first, rows, width = stage.tables.layout.span("players")
    block = stage.tables.cells[0, first : first + rows * width].reshape(rows, width)
    assert not block[:, 2:].any(), "no score, no dash, no powers"
    assert (block[:, :2] > 0).all()
    assert np.count_nonzero(stage.world.items.kind[0]) == stage.world.item_count[0]


def test_ranking_shares_places() -> None:
    stage = Stage([(200, 200)] * 6)
    stage.world.players.score[0] = [10, 50, 50, 0, 10, 70]
    assert stage.arena.ranking(stage.world, 0, [0, 1, 2, 4, 5]) == [
        Rank(5, 1, 70), Rank(1, 2, 50), Rank(2, 2, 50), Rank(0, 4, 10), Rank(4, 4, 10),
    ]  # fmt: skip
    assert stage.arena.ranking(stage.world, 0, []) == []
