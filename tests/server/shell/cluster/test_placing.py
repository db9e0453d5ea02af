"""On which node a new session is made."""

from __future__ import annotations

import random

import msgspec
import pytest

from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.cluster.interface import NodeEntry, NodeLoad, NodeView
from tickroom.server.shell.cluster.placing import ASKED_MOST, headroom, placed_before

TOY = SessionSettings(game="toy", seats=4)


def view(name: str, *games: str, **load: int) -> NodeView:
    entry = NodeEntry(name, name, "", "0", 1, dict.fromkeys(games or ("toy",), 1))
    return NodeView(entry, msgspec.structs.replace(NodeLoad(seats_left=1000), **load))


def before_own(*others: NodeView, own: NodeView | None = None) -> list[str]:
    nodes = [own or view("own"), *others]
    return placed_before(nodes, "own", TOY, random.Random(1))


def test_this_node_makes_it_when_it_has_about_as_much_room_as_any() -> None:
    assert before_own() == []
    assert before_own(view("other")) == []
    assert before_own(view("other"), own=view("own", cpu_permille=140)) == []


@pytest.mark.parametrize(
    "busy",
    [
        {"cpu_permille": 160},
        {"tick_lateness_p99_us": 4000},
        {"seats_left": 100, "players": 900},
        {"seats_left": 3},
        {"is_draining": True},
    ],
)
def test_a_node_with_clearly_more_room_makes_it(busy: dict[str, int]) -> None:
    assert before_own(view("other"), own=view("own", **busy)) == ["other"]
    assert before_own(view("other", **busy)) == []


def test_the_count_of_sessions_says_nothing() -> None:
    assert before_own(view("other"), own=view("own", sessions=500)) == []


def test_those_with_most_room_are_asked_in_no_order_and_not_all() -> None:
    others = [view(name) for name in "abcdef"]
    nodes = [view("own", cpu_permille=900), view("busy", cpu_permille=800), *others]
    chance = random.Random(1)
    asked = [placed_before(nodes, "own", TOY, chance) for _ in range(200)]
    assert {len(names) for names in asked} == {ASKED_MOST}
    assert {names[0] for names in asked} == set("abcdef"), "not all of a moment's sessions on one node"


def test_only_nodes_that_have_the_game_are_asked() -> None:
    busy = view("own", cpu_permille=900)
    assert before_own(view("other", "arena"), own=busy) == []
    assert before_own(view("other", "arena", "toy"), own=busy) == ["other"]


def test_a_node_that_takes_none_has_no_headroom_at_all() -> None:
    assert headroom(NodeLoad(seats_left=3), 4) is None
    assert headroom(NodeLoad(seats_left=400, is_draining=True), 4) is None
    assert headroom(NodeLoad(seats_left=4), 4) == 1000
    overloaded = headroom(NodeLoad(seats_left=400, cpu_permille=1000, tick_lateness_p99_us=100_000), 4)
    assert overloaded is not None
    assert overloaded < 0
