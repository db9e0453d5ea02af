"""Two people play in a browser while the node that has their session is killed, and while all nodes are exchanged.

survival.mjs tells it, on ``tickroom serve --workers 2`` with its own Redis. ``pytest -s`` prints how long the pages
were without a game; reports/browser/survival.json keeps it. The goals are judged with ``-m benchmark``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import pytest

from tests.browser.conftest import Tell

PLAYING_AGAIN_MS = 3000
MOVE_PAUSE_MS = 500
SHOWN_AFTER_MS = 400  # the page says nothing of what is over by then
WORDS = {
    "Connection lost. Your seat is kept.",
    "The server is busy. Your seat is kept.",
    "The server is restarting. Your seat is kept.",
}
SCREENSHOTS = ["reconnecting", "after-takeover", "after-move"]


class Self(TypedDict):
    """Who somebody is, and who else is there."""

    code: str
    seat: int
    player: int
    host: str
    names: list[str]


class Told(TypedDict):
    """What one page noted. Lists of pairs have one for each drop: of the last state before it, and the first after it.

    ``backMs``: from the kill, or the signal, to the first state after the last drop. ``pausesMs``: between the two.
    """

    words: list[str]
    screens: list[str]
    states: list[str]
    endings: int
    sameSeats: list[bool]
    awayMs: list[int]
    rounds: list[tuple[int, int]]
    ticks: list[tuple[int, int]]
    scores: list[tuple[list[int], list[int]]]
    backMs: int
    pausesMs: list[int]


class Killed(TypedDict):
    """``ports``: of the node that has the session, before and after."""

    told: list[Told]
    ports: list[int]


class Rolled(Killed):
    """``tookMs``: until no worker of before was left."""

    tookMs: int


class Seen(TypedDict):
    """What survival.mjs prints; lists are of Ann and Cleo, lines of chat are author and words."""

    code: str
    points: int
    before: list[Self]
    after: list[Self]
    afterRoll: list[Self]
    linesBefore: list[list[list[str]]]
    linesAfter: list[list[list[str]]]
    linesSaid: list[list[list[str]]]
    linesAfterRoll: list[list[list[str]]]
    moved: list[int]
    movedAfterRoll: list[int]
    killed: Killed
    rolled: Rolled
    faults: list[str]
    foreign: list[str]


@pytest.fixture(scope="module")
def seen(tell: Tell, reports: Path) -> Seen:
    answer: Seen = json.loads(tell("survival", timeout_s=150))
    figures = {
        "play again after kill -9, ms": [told["backMs"] for told in answer["killed"]["told"]],
        "pauses while all workers are exchanged, ms": [told["pausesMs"] for told in answer["rolled"]["told"]],
        "exchange of all workers, ms": answer["rolled"]["tookMs"],
    }
    (reports / "survival.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    for name, value in figures.items():
        print(f"\n{name}: {value}", end="")
    return answer


pytestmark = [pytest.mark.browser, pytest.mark.slow]


def assert_goes_on(told: Told) -> None:
    """The same game, each in the own seat; and no page said that it was over."""
    assert set(told["screens"]) == {"game"}
    assert told["endings"] == 0
    assert all(told["sameSeats"])
    assert all(after == before for before, after in told["rounds"])
    assert all(after > before for before, after in told["ticks"])
    for before, after in told["scores"]:
        assert all(now >= then for then, now in zip(before, after, strict=True)), (before, after)


@pytest.mark.parametrize("person", [0, 1])
def test_a_kill_is_a_short_reconnecting_and_then_the_same_game(seen: Seen, person: int) -> None:
    told = seen["killed"]["told"][person]
    assert_goes_on(told)
    assert set(told["states"]) == {"reconnecting", "live"}
    assert told["words"]
    assert set(told["words"]) <= WORDS
    assert 0 < told["backMs"] < 2 * PLAYING_AGAIN_MS


def test_another_node_has_the_session_then(seen: Seen) -> None:
    for before, after in (seen["killed"]["ports"], seen["rolled"]["ports"]):
        assert before != after


def test_everybody_is_who_they_were_and_in_their_seat(seen: Seen) -> None:
    assert [(one["code"], one["seat"], one["player"]) for one in seen["before"]] == [
        (seen["code"], one["seat"], one["player"]) for one in seen["after"]
    ]
    assert len({one["player"] for one in seen["before"]}) == 2
    for before, after, last in zip(seen["before"], seen["after"], seen["afterRoll"], strict=True):
        assert before == after == last
        assert len(before["names"]) == 4  # the bots as well


def test_a_score_survives_for_there_is_one(seen: Seen) -> None:
    assert seen["points"] > 0
    (before, _) = seen["killed"]["told"][0]["scores"][0]
    assert max(before) >= seen["points"]


def test_chat_has_its_lines_and_takes_new_ones(seen: Seen) -> None:
    for page, author in enumerate(["You", "Ann"]):
        first, second = [author, "Hold on to your hats"], [author, "Still here"]
        assert seen["linesBefore"][page] == seen["linesAfter"][page] == [first]
        assert seen["linesSaid"][page] == seen["linesAfterRoll"][page] == [first, second]


def test_keys_and_thumb_move_the_players_again(seen: Seen) -> None:
    assert min(seen["moved"] + seen["movedAfterRoll"]) >= 40


@pytest.mark.parametrize("person", [0, 1])
def test_an_exchange_of_all_workers_is_hardly_seen(seen: Seen, person: int) -> None:
    told = seen["rolled"]["told"][person]
    assert_goes_on(told)
    assert told["pausesMs"]
    assert max(told["pausesMs"]) < 4 * MOVE_PAUSE_MS
    assert not told["words"] or max(told["awayMs"]) >= SHOWN_AFTER_MS
    assert set(told["words"]) <= WORDS


def test_nothing_else_went_wrong_on_the_pages(seen: Seen) -> None:
    assert seen["faults"] == []
    assert seen["foreign"] == []


def test_there_are_pictures(seen: Seen, reports: Path) -> None:
    for device in ("desktop", "phone"):
        for name in SCREENSHOTS:
            assert (reports / f"{device}-{name}.png").stat().st_size > 10_000


@pytest.mark.benchmark
def test_the_pages_play_again_in_time(seen: Seen) -> None:
    for told in seen["killed"]["told"]:
        assert told["backMs"] < PLAYING_AGAIN_MS
    for told in seen["rolled"]["told"]:
        assert max(told["pausesMs"]) < MOVE_PAUSE_MS
