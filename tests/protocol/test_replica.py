"""A copy is in step, or it says that it is not: bytes from a server are trusted no more than any others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tickroom.protocol.replica import NO_TICK, OutOfStep, Replica
from tickroom.protocol.tables import Column, Layout, Table

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1

SEATS = Table("seats", (Column("stamp"), Column("presence"), Column("player")))
WALKERS = Table("walkers", (Column("x", gliding=True), Column("y", gliding=True), Column("score")))
LAYOUT = Layout((SEATS, WALKERS), (2, 1))
VALUES = [40, 1, 1, 0, 0, 0, 1000, 500, 0]
RATES = [320, 0]


@pytest.fixture
def copy() -> Replica:
    """The example of docs/protocol.md, section 5, at tick 41."""
    replica = Replica(LAYOUT)
    replica.load_keyframe(41, VALUES, RATES)
    return replica


def test_the_worked_example(copy: Replica) -> None:
    assert copy.advance_to(43) == 43
    assert copy.table("walkers").tolist() == [[1640, 500, 0]]
    copy.apply_tokens([0, 1, -3, 3, -320, 320])
    assert copy.table("walkers").tolist() == [[1320, 820, 0]]
    assert copy.table("seats").tolist() == [[41, 1, 1], [0, 0, 0]]
    assert copy.rates.tolist() == [0, 0, 0, 0, 0, 0, 0, 320, 0]


def test_a_whole_delta_in_one_call(copy: Replica) -> None:
    assert copy.apply_delta([2, 43, 0, 1, -3, 3, -320, 320]) == 43
    assert copy.table("walkers").tolist() == [[1320, 820, 0]]
    assert copy.apply_delta([3, 44, copy_checksum(copy), -3, 4, 7]) == 44


def copy_checksum(copy: Replica) -> int:
    """The checksum one tick later, with 7 more points."""
    ahead = Replica(LAYOUT)
    ahead.load_keyframe(copy.tick, copy.values.tolist(), copy.rates[LAYOUT.gliding_cells].tolist())
    ahead.advance_to(copy.tick + 1 & 127)
    ahead.apply_tokens([-3, 4, 7])
    return ahead.checksum()


@pytest.mark.parametrize(("tick", "short", "expected"), [(41, 42, 42), (41, 40, 168), (127, 0, 128), (128, 127, 255)])
def test_low_bits_name_the_next_tick_that_has_them(tick: int, short: int, expected: int) -> None:
    copy = Replica(LAYOUT)
    copy.load_keyframe(tick, VALUES, RATES)
    assert copy.advance_to(short) == expected
    assert copy.table("walkers")[0, 0] == 1000 + 320 * (expected - tick)


def test_values_and_rates_wrap(copy: Replica) -> None:
    copy.load_keyframe(0, [INT32_MAX] * 9, [INT32_MAX, INT32_MIN])
    copy.advance_to(127)
    assert copy.values.tolist() == [INT32_MAX] * 6 + [-128, -1, INT32_MAX]  # (2**31 - 1) * 128; odd times 2**31
    copy.apply_tokens([0, 1, -3, 7, INT32_MIN, INT32_MAX, 1])
    assert copy.values.tolist() == [INT32_MIN] + [INT32_MAX] * 5 + [INT32_MAX - 127, INT32_MAX - 1, INT32_MIN]
    assert copy.rates[6:].tolist() == [-1, -1, 0]


# --- what is refused -------------------------------------------------------------------------------------------------

BAD_DELTAS: dict[str, object] = {
    "no array": 7,
    "nil": None,
    "a map": {0: 2, 1: 43},
    "text": "\x02\x2b",
    "bytes": b"\x02\x2b",
    "empty": [],
    "kind alone": [2],
    "a keyframe": [1, 43, [], []],
    "an unknown kind": [4, 43],
    "kind as float": [2.0, 43],
    "kind as bool": [True, 43],
    "kind as array": [[2], 43],
    "tick nil": [2, None],
    "tick as bool": [2, True],
    "tick as float": [2, 43.0],
    "tick of eight bits": [2, 128],
    "tick below 0": [2, -1],
    "the tick that the copy has": [2, 41],
    "row beyond the last": [2, 43, 3, 1],
    "masked row beyond the last": [2, 43, -4, 1, 1],
    "row far beyond": [2, 43, INT32_MAX, 1],
    "masked row far beyond": [2, 43, INT32_MIN, 1, 1],
    "mask 0": [2, 43, -1, 0],
    "mask below 0": [2, 43, -1, -1, 1, 1, 1],
    "mask wider than the row": [2, 43, -1, 8, 1],
    "head alone": [2, 43, 0],
    "masked head alone": [2, 43, -1],
    "mask alone": [2, 43, -1, 3],
    "one difference short": [2, 43, -1, 3, 1],
    "good row, then cut short": [2, 43, 0, 1, -3, 3, -320],
    "difference above int32": [2, 43, 0, INT32_MAX + 1],
    "difference below int32": [2, 43, 0, INT32_MIN - 1],
    "head above int32": [2, 43, 2**32, 1],
    "head as bool": [2, 43, False, 1],
    "difference as bool": [2, 43, 0, True],
    "difference as float": [2, 43, 0, 1.0],
    "difference not a number": [2, 43, 0, float("nan")],
    "difference nil": [2, 43, 0, None],
    "difference as text": [2, 43, 0, "1"],
    "difference nested": [2, 43, 0, [1]],
    "checked, no checksum": [3, 43],
    "checked, another checksum": [3, 43, 0],
    "checked, checksum as float": [3, 43, 0.0],
    "checked, checksum nil": [3, 43, None],
    "checked, checksum nested": [3, 43, [0]],
}


@pytest.mark.parametrize("message", BAD_DELTAS.values(), ids=BAD_DELTAS.keys())
def test_a_bad_delta_is_out_of_step_until_the_next_keyframe(copy: Replica, message: object) -> None:
    with pytest.raises(OutOfStep) as fault:
        copy.apply_delta(message)  # type: ignore[arg-type]
    assert copy.tick == NO_TICK
    assert fault.value.tick in (41, 43)
    assert fault.value.checksum == copy.checksum()
    for again in ([2, 44], [3, 44, copy.checksum()]):
        with pytest.raises(OutOfStep, match="keyframe"):
            copy.apply_delta(again)
    with pytest.raises(OutOfStep, match="keyframe"):
        copy.apply_tokens([])
    copy.load_keyframe(44, VALUES, RATES)
    assert copy.apply_delta([2, 45]) == 45


@pytest.mark.parametrize("message", BAD_DELTAS.values(), ids=BAD_DELTAS.keys())
def test_nothing_of_a_bad_delta_is_applied_but_the_forecast(copy: Replica, message: object) -> None:
    with pytest.raises(OutOfStep):
        copy.apply_delta(message)  # type: ignore[arg-type]
    assert copy.values.tolist() in (VALUES, [*VALUES[:6], 1640, *VALUES[7:]])
    assert copy.rates.tolist() == [0] * 6 + [320, 0, 0]


def test_a_checksum_that_differs_tells_what_the_copy_had(copy: Replica) -> None:
    with pytest.raises(OutOfStep) as fault:
        copy.apply_delta([3, 42, 0])
    expected = Replica(LAYOUT)
    expected.load_keyframe(42, [*VALUES[:6], 1320, 500, 0], RATES)
    assert (fault.value.tick, fault.value.checksum) == (42, expected.checksum())


def test_before_any_keyframe_nothing_fits() -> None:
    copy = Replica(LAYOUT)
    with pytest.raises(OutOfStep, match="before any keyframe") as fault:
        copy.apply_delta([2, 1])
    assert (copy.tick, fault.value.tick) == (NO_TICK, 0)


BAD_KEYFRAMES: dict[str, tuple[object, object, object]] = {
    "tick nil": (None, VALUES, RATES),
    "tick as bool": (True, VALUES, RATES),
    "tick as float": (41.0, VALUES, RATES),
    "tick below 0": (-1, VALUES, RATES),
    "tick above int32": (2**31, VALUES, RATES),
    "values nil": (41, None, RATES),
    "values a map": (41, dict.fromkeys(range(9), 0), RATES),
    "values text": (41, "123456789", RATES),
    "values bytes": (41, b"123456789", RATES),
    "a value short": (41, VALUES[1:], RATES),
    "a value more": (41, [*VALUES, 0], RATES),
    "value above int32": (41, [*VALUES[1:], 2**31], RATES),
    "value below int32": (41, [*VALUES[1:], -(2**31) - 1], RATES),
    "value far above": (41, [*VALUES[1:], 2**64 - 1], RATES),
    "value as bool": (41, [*VALUES[1:], True], RATES),
    "value as float": (41, [*VALUES[1:], 1.0], RATES),
    "value not a number": (41, [*VALUES[1:], float("nan")], RATES),
    "value nil": (41, [*VALUES[1:], None], RATES),
    "value as text": (41, [*VALUES[1:], "1"], RATES),
    "values nested": (41, [[value] for value in VALUES], RATES),
    "rates nil": (41, VALUES, None),
    "a rate short": (41, VALUES, [0]),
    "a rate for every cell": (41, VALUES, [0] * 9),
    "rate above int32": (41, VALUES, [0, 2**31]),
    "rate as text": (41, VALUES, [0, "1"]),
}


@pytest.mark.parametrize("keyframe", BAD_KEYFRAMES.values(), ids=BAD_KEYFRAMES.keys())
def test_a_bad_keyframe_changes_nothing_but_that_the_copy_is_out_of_step(
    copy: Replica, keyframe: tuple[object, object, object]
) -> None:
    with pytest.raises(OutOfStep):
        copy.load_keyframe(*keyframe)  # type: ignore[arg-type]
    assert copy.tick == NO_TICK
    assert copy.values.tolist() == VALUES
    assert copy.rates.tolist() == [0] * 6 + [320, 0, 0]


plain = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.integers(-5, 9)
    | st.floats()
    | st.text()
    | st.binary()
)
DEEP: list[object] = []
for _ in range(100_000):
    DEEP = [DEEP]


@pytest.mark.parametrize("message", [DEEP, [DEEP], [2, DEEP], [2, 43, DEEP], [2, 43, 0, DEEP], [3, 43, DEEP]])
def test_nested_100_000_deep(copy: Replica, message: list[int]) -> None:
    with pytest.raises(OutOfStep):
        copy.apply_delta(message)
    for keyframe in ((DEEP, VALUES, RATES), (41, DEEP, RATES), (41, [DEEP] * 9, RATES), (41, VALUES, [DEEP] * 2)):
        with pytest.raises(OutOfStep):
            copy.load_keyframe(*keyframe)


anything = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=2)
)


@given(st.lists(anything, max_size=6), st.sampled_from([[], [2], [3], [2, 43], [3, 43], [2, 42, 0]]))
@example([2, float("inf")], [])
def test_whatever_stands_in_a_delta_only_out_of_step_is_raised(items: list[object], start: list[object]) -> None:
    copy = Replica(LAYOUT)
    copy.load_keyframe(41, VALUES, RATES)
    try:
        copy.apply_delta([*start, *items])  # type: ignore[list-item]
    except OutOfStep:
        assert copy.tick == NO_TICK
    else:
        assert copy.tick > 41


@given(anything, anything, anything)
def test_whatever_stands_in_a_keyframe_only_out_of_step_is_raised(tick: object, values: object, rates: object) -> None:
    copy = Replica(LAYOUT)
    with pytest.raises(OutOfStep):
        copy.load_keyframe(tick, values, rates)  # type: ignore[arg-type]
    assert copy.tick == NO_TICK


def test_tables_are_views() -> None:
    copy = Replica(LAYOUT)
    copy.load_keyframe(1, VALUES, RATES)
    table = copy.table("walkers")
    assert np.shares_memory(table, copy.values)
    copy.apply_delta([2, 2])
    assert table[0, 0] == 1320
    with pytest.raises(KeyError, match="no table"):
        copy.table("ghosts")
