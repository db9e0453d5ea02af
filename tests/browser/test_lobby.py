"""Three people in a session, on the page: they gather, talk, play twice, are sent away, watch; lobby.mjs tells it.

Somebody else's page, which gets nowhere over HTTP and WebSocket, is in tests/server/shell/test_origins_in_browser.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import Any, TypedDict

import pytest

from tests.browser.conftest import Tell

PASSWORD = "Blue Gate 7"
DELAY_MS = 2000


class Ending(TypedDict):
    """What the card says that ends a visit."""

    title: str
    advice: str


class Noted(TypedDict):
    """Of every scene: errors of the pages, requests that went elsewhere."""

    faults: list[str]
    foreign: list[str]


class Evening(Noted):
    """Of the scene "evening". Lists are of Ann, Ben, Cleo in this order; a line is author, words and marks."""

    asked: Ending
    refused: Ending
    playersThen: list[str]
    names: list[list[str]]
    kept: list[str]
    ownTyping: str
    draft: str
    lines: list[list[list[str]]]
    offeredOfOthers: list[str]
    offeredToHost: list[str]
    shortened: str
    statusBefore: int
    moved: int
    rankings: list[list[str]]
    rounds: list[int]
    codes: list[str]


class Heir(TypedDict):
    """Who is host after the host left, and who is there."""

    host: str
    names: list[str]


class HostScene(Noted):
    """Of the scene "host": what Ben's page said each time, and what a guest may do."""

    kickersAmongGuests: int
    guestsKick: str
    silenced: str
    kicked: Ending
    linesAgain: list[list[str]]
    hostThen: str
    afterOneTap: str
    out: Ending
    banned: Ending
    bannedWatching: Ending
    namesThen: list[str]
    heir: Heir


class Tracks(TypedDict):
    """Where one player was, as two pages saw it: lists of tick, x, y, and the page's time in ms."""

    near: list[tuple[int, int, int, int]]
    late: list[tuple[int, int, int, int]]


class Place(TypedDict):
    """The own seat, and who has one."""

    seat: int
    names: list[str]


class Watching(Noted):
    """Of the scene "watching". Lists are of Ann, who plays, and Cleo, who watches."""

    watching: Place
    watchAddress: str
    tracks: Tracks
    lineLateMs: int
    lines: list[list[list[str]]]
    channels: list[list[int]]
    seated: Place
    seatedAddress: str
    link: str
    tracksSeated: Tracks


def told(tell: Tell, scene: str) -> Any:
    return json.loads(tell("lobby", {"scene": scene}, timeout_s=170))


@pytest.fixture(scope="module")
def evening(tell: Tell) -> Evening:
    answer: Evening = told(tell, "evening")
    return answer


@pytest.fixture(scope="module")
def host(tell: Tell) -> HostScene:
    answer: HostScene = told(tell, "host")
    return answer


@pytest.fixture(scope="module")
def watching(tell: Tell) -> Watching:
    answer: Watching = told(tell, "watching")
    return answer


pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(200)]


# --- password --------------------------------------------------------------------------------------------------------


def test_a_link_to_a_session_with_a_password_asks_for_it(evening: Evening) -> None:
    assert evening["asked"] == {"title": "This session has a password", "advice": "Ask whoever invited you."}


def test_a_wrong_password_is_refused_in_plain_words_and_lets_nobody_in(evening: Evening) -> None:
    assert evening["refused"]["title"] == "That password is wrong"
    assert "Upper and lower case matter" in evening["refused"]["advice"]
    assert evening["playersThen"] == ["Ann"]


def test_the_right_one_joins_by_link_and_by_code(evening: Evening) -> None:
    assert evening["names"] == [["Ann", "Ben", "Cleo"]] * 3


def test_the_password_is_in_no_address_and_in_no_storage(evening: Evening) -> None:
    for kept in evening["kept"]:
        assert "tickroom" in kept or "#" in kept
        assert PASSWORD.lower() not in kept.lower()


# --- chat ------------------------------------------------------------------------------------------------------------


def test_who_is_writing_is_told_to_others_only_and_stops_by_itself(evening: Evening) -> None:
    assert evening["ownTyping"] == ""
    assert evening["draft"] == "Shall we "


def test_all_see_the_same_lines_as_text_with_what_was_edited_and_deleted(evening: Evening) -> None:
    said = [
        ("Ben", ["Shall we play?"]),
        ("Cleo", ["Two rounds!"]),
        ("Ann", ["I have no time", "edited"]),
        ("Ben", ["Message deleted"]),
    ]
    for reader, lines in zip(("Ann", "Ben", "Cleo"), evening["lines"], strict=True):
        assert lines == [["You" if author == reader else author, *rest] for author, rest in said]


def test_own_lines_may_be_changed_and_the_host_may_delete_those_of_others(evening: Evening) -> None:
    assert evening["offeredOfOthers"] == ["Ignore Ann"]
    assert evening["offeredToHost"] == ["Delete the message of Cleo", "Ignore Cleo"]


# --- rounds ----------------------------------------------------------------------------------------------------------


def test_the_round_waits_until_all_are_ready_and_is_played(evening: Evening) -> None:
    assert evening["shortened"] == "done"
    assert evening["statusBefore"] == 0
    assert evening["moved"] >= 40


def test_all_see_the_same_results_and_play_again_in_the_same_session(evening: Evening) -> None:
    ranking = evening["rankings"][0]
    assert sorted(ranking) == ["Ann", "Ben", "Cleo"]
    assert evening["rankings"] == [ranking] * 3
    first, *again = evening["rounds"]
    assert again == [first + 1] * 3
    assert len(set(evening["codes"])) == 1


# --- host ------------------------------------------------------------------------------------------------------------


def test_guests_have_none_of_the_hosts_powers(host: HostScene) -> None:
    assert host["kickersAmongGuests"] == 0
    assert host["guestsKick"] == "not_host"


def test_whoever_is_silenced_is_told_so(host: HostScene) -> None:
    assert host["silenced"] == "Not sent. The host has silenced you."


def test_whoever_is_kicked_is_told_so_and_may_come_back(host: HostScene) -> None:
    assert host["kicked"]["title"] == "The host removed you"
    assert host["linesAgain"] == [["Ann", "Welcome"]]


def test_the_host_may_hand_over(host: HostScene) -> None:
    assert host["hostThen"] == "Cleo"


def test_a_ban_takes_two_taps_and_holds_for_seats_and_spectators(host: HostScene) -> None:
    assert host["afterOneTap"] == "live"
    assert host["banned"]["title"] == "The host has banned you"
    assert host["banned"]["advice"].startswith("You cannot come back to this session.")
    assert host["bannedWatching"] == host["banned"]
    assert host["namesThen"] == ["Ann", "Cleo"]


def test_the_host_leaves_and_the_other_is_host(host: HostScene) -> None:
    assert host["heir"] == {"host": "Ann", "names": ["Ann"]}


# --- spectators ------------------------------------------------------------------------------------------------------


def lateness(tracks: Tracks) -> float:
    """How much later the one page came to know the same ticks, in ms: the median. Both saw the same at each of them."""
    near = {tick: (x, y, at_ms) for tick, x, y, at_ms in tracks["near"]}
    both = [(near[tick], (x, y, at_ms)) for tick, x, y, at_ms in tracks["late"] if tick in near]
    assert [first[:2] for first, _ in both] == [second[:2] for _, second in both]
    assert len({place[:2] for place, _ in both}) >= 20
    return median(second[2] - first[2] for first, second in both)


def test_a_spectator_has_no_seat_and_sees_the_players(watching: Watching) -> None:
    assert watching["watching"] == {"seat": -1, "names": ["Ann", "Ben"]}
    assert watching["watchAddress"] == f"{watching['link']}?watch"


def test_a_spectator_sees_the_same_motion_late_by_the_delay(watching: Watching) -> None:
    assert DELAY_MS - 100 <= lateness(watching["tracks"]) <= 1.5 * DELAY_MS


def test_what_watchers_say_among_themselves_reaches_no_player(watching: Watching) -> None:
    ann, cleo = watching["lines"]
    assert ann == [["You", "Watch me"]]
    assert cleo == [
        ["You", "Who will win?", "watchers"],
        ["Ben", "Ann, of course", "watchers"],
        ["Ann", "Watch me"],
    ]
    told_to_ann, told_to_cleo = watching["channels"]
    assert set(told_to_ann) == {0}
    assert set(told_to_cleo) == {0, 1}


def test_what_players_say_reaches_watchers_as_late_as_their_motion(watching: Watching) -> None:
    assert watching["lineLateMs"] >= DELAY_MS - 100


def test_a_spectator_takes_a_seat_and_is_late_no_more(watching: Watching) -> None:
    assert watching["seated"]["seat"] >= 0
    assert watching["seated"]["names"] == ["Ann", "Cleo"]
    assert watching["seatedAddress"] == watching["link"]
    assert abs(lateness(watching["tracksSeated"])) <= DELAY_MS / 4


# --- all -------------------------------------------------------------------------------------------------------------


def test_the_lobby_with_its_chat_has_its_pictures(evening: Evening, reports: Path) -> None:
    assert evening["lines"]
    for device in ("desktop", "phone"):
        assert (reports / f"{device}-lobby-chat.png").stat().st_size > 10_000


def test_no_errors_and_nothing_from_elsewhere(evening: Evening, host: HostScene, watching: Watching) -> None:
    for scene in (evening, host, watching):
        assert scene["faults"] == []
        assert scene["foreign"] == []
