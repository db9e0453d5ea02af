"""What may be asked of a running emulator, one JSON object a line; the only place that knows those lines' form.

{"delay_ms": 150, "jitter_ms": 30}              other conditions, for both directions
{"delay_ms": 0, "direction": "up"}              for one: up is client to server, down is back
{"stall_ms": 300}                               nothing passes for 300 ms, once, from now
{"stall_ms": 300, "stall_every_s": 5}           the same every 5 s; {"stall_every_s": 0} ends that
{"cut_s": 5, "mode": "silent"}                  the network is cut for 5 s: refuse, drop or silent
{"to_port": 2568}                               connections from now on go to this port
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from tickroom.simulations.network.conditions import MAX_STALL_US, Conditions

MAX_CUT_S = MAX_STALL_US // 1_000_000
MAX_STALL_MS = MAX_STALL_US // 1_000


class ControlInvalid(ValueError):
    """The asker's fault: the line is no command; the text says why."""


class Direction(StrEnum):
    """Client to server, and back."""

    UP = "up"
    DOWN = "down"


class CutMode(StrEnum):
    """What a cut does to connections.

    refuse: those that are open are reset, new ones are refused (the server's process is gone).
    drop: those that are open are reset, new ones are accepted and reset (a proxy without a server behind it).
    silent: nobody is told; nothing passes, new ones are accepted and hear nothing; then all goes on where it stopped
        (a cable out, a laptop asleep).
    """

    REFUSE = "refuse"
    DROP = "drop"
    SILENT = "silent"


class Cut(Struct, frozen=True, forbid_unknown_fields=True):
    """Cut the network for ``cut_s``; 0 with ``drop`` or ``refuse`` only resets what is open."""

    cut_s: Annotated[float, Meta(ge=0, le=MAX_CUT_S)]
    mode: CutMode = CutMode.SILENT


class Redirect(Struct, frozen=True, forbid_unknown_fields=True):
    """Send new connections to another port: where a server came back."""

    to_port: Annotated[int, Meta(ge=1, le=65535)]


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """Other conditions; what is None stays."""

    delay_ms: Annotated[float, Meta(ge=0)] | None = None
    jitter_ms: Annotated[float, Meta(ge=0)] | None = None
    stall_ms: Annotated[float, Meta(ge=0, le=MAX_STALL_MS)] | None = None
    stall_every_s: Annotated[float, Meta(ge=0)] | None = None
    direction: Direction | None = None

    @property
    def stalls_once(self) -> bool:
        """Whether ``stall_ms`` means one stall now."""
        return self.stall_ms is not None and self.stall_every_s is None

    def on(self, conditions: Conditions) -> Conditions:
        """The conditions after this change. Raises ConditionsInvalid."""
        if self.delay_ms is not None:
            conditions = replace(conditions, delay_us=round(self.delay_ms * 1000))
        if self.jitter_ms is not None:
            conditions = replace(conditions, jitter_us=round(self.jitter_ms * 1000))
        if self.stall_every_s is not None:
            every_us = round(self.stall_every_s * 1_000_000)
            stall_us = conditions.stall_us if self.stall_ms is None else round(self.stall_ms * 1000)
            conditions = replace(conditions, stall_every_us=every_us, stall_us=stall_us if every_us else 0)
        return conditions


Command = Cut | Redirect | Change


def parse_command(line: bytes) -> Command:
    """A command from a line. Raises ControlInvalid."""
    try:
        named = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
        if not named:
            raise ControlInvalid("nothing is asked for")
        decode = _DECODERS.get(next((name for name in named if name in _DECODERS), ""), _decode_change)
        return decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ControlInvalid(str(error)) from None


def _decode_change(line: bytes) -> Command:
    return msgspec.json.decode(line, type=Change)


def _decode_cut(line: bytes) -> Command:
    return msgspec.json.decode(line, type=Cut)


def _decode_redirect(line: bytes) -> Command:
    return msgspec.json.decode(line, type=Redirect)


# By the item that no other command has.
_DECODERS: dict[str, Callable[[bytes], Command]] = {
    "cut_s": _decode_cut,
    "mode": _decode_cut,
    "to_port": _decode_redirect,
}
