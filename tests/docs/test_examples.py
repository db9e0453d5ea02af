"""The examples in the docs, run as they stand there."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import blocks
from tests.server.process import tickroom_process
from tickroom.server.cli.games import GameNotFound, load_games


def test_the_game_of_the_guide_is_a_game(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    game, check = blocks(repository / "docs/games/writing-a-game.md", "python")
    assert game.startswith("# lamps.py\n")
    (tmp_path / "lamps.py").write_text(game)
    monkeypatch.syspath_prepend(str(tmp_path))
    exec(compile(check, "check", "exec"), {})
    assert load_games(["lamps:GAME"])["lamps"].schema.game == "lamps"
    for wrong in ("lamps", "lamps:NOTHING", "no_such_module:GAME", "lamps:LENGTH"):
        with pytest.raises(GameNotFound, match="--game"):
            load_games([wrong])
    del sys.modules["lamps"]


def test_the_python_of_the_readme_plays(repository: Path) -> None:
    (example,) = blocks(repository / "README.md", "python")
    with tickroom_process("serve") as server:
        assert "http://127.0.0.1:2567" in example
        source = example.replace("http://127.0.0.1:2567", server.url).replace("asyncio.run(main())", "")
        names: dict[str, object] = {}
        exec(compile(source, "README", "exec"), names)
        main = names["main"]
        assert callable(main)
        asyncio.run(asyncio.wait_for(main(), 20))
