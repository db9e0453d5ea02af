"""The twin in docs/client.md for the game of docs/games/writing-a-game.md: as they stand there, against each other."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

import pytest

from tests.docs.blocks import blocks
from tests.docs.node import RUNNABLE, compile_examples, put_package, run_page
from tests.docs.test_client import examples
from tests.server.process import tickroom_process

LENGTH = 10_000
STANDSTILL_MS = 250  # a longer one between two frames takes from the way that is run in the time
TRIES = 6  # on a busy machine an input may come late, and what is predicted then is wrong by right

# Runs to and fro, against both ends of the line, and tells how the prediction did.
PAGE = """<!doctype html>
<link rel="icon" href="data:,">
<script type="importmap">{"imports": {"@tickroom/client": "SERVER/sdk/client.js"}}</script>
<script type="module">
  import { Client } from "@tickroom/client";
  import { lampsTwin } from "./lamps_twin.js";
  const client = new Client("SERVER", { twin: lampsTwin });
  const session = await client.create({ game: "lamps", seats: 2, countdown_s: 0 });
  const places = [];
  let [stoodStillMs, lookedMs] = [0, Infinity];
  for (const [speed, ms] of [[100, 2200], [-100, 300], [37, 400], [-100, 3800], [90, 500], [0, 600]]) {
    session.setInput({ x: speed });
    const end = performance.now() + ms;
    for (let nowMs = 0; nowMs < end; lookedMs = nowMs) {
      nowMs = await new Promise(requestAnimationFrame);
      stoodStillMs = Math.max(stoodStillMs, nowMs - lookedMs);
      places.push(session.view().players.at(session.seat).x);
    }
  }
  const { predictions, corrections, lateInputs } = session.statistics;
  const [least, most] = [Math.min(...places), Math.max(...places)];
  globalThis.told = { predictions, corrections, lateInputs, least, most, stoodStillMs };
  session.leave();
</script>
"""


class Told(TypedDict):
    """What the page tells; places on the line as drawn."""

    predictions: int
    corrections: int
    lateInputs: int
    least: float
    most: float
    stoodStillMs: float
    faults: list[str]


def run_twin(
    repository: Path, with_node: str, chromium_path: str, folder: Path, monkeypatch: pytest.MonkeyPatch, twin: str
) -> Told:
    """What the page tells of a run in which no input was late, and nothing stood still."""
    game, _ = blocks(repository / "docs" / "games" / "writing-a-game.md", "python")
    (folder / "lamps.py").write_text(game)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    put_package(repository, folder)
    assert compile_examples(repository, with_node, folder, {"lamps_twin.ts": twin}, RUNNABLE) == ""
    with tickroom_process("serve", "--game", "lamps:GAME") as server:
        (folder / "index.html").write_text(PAGE.replace("SERVER", server.url))
        for _ in range(TRIES):
            told: Told = run_page(with_node, chromium_path, folder)
            if told["lateInputs"] == 0 and told["stoodStillMs"] < STANDSTILL_MS:
                return told
    pytest.fail(f"inputs were late in each of {TRIES} runs, or no frames came: this machine is too busy to tell")


pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_twin_of_the_guide_predicts_exactly(
    repository: Path, with_node: str, chromium_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = examples(repository / "docs" / "client.md")["lamps_twin.ts"]
    told = run_twin(repository, with_node, chromium_path, tmp_path, monkeypatch, twin)
    assert told["faults"] == []
    assert (told["least"], told["most"]) == (0, LENGTH)
    assert told["predictions"] > 20
    assert told["corrections"] == 0


def test_a_twin_with_other_rules_is_found_out(
    repository: Path, with_node: str, chromium_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin = examples(repository / "docs" / "client.md")["lamps_twin.ts"]
    wrong = twin.replace("+ speed", "+ speed + Math.sign(speed)")
    assert wrong != twin
    told = run_twin(repository, with_node, chromium_path, tmp_path, monkeypatch, wrong)
    assert told["corrections"] > 2
