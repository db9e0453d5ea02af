"""A game as JSON: what a client must know to speak with it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tickroom.game.interface import Game


def describe_game(game: Game[Any]) -> dict[str, object]:
    """The schema with all tables, the fingerprint for the hello, and the game's own assets (maps)."""
    schema = game.schema
    return {
        "game": schema.game,
        "version": schema.version,
        "fingerprint": schema.fingerprint,
        "tables": [asdict(table) for table in schema.all_tables],
        "inputs": [asdict(field) for field in schema.inputs],
        "actions": [asdict(action) for action in schema.actions],
        "events": [asdict(event) for event in schema.events],
        "settings": [asdict(field) for field in schema.settings],
        "refusals": list(schema.refusals),
        **game.assets(),
    }
