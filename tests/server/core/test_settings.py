"""Settings: ranges at their edges, and every fault named."""

import pytest

from tests.server.core.toy_game import ToyGame
from tickroom.protocol.schema import Field, Schema
from tickroom.server.core.settings import SessionSettings, SettingsInvalid, game_options, parse_settings


def test_an_empty_body_is_all_defaults() -> None:
    assert parse_settings(b"") == SessionSettings()
    assert parse_settings(b"{}") == SessionSettings()


@pytest.mark.parametrize(
    "body",
    [
        b'{"seats": 0}',
        b'{"seats": 65}',
        b'{"seats": 4.5}',
        b'{"seats": "4"}',
        b'{"tick_hz": 9}',
        b'{"tick_hz": 61}',
        b'{"round_s": NaN}',
        b'{"seed": -1}',
        b'{"unknown": 1}',
        b"[1]",
        b"nonsense",
        b"\xff\xfe",
        b'{"options": ' + b"[" * 100_000,
    ],
)
def test_a_wrong_body_is_refused(body: bytes) -> None:
    with pytest.raises(SettingsInvalid):
        parse_settings(body)


def test_the_edges_are_allowed() -> None:
    edges = parse_settings(b'{"seats": 64, "tick_hz": 60, "seed": 4294967295, "grace_s": 0}')
    assert (edges.seats, edges.tick_hz, edges.seed, edges.grace_s) == (64, 60, 2**32 - 1, 0)
    assert parse_settings(b'{"seats": 1, "tick_hz": 10}').seats == 1


def test_options_are_numbers_or_names_of_choices_and_all_faults_are_told_together() -> None:
    schema = Schema("g", 1, (), (), settings=(Field("map", 0, 1, choices=("red", "blue")), Field("items", 1, 9, "", 5)))
    assert game_options(schema, {}) == {"map": 0, "items": 5}
    assert game_options(schema, {"map": "blue", "items": 9}) == {"map": 1, "items": 9}
    with pytest.raises(SettingsInvalid) as caught:
        game_options(schema, {"map": "green", "items": 10, "lives": 3})
    assert len(caught.value.faults) == 3
    assert game_options(ToyGame.schema, {"start": -100}) == {"start": -100}
