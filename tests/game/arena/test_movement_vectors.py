"""The golden vectors are current, a second implementation agrees with them, and they go through every branch."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tickroom.game.arena import vectors

from .reference_movement import Body, Rates

FILE = Path(__file__).parents[2] / "vectors" / "movement.json"


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return loaded


def replay(golden: dict[str, Any], walk: dict[str, Any], branches: Counter[str]) -> list[list[int]]:
    rows = golden["maps"][walk["map"]]
    names = ("walk", "boots", "dash", "dash_ticks", "dash_cooldown")
    pace = golden["paces"][str(walk["tick_hz"])]
    body = Body(lambda column, line: rows[line][column] == "#", *walk["start"])
    body.branches = branches
    results: list[list[int]] = []
    tick = walk["first_tick"]
    for ticks, x, y, buttons in walk["inputs"]:
        for _ in range(ticks):
            body.step(x, y, buttons, tick, Rates(*(pace[name] for name in names)))
            results.append([body.x, body.y, body.dash_x, body.dash_y, body.dash_until, body.dash_ready])
            tick += 1
    return results


def test_the_file_is_current() -> None:
    assert FILE.read_text("utf-8") == vectors.render(), (
        "python -m tickroom.game.arena.vectors > tests/vectors/movement.json"
    )


def test_an_implementation_written_from_the_text_gives_the_same(golden: dict[str, Any]) -> None:
    branches: Counter[str] = Counter()
    for walk in golden["walks"]:
        expected, last = [], walk["start"][:6]
        for result in walk["results"]:
            last = [*result, *last[len(result) :]]
            expected.append(last)
        assert replay(golden, walk, branches) == expected, (walk["map"], walk["tick_hz"])
    assert set(branches) == {
        "dash", "boots", "1 pieces", "2 pieces", "3 pieces", "travel", "flat", "around, free",
        "around, against the input", "other side first", "down, free", "down, against the input", "down, waits",
    }  # fmt: skip
    assert min(branches.values()) >= 10, branches


def test_a_changed_result_would_be_noticed(golden: dict[str, Any]) -> None:
    walk = golden["walks"][0]
    replayed = replay(golden, walk, Counter())
    assert any(before[:2] != after[:2] for before, after in pairwise(replayed))
    tampered = {**walk, "start": [walk["start"][0] + 1, *walk["start"][1:]]}
    assert replay(golden, tampered, Counter()) != replayed
