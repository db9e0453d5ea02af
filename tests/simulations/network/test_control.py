"""Lines that drive the emulator."""

import pytest

from tickroom.simulations.network.conditions import Conditions, ConditionsInvalid
from tickroom.simulations.network.control import (
    Change,
    Command,
    ControlInvalid,
    Cut,
    CutMode,
    Direction,
    Redirect,
    parse_command,
)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b'{"cut_s": 5}', Cut(5, CutMode.SILENT)),
        (b'{"mode": "refuse", "cut_s": 0.5}', Cut(0.5, CutMode.REFUSE)),
        (b'{"cut_s": 0, "mode": "drop"}', Cut(0, CutMode.DROP)),
        (b'{"to_port": 2568}', Redirect(2568)),
        (b'{"delay_ms": 150, "jitter_ms": 30.5}', Change(delay_ms=150, jitter_ms=30.5)),
        (b'{"delay_ms": 0, "direction": "up"}', Change(delay_ms=0, direction=Direction.UP)),
        (b'{"stall_ms": 300}\r', Change(stall_ms=300)),
    ],
)
def test_lines_that_are_commands(line: bytes, command: Command) -> None:
    assert parse_command(line) == command


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"{}",
        b"[]",
        b"5",
        b"\xff",
        b'{"cut": 5}',
        b'{"mode": "refuse"}',
        b'{"cut_s": 5, "mode": "burn"}',
        b'{"cut_s": -1}',
        b'{"cut_s": 1e9}',
        b'{"cut_s": 5, "delay_ms": 1}',
        b'{"delay_ms": "50"}',
        b'{"delay_ms": -1}',
        b'{"stall_ms": 1e9}',
        b'{"direction": "sideways", "delay_ms": 1}',
        b'{"to_port": 0}',
        b'{"to_port": 1, "delay_ms": 1}',
        b"[" * 10_000,
    ],
)
def test_lines_that_are_none(line: bytes) -> None:
    with pytest.raises(ControlInvalid):
        parse_command(line)


def test_a_change_leaves_alone_what_it_does_not_name() -> None:
    now = Conditions(delay_us=1000, jitter_us=2000, stall_every_us=5_000_000, stall_us=300_000)
    assert Change(delay_ms=7).on(now) == Conditions(7000, 2000, 5_000_000, 300_000)
    assert Change(jitter_ms=0.5).on(now) == Conditions(1000, 500, 5_000_000, 300_000)
    assert Change(stall_every_s=2).on(now) == Conditions(1000, 2000, 2_000_000, 300_000)
    assert Change(stall_every_s=2, stall_ms=50).on(now) == Conditions(1000, 2000, 2_000_000, 50_000)
    assert Change(stall_every_s=0).on(now) == Conditions(1000, 2000)
    assert Change(stall_ms=50).on(now) == now, "one stall now: not a condition"


def test_stall_ms_alone_means_once() -> None:
    assert Change(stall_ms=300).stalls_once
    assert not Change(stall_ms=300, stall_every_s=5).stalls_once
    assert not Change(delay_ms=5).stalls_once


def test_a_change_to_what_cannot_be_is_refused() -> None:
    with pytest.raises(ConditionsInvalid):
        Change(stall_every_s=1).on(Conditions())
