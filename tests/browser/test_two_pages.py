"""The page in a real headless Chromium: two people meet in a session. The story is told by two_pages.mjs."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.server.process import tickroom_process

STORY = Path(__file__).with_name("two_pages.mjs")


@pytest.fixture(scope="module")
def seen(repository: Path, with_node: str, chromium_path: str) -> dict[str, object]:
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
    answer: dict[str, object] = json.loads(story.stdout)
    return answer


pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_both_are_in_one_session_with_their_names(seen: dict[str, object]) -> None:
    assert seen["codes"] == [seen["code"], seen["code"]]
    assert seen["names"] == [["Ann", "Ben"], ["Ann", "Ben"]]
    assert seen["seats"] == [0, 1]
    assert str(seen["address"]).endswith(f"#{seen['code']}")


def test_each_sees_the_other_move(seen: dict[str, object]) -> None:
    assert isinstance(seen["desktopMoved"], int)
    assert isinstance(seen["phoneMoved"], int)
    assert seen["desktopMoved"] >= 40
    assert seen["phoneMoved"] >= 40


def test_an_item_that_one_picks_is_gone_for_both(seen: dict[str, object]) -> None:
    assert seen["points"] in range(10, 200, 10)
    desktop, phone = seen["gone"]  # type: ignore[misc]
    assert set(desktop) & set(phone)
    assert isinstance(seen["scoreOnPhone"], int)
    assert seen["scoreOnPhone"] >= seen["points"]  # the desktop may have run into one more since


def test_a_page_loaded_anew_has_its_seat_again(seen: dict[str, object]) -> None:
    assert seen["resumed"] is True


def test_leaving_and_an_unknown_code(seen: dict[str, object]) -> None:
    assert seen["left"] is True
    assert seen["refused"] is True


def test_no_errors_and_nothing_from_elsewhere(seen: dict[str, object]) -> None:
    assert seen["faults"] == []
    assert seen["foreign"] == []
