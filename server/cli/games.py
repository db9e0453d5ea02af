"""Games named on the command line: ``package.module:NAME`` to an object."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from typing import Any

from tickroom.game.interface import Game
from tickroom.protocol.schema import Schema


class GameNotFound(Exception):
    """The operator's fault: the text says which name, and what was wrong with it."""


def load_games(names: Iterable[str]) -> dict[str, Game[Any]]:
    """The games by the name that their schema gives them. Modules of the current folder can be imported.

    Raises GameNotFound.
    """
    games: dict[str, Game[Any]] = {}
    for name in names:
        game = _load(name)
        games[game.schema.game] = game
    return games


def _load(name: str) -> Game[Any]:
    module_name, separator, attribute = name.partition(":")
    if not separator:
        raise GameNotFound(f"--game {name}: write MODULE:NAME, for example my_game:GAME")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise GameNotFound(f"--game {name}: {error}") from None
    if not isinstance(getattr(found, "schema", None), Schema):
        raise GameNotFound(f"--game {name}: it has no schema, so it is no game (docs/games/writing-a-game.md)")
    game: Game[Any] = found
    return game
