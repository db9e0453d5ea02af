"""What a tick changed, as bytes: nothing is missing, small things are small, and garbage is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server.core.recording import RecordedStage
from tests.server.core.stage import TOY_OPTIONS, Stage
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import Input
from tickroom.server.core.commands import Act, Command, Drop, End, Join, Say, TakeOver, Type
from tickroom.server.core.inputs import AppliedInputs
from tickroom.server.core.pool import TickOutput
from tickroom.server.core.records import (
    PackedIntegers,
    PoolRecord,
    RecordUnreadable,
    decode_record,
    encode_record,
    pool_record,
    unpack_inputs,
)
from tickroom.server.core.sealing import seal


def part_of(stage: RecordedStage) -> PoolRecord:
    (part,) = decode_record(stage.records[-1])
    return part


def inputs_of(part: PoolRecord) -> list[tuple[int, list[int]]]:
    applied = unpack_inputs(part, 1)
    return list(zip(applied.places.tolist(), applied.entries.tolist(), strict=True))


def test_commands_are_kept_in_order_with_their_row() -> None:
    stage = RecordedStage()
    commands: list[Command] = [Join(1, "Ann", "a"), Say(1, 2, 0, "hi", 5), Act(1, 3, "poke", (4,)), TakeOver()]
    stage.tick(*commands)
    part = part_of(stage)
    assert (part.pool, part.beat) == (0, 1)
    assert part.commands == [(0, command) for command in commands]
    assert part.newcomers == [(0, "STAGED")]
    stage.tick()
    assert (part_of(stage).commands, part_of(stage).newcomers) == ([], [])


def test_inputs_are_kept_with_their_distance_from_the_tick() -> None:
    stage = RecordedStage()
    stage.tick(Join(1, "Ann", "a"), Join(2, "Bob", "b"))
    stage.ticks(300)
    stage.hold(0, 302, 3)
    stage.hold(1, 299, -5)  # late
    stage.tick()
    assert stage.session.tick == 302
    assert inputs_of(part_of(stage)) == [(0, [0, 3]), (1, [-3, -5])]
    assert (part_of(stage).places.width, part_of(stage).inputs.width) == (1, 1)
    assert len(stage.records[-1]) < 40


def test_a_quiet_tick_costs_a_few_bytes() -> None:
    stage = RecordedStage()
    stage.ticks(2)
    assert len(stage.records[-1]) < 20


@given(st.lists(st.tuples(st.integers(0, 1023), st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1))))
def test_inputs_of_any_size_come_back(entries: list[tuple[int, int, int]]) -> None:
    stage = Stage()
    stage.tick()
    applied = AppliedInputs(
        np.array([place for place, *_ in entries], dtype=np.intp),
        np.array([(1 + stamp % (2**31 - 2), value) for _, stamp, value in entries], dtype=np.int32).reshape(-1, 2),
    )
    part = pool_record(stage.pool, [], TickOutput([], [], applied, {}))
    (again,) = decode_record(encode_record([part]))
    unpacked = unpack_inputs(again, 1)
    ticks = stage.pool.ticks_of(applied.places)
    assert np.array_equal(unpacked.places, applied.places)
    assert np.array_equal(unpacked.entries[:, 0] + ticks, applied.entries[:, 0])
    assert np.array_equal(unpacked.entries[:, 1], applied.entries[:, 1])


def test_taking_a_record_leaves_what_the_tick_said_as_it_was() -> None:
    stage = RecordedStage()
    stage.join(1)
    stage.hold(0, 2, 3)
    stage.tick()
    assert stage.output.inputs.entries.tolist() == [[2, 3]]


def test_what_ended_a_session_is_kept_and_what_came_too_late_is_not() -> None:
    """The row may be somebody else's by then."""
    stage = RecordedStage()
    stage.tick(End(CloseCode.SHUTTING_DOWN), Join(1, "Ann", "a"))
    assert [command for _, command in part_of(stage).commands] == [End(CloseCode.SHUTTING_DOWN), Join(1, "Ann", "a")]
    new = stage.open("ANOTHR")
    assert new.row == stage.session.row
    stage.tick(Drop(1))
    assert (part_of(stage).commands, part_of(stage).newcomers) == ([], [(0, "ANOTHR")])


def test_a_session_that_ends_in_its_first_tick_was_a_newcomer() -> None:
    stage = RecordedStage()
    stage.tick(End(CloseCode.SHUTTING_DOWN))
    assert part_of(stage).newcomers == [(0, "STAGED")]


def test_a_session_that_was_opened_and_closed_between_two_ticks_hides_nobody() -> None:
    stage = RecordedStage()
    stage.tick()
    stage.pool.close(stage.open("BRIEF1"))
    stage.session = stage.pool.open("SECOND", stage.settings, 2, dict(TOY_OPTIONS))
    stage.tick(Join(1, "Ann", "a"))
    assert dict(part_of(stage).newcomers) == {1: "SECOND"}, "the last one counts"


def test_several_pools_in_one_record() -> None:
    one, two = RecordedStage(), RecordedStage()
    two.pool.number = 9
    for stage in (one, two):
        stage.join(1)
    parts = [part_of(stage) for stage in (one, two)]
    assert [part.pool for part in decode_record(encode_record(parts))] == [0, 9]
    assert decode_record(encode_record([])) == []


def test_damage_and_other_formats_are_refused() -> None:
    stage = RecordedStage()
    stage.join(1)
    stage.pool.receive_input(stage.session.members[0], Input(2, (1,)))
    stage.tick(Type(1, 0, True))
    blob = stage.records[-1]
    for place in range(len(blob)):
        broken = bytearray(blob)
        broken[place] ^= 0x55
        with pytest.raises(RecordUnreadable):
            decode_record(bytes(broken))
    for bad in (b"", blob[:-1], blob + b"\0", b"\x02" + blob[1:], seal(b""), seal(b"\xc1")):
        with pytest.raises(RecordUnreadable):
            decode_record(bad)


def test_a_command_that_this_version_does_not_know_is_refused() -> None:
    empty = [1, b""]
    with pytest.raises(RecordUnreadable):
        decode_record(seal(msgspec.msgpack.encode([[0, 1, [[0, [99, 1]]], empty, empty, []]])))
    fields: list[Any] = [0, 1, [], empty, empty, []]
    assert len(decode_record(seal(msgspec.msgpack.encode([fields])))) == 1
    with pytest.raises(RecordUnreadable):
        decode_record(seal(msgspec.msgpack.encode([[*fields, 0]])))


@pytest.mark.parametrize(
    ("places", "inputs"),
    [
        (PackedIntegers(3, b"123"), PackedIntegers(1, b"12")),
        (PackedIntegers(2, b"123"), PackedIntegers(1, b"12")),
        (PackedIntegers(0, b""), PackedIntegers(1, b"")),
        (PackedIntegers(1, b"1"), PackedIntegers(1, b"123")),
        (PackedIntegers(1, b"1"), PackedIntegers(1, b"")),
    ],
)
def test_inputs_that_do_not_add_up_are_refused(places: PackedIntegers, inputs: PackedIntegers) -> None:
    with pytest.raises(RecordUnreadable):
        unpack_inputs(PoolRecord(0, 1, [], places, inputs, []), 1)
