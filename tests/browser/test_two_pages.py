"""The page in a real headless Chromium: two people meet in a session. The story is told by two_pages.mjs."""

import json
import subprocess
from pathlib import Path
from typing import TypedDict

import pytest

from tests.server.process import tickroom_process


class Seen(TypedDict):
    """What two_pages.mjs prints; distances in units."""

    code: str
    address: str
    codes: list[str]
    names: list[list[str]]
    seats: list[int]
    desktopMoved: int
    phoneMoved: int
    points: int
    gone: list[list[int]]
    scoreOnPhone: int
    reloaded: bool
    states: list[str]
    reconnected: bool
    left: bool
    refused: bool
    faults: list[str]
    foreign: list[str]


STORY = Path(__file__).with_name("two_pages.mjs")


@pytest.fixture(scope="module")
def seen(repository: Path, with_node: str, chromium_path: str) -> Seen:
    """What the two pages saw. Screenshots are left in reports/browser."""
    assert (repository / "server" / "shell" / "page" / "index.html").exists(), "the page is not built: make setup"
    folder = repository / "reports" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    with tickroom_process("serve") as server:
        story = subprocess.run(
            [with_node, "node", STORY, server.url, chromium_path, folder],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
    assert story.returncode == 0, story.stderr
    answer: Seen = json.loads(story.stdout)
    return answer


pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_both_are_in_one_session_with_their_names(seen: Seen) -> None:
    assert seen["codes"] == [seen["code"], seen["code"]]
    assert seen["names"] == [["Ann", "Ben"], ["Ann", "Ben"]]
    assert seen["seats"] == [0, 1]
    assert seen["address"].endswith(f"#{seen['code']}")


def test_each_sees_the_other_move(seen: Seen) -> None:
    assert seen["desktopMoved"] >= 40
    assert seen["phoneMoved"] >= 40


def test_an_item_that_one_picks_is_gone_for_both(seen: Seen) -> None:
    assert seen["points"] in range(10, 200, 10)
    desktop, phone = seen["gone"]
    assert set(desktop) & set(phone)
    assert seen["scoreOnPhone"] >= seen["points"]  # the desktop may have run into one more since


def test_a_page_has_its_seat_again_after_a_reload_and_after_a_drop(seen: Seen) -> None:
    assert seen["reloaded"] is True
    assert seen["states"] == ["reconnecting", "live"]
    assert seen["reconnected"] is True


def test_leaving_and_an_unknown_code(seen: Seen) -> None:
    assert seen["left"] is True
    assert seen["refused"] is True


def test_no_errors_and_nothing_from_elsewhere(seen: Seen) -> None:
    assert seen["faults"] == []
    assert seen["foreign"] == []
