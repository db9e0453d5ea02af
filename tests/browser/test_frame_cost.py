"""What a display frame costs the page's script in a full session, on a machine a quarter as fast; frame_cost.mjs tells.

pytest -s prints the figures; reports/browser/frame_cost.json keeps them. The limit is judged with -m benchmark.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict

import pytest

from tests.browser.conftest import Tell

THROTTLE = 4
LIMIT_MS = 8.0  # half of a frame at 60 a second
# A small object for each frame would be 32 bytes and more of it, a closure or an array likewise.
GROWTH_BYTES_A_FRAME = 256
NOISE_BYTES = 192 * 1024  # two collections of the same page differ by as much: compiled code, inline caches


class Quantiles(TypedDict):
    """Milliseconds."""

    p50: float
    p99: float
    most: float


class Window(TypedDict):
    """So many seconds of play; times are the main thread's own. ``handlingMs`` is the messages' part of a frame."""

    frames: int
    messages: int
    ms: Quantiles
    handlingMs: Quantiles
    seconds: int


class Heap(TypedDict):
    """Bytes in use after collections, before and after so many frames."""

    before: int
    after: int
    frames: int


class Seen(TypedDict):
    """What frame_cost.mjs prints."""

    throttled: Window
    unthrottled: Window
    heaps: list[Heap]
    players: int
    items: int
    faults: list[str]
    foreign: list[str]


@pytest.fixture(scope="module")
def seen(tell: Tell, reports: Path) -> Seen:
    wishes = {"throttle": THROTTLE, "seconds": 20, "heapLooks": 2, "heapSeconds": 15}
    answer: Seen = json.loads(tell("frame_cost", wishes, timeout_s=115))
    (reports / "frame_cost.json").write_text(json.dumps(answer, indent=1))
    print(f"\n64 players, {answer['items']} items; milliseconds of script a frame")
    for name, window in (("as it is", answer["unthrottled"]), (f"{THROTTLE} times slower", answer["throttled"])):
        print(f"  {name:15} {window['ms']}, of that messages {window['handlingMs']}")
        print(f"  {'':15} {window['frames']} frames, {window['messages']} messages in {window['seconds']} s")
    print(f"  heap {answer['heaps']}")
    return answer


pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_session_is_full(seen: Seen) -> None:
    assert seen["players"] == 64
    assert seen["items"] >= 200
    assert seen["faults"] == []
    assert seen["foreign"] == []


def test_frames_are_measured_on_the_slower_machine(seen: Seen) -> None:
    window = seen["throttled"]
    assert window["frames"] >= 200
    assert window["messages"] >= 200
    assert window["ms"]["p50"] > 1.5 * seen["unthrottled"]["ms"]["p50"] > 0, "the throttle is not in what is measured"


@pytest.mark.benchmark
def test_99_of_100_frames_take_less_than_half_their_time(seen: Seen) -> None:
    assert seen["throttled"]["ms"]["p99"] < LIMIT_MS


def test_nothing_grows_from_frame_to_frame(seen: Seen) -> None:
    """What every frame leaves grows in each window; what something else left once (a stall, a new round) in one."""
    assert all(heap["frames"] >= 200 for heap in seen["heaps"])
    assert any(
        heap["after"] - heap["before"] < NOISE_BYTES + GROWTH_BYTES_A_FRAME * heap["frames"] for heap in seen["heaps"]
    )
