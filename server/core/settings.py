"""A session's settings: what whoever creates it may choose, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from tickroom.protocol.schema import Field, Schema

MAX_SEATS = 64
LEAST_ROUND_S, MOST_ROUND_S = 5, 3600
LATE_JOIN = ("play", "wait", "watch")  # as told: their positions


class SettingsInvalid(ValueError):
    """The creator's fault: ``faults`` says all of them, in words for a person."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class SessionSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """What a session is made with. Also the JSON body of ``POST /api/sessions``.

    ``late_join``: who comes during a round plays at once, waits in a seat for the next, or watches.
    ``spectators``: how many may watch; they see all ``spectator_delay_ticks`` late. ``history``: lines of chat told to
    who comes.
    """

    game: Annotated[str, Meta(max_length=32)] = "arena"
    seats: Annotated[int, Meta(ge=1, le=MAX_SEATS)] = 4
    public: bool = True
    tick_hz: Annotated[int, Meta(ge=10, le=60)] = 30
    round_s: Annotated[int, Meta(ge=LEAST_ROUND_S, le=MOST_ROUND_S)] = 180
    countdown_s: Annotated[int, Meta(ge=0, le=30)] = 3
    grace_s: Annotated[int, Meta(ge=0, le=600)] = 30
    auto_start: bool = True
    rematch_after_s: Annotated[int, Meta(ge=0, le=300)] = 15
    anyone_starts: bool = False
    late_join: Literal["play", "wait", "watch"] = "play"
    spectators: Annotated[int, Meta(ge=0, le=1000)] = 16
    spectator_delay_ticks: Annotated[int, Meta(ge=0, le=600)] = 0
    chat: bool = True
    history: Annotated[int, Meta(ge=0, le=200)] = 50
    password: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] | None = None
    options: dict[str, int | str] = {}

    def told(self) -> dict[str, int]:
        """What the welcome says of them besides seats, rate and the game's options."""
        return {
            "round_s": self.round_s,
            "countdown_s": self.countdown_s,
            "auto_start": int(self.auto_start),
            "rematch_after_s": self.rematch_after_s,
            "anyone_starts": int(self.anyone_starts),
            "late_join": LATE_JOIN.index(self.late_join),
            "spectators": self.spectators,
            "spectator_delay_ticks": self.spectator_delay_ticks,
            "chat": int(self.chat),
            "history": self.history,
        }


def parse_settings(body: bytes) -> SessionSettings:
    """Settings from a JSON body; an empty one is all defaults. Raises SettingsInvalid."""
    try:
        return msgspec.json.decode(body or b"{}", type=SessionSettings)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsInvalid([str(error)]) from None


def game_options(schema: Schema, given: Mapping[str, int | str]) -> dict[str, int]:
    """A value for each of the game's settings: the given ones, numbers or names of choices, else the default.

    Raises SettingsInvalid with every fault.
    """
    known = {field.name: field for field in schema.settings}
    faults = [f"{schema.game} has no option {name!r}" for name in given if name not in known]
    values = {name: field.default for name, field in known.items()}
    for name, value in given.items():
        if name not in known:
            continue
        number = _number(known[name], value)
        if number is None:
            faults.append(f"option {name!r} must be {_range(known[name])}, not {value!r}")
        else:
            values[name] = number
    if faults:
        raise SettingsInvalid(faults)
    return values


def _number(field: Field, value: int | str) -> int | None:
    if isinstance(value, str):
        return field.choices.index(value) if value in field.choices else None
    return value if field.minimum <= value <= field.maximum else None


def _range(field: Field) -> str:
    names = f" or one of {', '.join(field.choices)}" if field.choices else ""
    return f"{field.minimum} to {field.maximum}{names}"
