"""Maps: the three that come with the arena, and what the reader refuses, with line and column."""

from __future__ import annotations

import pytest

from tickroom.game.arena.game import ARENA
from tickroom.game.maps import MapError, read_map

GOOD = "#####\n#S..#\n#.#.#\n#####\n"


def test_the_arenas_maps() -> None:
    sizes = {each.name: (each.width, each.height) for each in ARENA.maps}
    assert sizes == {"plaza": (24, 16), "corridors": (32, 20), "islands": (48, 32)}
    for each in ARENA.maps:
        turned = tuple(row[::-1] for row in each.rows[::-1])
        assert turned == each.rows, "every corner is as good as the one across"


def test_assets_are_the_maps() -> None:
    maps = ARENA.assets()["maps"]
    assert isinstance(maps, list)
    assert [each["name"] for each in maps] == ["plaza", "corridors", "islands"]
    assert {each["tile"] for each in maps} == {32}
    assert all(len(each["rows"]) == each["height"] and len(each["rows"][0]) == each["width"] for each in maps)


def test_a_good_map() -> None:
    each = read_map("good", GOOD, least_floor=5, least_starts=1)
    assert (each.width, each.height) == (5, 4)
    assert each.floor_tiles.tolist() == [[1, 1], [2, 1], [3, 1], [1, 2], [3, 2]]
    assert each.start_tiles.tolist() == [[1, 1]]
    assert each.walls.sum() == 15
    with pytest.raises(ValueError, match="read-only"):
        each.walls[0, 0] = False
    assert read_map("windows", GOOD.replace("\n", "\r\n")).rows == each.rows


@pytest.mark.parametrize(
    ("text", "line", "column", "fault"),
    [
        ("", 1, 1, "at least three"),
        ("###\n#.#", 1, 1, "at least three"),
        ("#####\n#.x.#\n#####", 2, 3, "'x' is none of"),
        ("#####\n#. .#\n#####", 2, 3, "' ' is none of"),
        ("#####\n#..#\n#####", 2, 5, "4 tiles wide, but the first line has 5"),
        ("#####\n#...##\n#####", 2, 6, "6 tiles wide"),
        ("#####\n\n#####", 2, 1, "0 tiles wide"),
        ("##.##\n#...#\n#####", 1, 3, "border"),
        ("#####\n....#\n#####", 2, 1, "border"),
        ("#####\n#...S\n#####", 2, 5, "border"),
        ("#####\n#...#\n###.#", 3, 4, "border"),
        ("#####\n#.#.#\n#####", 2, 4, "cannot be reached"),
        ("####\n#.##\n##.#\n####", 3, 3, "cannot be reached"),
        ("###\n###\n###", 1, 1, "no floor"),
    ],
)
def test_faults_are_found_with_their_place(text: str, line: int, column: int, fault: str) -> None:
    with pytest.raises(MapError, match=fault) as found:
        read_map("bad", text)
    assert (found.value.line, found.value.column) == (line, column)
    assert f"map 'bad', line {line}, column {column}:" in str(found.value)


def test_too_little_floor_or_too_few_starts() -> None:
    with pytest.raises(MapError, match="5 floor tiles; at least 6"):
        read_map("small", GOOD, least_floor=6)
    with pytest.raises(MapError, match="1 start tiles; at least 2"):
        read_map("small", GOOD, least_starts=2)
