"""Two desktops and a phone play a whole round on the page, against bots; round.mjs tells it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import pytest

from tests.browser.conftest import Tell

PEOPLE = ["Ada", "Ann", "Ben", "Bo", "Cleo"]  # Ada and Bo are bots
SCREENS = {
    "desktop": ["start", "lobby", "game", "results", "watching"],
    "phone": ["start", "lobby", "game", "results", "no-such-session"],
}


class Watching(TypedDict):
    """Who looks on: the own seat, and how many are seen playing."""

    seat: int
    players: int


class Seen(TypedDict):
    """What round.mjs prints; distances in units. Lists are of Ann, Ben, Cleo in this order, or of Ann and Cleo."""

    code: str
    address: str
    copied: str
    codes: list[str]
    seats: list[int]
    host: str
    names: list[str]
    desktopMoved: int
    phoneMoved: int
    points: list[int]
    gone: list[list[int]]
    rankings: list[list[list[str]]]
    headlines: list[str]
    firstRound: int
    secondRounds: list[int]
    left: bool
    watching: Watching
    faults: list[str]
    foreign: list[str]


@pytest.fixture(scope="module")
def seen(tell: Tell) -> Seen:
    answer: Seen = json.loads(tell("round", timeout_s=115))
    return answer


pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_all_are_in_one_session_and_know_each_other(seen: Seen) -> None:
    assert seen["codes"] == [seen["code"]] * 3
    assert seen["seats"] == [0, 1, 2]
    assert seen["host"] == "Ann"
    assert seen["names"] == PEOPLE


def test_the_link_that_is_copied_is_the_sessions(seen: Seen) -> None:
    assert seen["address"].endswith(f"#{seen['code']}")
    assert seen["copied"] == seen["address"]


def test_each_sees_the_other_move(seen: Seen) -> None:
    assert seen["desktopMoved"] >= 40
    assert seen["phoneMoved"] >= 40


def test_both_pick_items_that_are_gone_for_everybody(seen: Seen) -> None:
    desktop, phone = seen["points"]
    assert desktop > 0
    assert phone > 0
    on_desktop, on_phone = seen["gone"]
    assert set(on_desktop) & set(on_phone)


def test_all_see_the_same_results(seen: Seen) -> None:
    ranking = seen["rankings"][0]
    assert seen["rankings"] == [ranking] * 3
    assert sorted(name for _, name, _ in ranking) == PEOPLE
    points = [int(points) for _, _, points in ranking]
    assert points == sorted(points, reverse=True)
    assert points[0] > 0
    winners = [name for place, name, _ in ranking if place == "1st"]
    if len(winners) == 1 and winners[0] in ("Ada", "Bo"):
        assert seen["headlines"] == [f"{winners[0]} won"] * 3


def test_the_next_round_starts_when_all_are_ready(seen: Seen) -> None:
    (second,) = set(seen["secondRounds"])
    assert second > seen["firstRound"]


def test_leaving_watching_and_an_unknown_code(seen: Seen) -> None:
    assert seen["left"] is True
    assert seen["watching"] == {"seat": -1, "players": 3}


def test_every_screen_has_its_picture(seen: Seen, reports: Path) -> None:
    for device, screens in SCREENS.items():
        for screen in screens:
            assert (reports / f"{device}-{screen}.png").stat().st_size > 10_000


def test_no_errors_and_nothing_from_elsewhere(seen: Seen) -> None:
    assert seen["faults"] == []
    assert seen["foreign"] == []
