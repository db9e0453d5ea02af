"""The games that this build offers, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from tickroom.game.arena.game import ARENA
from tickroom.game.interface import Game

# Each game has a world type of its own, which only that game looks into: hence Any.
GAMES: Mapping[str, Game[Any]] = MappingProxyType({ARENA.schema.game: ARENA})
