from hypothesis import given
from hypothesis import strategies as st

from tickroom.simulations.bots.floor_plan import FloorPlan

ROOMS = (
    "#########",
    "#...#...#",
    "#.#.#.#.#",
    "#.#...#.#",
    "#########",
)
PLAN = FloorPlan(ROOMS, 1536)


def test_points_belong_to_tiles_and_tiles_have_a_middle() -> None:
    assert PLAN.tile_at(1535, 1536) == (0, 1)
    assert PLAN.centre((1, 2)) == (1536 + 768, 2 * 1536 + 768)
    assert PLAN.tile_at(*PLAN.centre((7, 3))) == (7, 3)


def test_the_way_leads_round_the_walls() -> None:
    path = PLAN.ways_from((1, 3)).path((7, 3))
    assert path == [
        (1, 2), (1, 1), (2, 1), (3, 1), (3, 2), (3, 3), (4, 3), (5, 3), (5, 2), (5, 1), (6, 1), (7, 1), (7, 2), (7, 3)
    ]  # fmt: skip


def test_no_way_into_a_wall_nor_to_where_one_stands() -> None:
    ways = PLAN.ways_from((1, 1))
    assert ways.path((2, 2)) == []
    assert ways.path((100, 100)) == []
    assert ways.path((1, 1)) == []


def test_the_open_is_a_rectangle_without_walls() -> None:
    assert PLAN.is_open((1, 1), (3, 1))
    assert PLAN.is_open((3, 1), (1, 1))
    assert not PLAN.is_open((1, 1), (3, 3))
    assert not PLAN.is_open((3, 1), (5, 1))


@given(rows=st.lists(st.text(alphabet="#..", min_size=8, max_size=8), min_size=3, max_size=8), pick=st.randoms())
def test_every_way_is_walkable_and_none_is_shorter(rows: list[str], pick: object) -> None:
    plan = FloorPlan(rows, 10)
    floor = [(x, y) for y, row in enumerate(rows) for x, mark in enumerate(row) if mark == "."]
    if not floor:
        return
    start = pick.choice(floor)  # type: ignore[attr-defined]
    ways = plan.ways_from(start)
    for goal, steps in ways.steps.items():
        path = ways.path(goal)
        assert len(path) == steps
        for before, after in zip([start, *path], path, strict=False):
            assert plan.is_floor(after)
            assert abs(before[0] - after[0]) + abs(before[1] - after[1]) == 1
        # Breadth-first: no neighbour is nearer by more than one step, so no way can be shorter.
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            neighbour = goal[0] + dx, goal[1] + dy
            if plan.is_floor(neighbour):
                assert abs(ways.steps[neighbour] - steps) <= 1
