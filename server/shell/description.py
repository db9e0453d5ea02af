"""A game as JSON: what a client must know to speak with it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from tickroom.game.interface import Game
from tickroom.protocol.schema import protocol_fingerprint


def describe_game(game: Game[Any]) -> dict[str, object]:
    """The schema with all tables, the game's own assets (maps), and two fingerprints.

    ``fingerprint`` is the hello's; ``protocol`` that of the messages alone: a client that knows another one could not
    make use of the rest.
    """
    schema = game.schema
    return {
        "game": schema.game,
        "version": schema.version,
        "fingerprint": schema.fingerprint,
        "protocol": protocol_fingerprint(),
        "tables": [asdict(table) for table in schema.all_tables],
        "inputs": [asdict(field) for field in schema.inputs],
        "actions": [asdict(action) for action in schema.actions],
        "events": [asdict(event) for event in schema.events],
        "settings": [asdict(field) for field in schema.settings],
        "refusals": list(schema.refusals),
        **game.assets(),
    }
