"""The examples of docs/testing.md, run as they stand there, with the game of docs/games/writing-a-game.md."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.blocks import blocks
from tickroom.simulations.testing import SessionUnderTest


@pytest.fixture
def _lamps(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    game = next(block for block in blocks(repository / "docs/games/writing-a-game.md", "python") if "GAME =" in block)
    (tmp_path / "lamps.py").write_text(game)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.modules.pop("lamps", None)


def examples(repository: Path) -> dict[str, Callable[[], None]]:
    """The test functions of the page, by name."""
    found: dict[str, Any] = {}
    for block in blocks(repository / "docs/testing.md", "python"):
        names: dict[str, Any] = {}
        exec(compile(block, "testing.md", "exec"), names)
        found |= {name: value for name, value in names.items() if name.startswith("test_")}
    return found


@pytest.mark.usefixtures("_lamps")
def test_the_examples_of_the_page_pass_and_each_drives_a_session(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driven: list[int] = []
    advance = SessionUnderTest.advance

    def counting(session: SessionUnderTest, ticks: int = 1) -> int:
        driven.append(ticks)
        return advance(session, ticks)

    monkeypatch.setattr(SessionUnderTest, "advance", counting)
    found = examples(repository)
    assert len(found) == 4
    for name, example in found.items():
        driven.clear()
        example()
        assert driven, name


def test_what_the_page_names_is_there(repository: Path) -> None:
    import tickroom.simulations.testing as kit

    page = (repository / "docs/testing.md").read_text(encoding="utf-8")
    for name in kit.__all__:
        if name not in ("Happening", "NotNow"):
            assert f"`{name}" in page, name
    for name in ("join", "watch", "advance", "advance_s", "until", "table", "column", "replay", "take_over", "core"):
        assert name in page, name
