"""The network is cut, the server dies, the laptop sleeps: what the page says, and how it comes back.

recovery.mjs tells it, with ``tickroom network`` between page and server. A thousand clients that come back at once are
in clients/web/tests.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TypedDict

import pytest

from tests.browser.conftest import Tell

LOST = "Connection lost. Your seat is kept."


class Interruption(TypedDict):
    """One of them. ``states``: the connection's, in order, each once in a row; ``quality``: what the indicator showed.

    ``backMs``: from the end of the cut, or of the sleep, to a new state. ``moved``: units that the player went then.
    """

    states: list[str]
    drops: int
    resumes: list[int]
    said: list[str]
    offers: list[str]
    quality: list[str]
    samePlayer: bool
    sameSeat: bool
    connection: str
    names: int
    backMs: int
    moved: int


class Restart(TypedDict):
    """What the page said while the server was gone, and when another stood in its place."""

    said: list[str]
    offers: list[str]
    card: str
    connection: str
    playsAgain: str


class Reload(TypedDict):
    """After the page was loaded anew."""

    samePlayer: bool
    sameSeat: bool
    names: int


@pytest.fixture(scope="module")
def play(tell: Tell) -> Callable[[str], str]:
    """Plays a scene once, and checks what holds for all of them; its JSON."""
    known: dict[str, str] = {}

    def scene(name: str) -> str:
        if name not in known:
            seen = json.loads(tell("recovery", {"scene": name}, timeout_s=115))
            assert seen.pop("faults") == []
            assert seen.pop("foreign") == []
            known[name] = json.dumps(seen)
        return known[name]

    return scene


Play = Callable[[str], str]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def assert_is_back(seen: Interruption) -> None:
    assert seen["connection"] == "live"
    assert (seen["samePlayer"], seen["sameSeat"]) == (True, True)
    assert seen["moved"] >= 40


def assert_says_what_lasts(seen: Interruption) -> None:
    """The page has words for an interruption of 400 ms and more. A machine that is busy may be a little late."""
    longest_ms = max(seen["resumes"], default=0)
    if not 350 < longest_ms < 700:
        assert seen["said"] == ([LOST] if longest_ms > 400 else [])


def test_a_second_without_network_is_sat_out(play: Play) -> None:
    scenes: dict[str, Interruption] = json.loads(play("short"))
    seen = scenes["1 s, silent"]
    assert_is_back(seen)
    assert seen["states"] == []  # the socket lives on, and all comes after
    assert "poor" in seen["quality"]
    assert seen["said"] == []


@pytest.mark.parametrize("name", ["1 s, refuse", "5 s, silent", "5 s, refuse"])
def test_the_seat_is_taken_up_again_after_a_cut(play: Play, name: str) -> None:
    scenes: dict[str, Interruption] = json.loads(play("short"))
    seen = scenes[name]
    assert_is_back(seen)
    assert seen["states"] in (["reconnecting", "live"], [] if "silent" in name else None)
    assert_says_what_lasts(seen)
    assert "lost" in seen["quality"]
    assert seen["drops"] == len(seen["resumes"]) == len(seen["states"]) // 2
    assert seen["backMs"] < 8000  # the cap of the waits between attempts, and an attempt


@pytest.mark.parametrize("name", ["kept", "kept, silent"])
def test_the_seat_is_taken_up_again_after_forty_seconds(play: Play, name: str) -> None:
    scenes: dict[str, Interruption] = json.loads(play("long"))
    seen = scenes[name]
    assert_is_back(seen)
    assert seen["said"] == [LOST]
    assert (seen["drops"], len(seen["resumes"])) == (1, 1)
    assert seen["backMs"] < 15_000  # the same, and an attempt that began during a silent cut has to time out


def test_who_was_away_for_longer_than_the_seat_is_kept_gets_another(play: Play) -> None:
    scenes: dict[str, Interruption] = json.loads(play("long"))
    seen = scenes["given up"]
    assert seen["connection"] == "live"
    assert seen["samePlayer"] is False
    assert seen["names"] == 2  # with the bot: the old self is gone
    assert seen["moved"] >= 40
    assert seen["said"][0] == LOST


@pytest.mark.parametrize(("way", "words"), [("kill", LOST), ("stop", "The server is restarting. Your seat is kept.")])
def test_after_a_restart_the_session_is_gone_and_the_page_says_so(play: Play, way: str, words: str) -> None:
    scenes: dict[str, Restart] = json.loads(play("restart"))
    seen = scenes[way]
    assert seen["said"][0] == words
    assert seen["offers"] == ["Try now"]
    assert "The session is gone" in seen["card"]
    assert "The server was restarted and knows it no more." in seen["card"]
    assert "To the start" in seen["card"]
    assert seen["connection"] == "closed"
    assert seen["playsAgain"] == "live"


@pytest.mark.parametrize("name", ["nap", "asleep", "dropped"])
def test_after_a_sleep_the_page_is_where_it_was(play: Play, name: str) -> None:
    scenes: dict[str, Interruption] = json.loads(play("sleep"))
    seen = scenes[name]
    assert_is_back(seen)
    assert seen["backMs"] < 8000
    if name == "dropped":
        assert seen["states"] == ["reconnecting", "live"]
        # Whoever is back within 400 ms of waking saw nothing of it, however long the sleep was.
        assert seen["said"] in ([LOST], [])


def test_a_page_that_is_loaded_anew_has_its_seat(play: Play) -> None:
    seen: Reload = json.loads(play("reload"))
    assert seen == {"samePlayer": True, "sameSeat": True, "names": 1}
