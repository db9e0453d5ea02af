"""A copy that starts from any keyframe and applies every delta is the server's state, bit for bit; or it says so.

A game is a random layout and a random story: which cells change when, to what, and which start to glide, with long
silences between. The server's side is ``Forecast``; frames cross MessagePack (msgspec in, msgpack out) to ``Replica``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgpack
import msgspec
import numpy as np
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from tickroom.protocol.delta import TICK_MASK, Forecast, checksum
from tickroom.protocol.messages import CHECKED_DELTA_KIND, DELTA_KIND, Keyframe, encode, encode_delta
from tickroom.protocol.replica import OutOfStep, Replica
from tickroom.protocol.tables import MAX_COLUMNS, Column, Int32Array, Layout, Table

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
LONGEST_SILENCE_TICKS = 127

int32s = st.one_of(
    st.sampled_from([0, 1, -1, INT32_MIN, INT32_MAX, INT32_MIN + 1, 127, 128, -32, -33, 65536]),
    st.integers(INT32_MIN, INT32_MAX),
    st.integers(-500, 500),
)


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    widths = st.one_of(st.integers(1, 5), st.just(MAX_COLUMNS))
    shapes = draw(st.lists(st.tuples(widths, st.integers(0, 3)), min_size=1, max_size=4))
    tables = tuple(
        Table(f"t{number}", tuple(Column(f"c{column}", gliding=draw(st.booleans())) for column in range(width)))
        for number, (width, _) in enumerate(shapes)
    )
    layout = Layout(tables, tuple(rows for _, rows in shapes))
    assume(layout.cells)
    return layout


@dataclass(frozen=True)
class Change:
    """From this tick on: ``cell`` holds ``value`` (None: what it has), and moves by ``velocity`` a tick."""

    session: int
    cell: int
    value: int | None
    velocity: int


@dataclass(frozen=True)
class Chapter:
    """A tick with changes, then a silence. ``heartbeat``: the first frame is sent even if it is empty."""

    changes: tuple[Change, ...]
    silence_ticks: int
    heartbeat: bool
    checked: bool


@dataclass(frozen=True)
class Story:
    layout: Layout
    sessions: int
    first_tick: int
    chapters: tuple[Chapter, ...]

    def states(self) -> Iterator[tuple[int, Int32Array, Chapter | None]]:
        """Tick, (sessions, cells) int32, and the chapter that begins with it."""
        values = np.zeros((self.sessions, self.layout.cells), dtype=np.int32)
        velocity = values.copy()
        tick = self.first_tick
        for chapter in self.chapters:
            tick += 1
            values += velocity
            for change in chapter.changes:
                velocity[change.session, change.cell] = change.velocity
                if change.value is not None:
                    values[change.session, change.cell] = change.value
            yield tick, values.copy(), chapter
            for _ in range(chapter.silence_ticks):
                tick += 1
                values += velocity
                yield tick, values.copy(), None


@st.composite
def stories(draw: st.DrawFn) -> Story:
    layout = draw(layouts())
    sessions = draw(st.integers(1, 4))
    changes = st.builds(
        Change,
        session=st.integers(0, sessions - 1),
        cell=st.integers(0, layout.cells - 1),
        value=st.none() | int32s,
        velocity=st.sampled_from([0, 0, 0, 1, 320, -320, INT32_MAX, INT32_MIN]) | int32s,
    )
    chapters = st.builds(
        Chapter,
        changes=st.lists(changes, max_size=6).map(tuple),
        silence_ticks=st.sampled_from([0, 0, 0, 1, 5, LONGEST_SILENCE_TICKS, 300]),
        heartbeat=st.booleans(),
        checked=st.booleans(),
    )
    return Story(
        layout,
        sessions,
        draw(st.sampled_from([0, 1, 119, 127, 128, 2**20])),
        draw(st.lists(chapters, min_size=1, max_size=8).map(tuple)),
    )


@dataclass(frozen=True)
class Sent:
    """What one session sent at ``tick``, if anything, and what was true then."""

    tick: int
    frame: bytes | None
    keyframe: bytes
    values: list[int]
    rates: list[int]


def broadcast(story: Story) -> list[list[Sent]]:
    """The server's side: for each session, each tick."""
    forecast = Forecast(story.layout, story.sessions + 1)  # a pool is seldom full
    sent: list[list[Sent]] = [[] for _ in range(story.sessions)]
    last_frame = [story.first_tick] * story.sessions
    for tick, cells, chapter in story.states():
        tokens, bounds = forecast.collect_surprises(cells)
        for row in range(story.sessions):
            mine = tokens[bounds[row] : bounds[row + 1]]
            frame = None
            due = tick - last_frame[row] == LONGEST_SILENCE_TICKS
            if mine or due or (chapter is not None and chapter.heartbeat):
                checked = chapter is not None and chapter.checked
                head = [tick & TICK_MASK, forecast.checksum(row)] if checked else [tick & TICK_MASK]
                frame = encode_delta(CHECKED_DELTA_KIND if checked else DELTA_KIND, head, mine)
                last_frame[row] = tick
            values, rates = forecast.keyframe(row)
            sent[row].append(Sent(tick, frame, encode(Keyframe(tick, values, rates)), values, rates))
            assert values == cells[row].tolist()
    return sent


def decode(payload: bytes) -> list[int]:
    """By both libraries, which must agree."""
    message: list[int] = msgpack.unpackb(payload)
    assert message == msgspec.msgpack.decode(payload)
    assert msgpack.packb(message) == payload
    return message


def load(copy: Replica, payload: bytes) -> None:
    _, tick, values, rates = msgpack.unpackb(payload)
    copy.load_keyframe(tick, values, rates)


def assert_in_step(copy: Replica, at: Sent) -> None:
    gliding = copy.layout.gliding_cells
    assert copy.tick == at.tick
    assert copy.values.tolist() == at.values
    assert copy.rates[gliding].tolist() == at.rates
    assert not np.delete(copy.rates, gliding).any()
    assert copy.checksum() == checksum(np.array(at.values, np.int32), np.array(at.rates, np.int32))


def reference_tokens(layout: Layout, forecast: Sequence[int], cells: Sequence[int]) -> list[int]:
    """The format of docs/protocol.md, one row after the other."""
    tokens = []
    cell = row = 0
    for table, rows in zip(layout.tables, layout.rows, strict=True):
        for _ in range(rows):
            differences = {}
            for column in range(len(table.columns)):
                difference = (cells[cell] - forecast[cell] + 2**31) % 2**32 - 2**31
                if difference:
                    differences[column] = difference
                cell += 1
            if list(differences) == [0]:
                tokens += [row, differences[0]]
            elif differences:
                tokens += [-1 - row, sum(1 << column for column in differences), *differences.values()]
            row += 1
    return tokens


@given(stories(), st.data())
def test_a_copy_from_any_keyframe_holds_the_state(story: Story, data: st.DataObject) -> None:
    for sent in broadcast(story):
        frames = [index for index, at in enumerate(sent) if at.frame is not None]
        event(f"frames sent: {len(frames) * 10 // len(sent)} in 10 ticks")
        starts = data.draw(st.sets(st.integers(0, len(sent) - 1), min_size=1, max_size=3))
        for start in starts:
            copy = Replica(story.layout)
            load(copy, sent[start].keyframe)
            assert_in_step(copy, sent[start])
            for at in sent[start + 1 :]:
                if at.frame is not None:
                    assert copy.apply_delta(decode(at.frame)) == at.tick
                    assert_in_step(copy, at)


@given(stories(), st.data())
def test_between_frames_a_copy_may_look_ahead_at_any_tick(story: Story, data: st.DataObject) -> None:
    """Stopping at a silent tick on the way to the next frame changes nothing: advancing is adding."""
    for sent in broadcast(story):
        copy = Replica(story.layout)
        load(copy, sent[0].keyframe)
        for at in sent[1:]:
            if at.frame is not None:
                copy.apply_delta(decode(at.frame))
            elif data.draw(st.booleans()):
                copy.advance_to(at.tick & TICK_MASK)
            else:
                continue
            assert_in_step(copy, at)


@given(stories())
def test_a_pool_of_many_gives_what_pools_of_one_give(story: Story) -> None:
    pool = Forecast(story.layout, story.sessions)
    alone = [Forecast(story.layout, 1) for _ in range(story.sessions)]
    for _, cells, _ in story.states():
        tokens, bounds = pool.collect_surprises(cells)
        assert (bounds[0], bounds[-1], len(bounds)) == (0, len(tokens), story.sessions + 1)
        for row, forecast in enumerate(alone):
            mine, _ = forecast.collect_surprises(cells[row : row + 1])
            assert mine == tokens[bounds[row] : bounds[row + 1]]
            assert forecast.keyframe(0) == pool.keyframe(row)
            assert forecast.checksum(0) == pool.checksum(row)


@given(stories())
def test_tokens_are_those_of_the_page(story: Story) -> None:
    forecast = Forecast(story.layout, 1)
    for _, cells, _ in story.states():
        expected = reference_tokens(story.layout, (forecast.values[0] + forecast.rates[0]).tolist(), cells[0].tolist())
        assert forecast.collect_surprises(cells[:1])[0] == expected
        assert all(INT32_MIN <= token <= INT32_MAX for token in expected)


# --- frames lost, doubled or altered ---------------------------------------------------------------------------------

ALTERATIONS = ("lost", "doubled", "a token is another", "a token is missing", "a token is added", "another tick")


def altered(message: list[int], how: str, draw: st.DataObject) -> list[list[int]]:
    """What arrives in place of a delta."""
    head = 2 if message[0] == DELTA_KIND else 3
    place = draw.draw(st.integers(head, len(message))) if len(message) > head else head
    match how:
        case "lost":
            return []
        case "doubled":
            return [message, message]
        case "a token is another":
            assume(place < len(message))
            return [[*message[:place], draw.draw(int32s), *message[place + 1 :]]]
        case "a token is missing":
            assume(place < len(message))
            return [[*message[:place], *message[place + 1 :]]]
        case "a token is added":
            return [[*message[:place], draw.draw(int32s), *message[place:]]]
        case _:
            return [[message[0], draw.draw(st.integers(0, TICK_MASK)), *message[2:]]]


@given(stories(), st.sampled_from(ALTERATIONS), st.data())
def test_what_does_not_arrive_as_sent_is_found_and_a_keyframe_heals_it(
    story: Story, how: str, data: st.DataObject
) -> None:
    """By the next checked frame at the latest the copy is out of step, or the alteration made no difference.

    It makes none when the delta has the same effect: a heartbeat lost; a token replaced by itself; a mask of column 0
    alone in place of the short form; a difference of 0 added. And there is one thing that no checksum sees, for the
    tick is not in it: a tick that is 128 off while nothing glides. It takes an altered tick, or the loss of the one
    frame within 127 ticks; an ordered stream has neither.
    """
    sent = broadcast(story)[0]
    frames = [index for index, at in enumerate(sent) if index and at.frame is not None]
    assume(frames)
    hit = data.draw(st.sampled_from(frames))
    healed = data.draw(st.integers(hit, len(sent) - 1))
    copy = Replica(story.layout)
    load(copy, sent[0].keyframe)
    for at in sent[1:hit]:
        if at.frame is not None:
            copy.apply_delta(decode(at.frame))
    original = sent[hit].frame
    assert original is not None
    try:
        for message in altered(decode(original), how, data):
            copy.apply_delta(message)
        for at in sent[hit + 1 :]:
            if at.frame is not None:
                copy.apply_delta(decode(at.frame))
        here = sent[-1]
        check = [CHECKED_DELTA_KIND, (here.tick + 1) & TICK_MASK, _checksum_one_tick_later(story.layout, here)]
        if copy.tick & TICK_MASK == here.tick & TICK_MASK:
            copy.apply_delta(check)
        else:
            copy.advance_to(here.tick & TICK_MASK)
            copy.apply_delta(check)
    except OutOfStep:
        event(f"{how}: found")
        assert copy.tick == -1
    else:
        event(f"{how}: made no difference")
        copy_rates = copy.rates[story.layout.gliding_cells]
        assert copy_rates.tolist() == here.rates
        assert (copy.values - copy.rates).tolist() == here.values
    load(copy, sent[healed].keyframe)
    for at in sent[healed + 1 :]:
        if at.frame is not None:
            copy.apply_delta(decode(at.frame))
            assert_in_step(copy, at)


def _checksum_one_tick_later(layout: Layout, here: Sent) -> int:
    server = Replica(layout)
    server.load_keyframe(here.tick, here.values, here.rates)
    server.advance_to((here.tick + 1) & TICK_MASK)
    return server.checksum()


# --- the checks above can fail ---------------------------------------------------------------------------------------


def _walker_story() -> Story:
    layout = Layout((Table("walkers", (Column("x", gliding=True), Column("score"))),), (1,))
    walk = Chapter((Change(0, 0, None, 320),), 3, heartbeat=True, checked=False)
    scores = Chapter((Change(0, 1, 10, 0),), 3, heartbeat=True, checked=False)
    check = Chapter((), 3, heartbeat=True, checked=True)
    return Story(layout, 1, 0, (walk, scores, check))


def _follow(copy: Replica, sent: list[Sent], *, without: int | None = None) -> None:
    load(copy, sent[0].keyframe)
    for index, at in enumerate(sent[1:], start=1):
        if at.frame is not None and index != without:
            copy.apply_delta(decode(at.frame))


def test_a_lost_delta_does_make_a_difference() -> None:
    """Without checked frames nobody would notice; with them it is noticed."""
    (sent,) = broadcast(_walker_story())
    scores_at = next(index for index, at in enumerate(sent) if at.values[1])
    copy = Replica(_walker_story().layout)
    _follow(copy, sent[: scores_at + 2], without=scores_at)
    with pytest.raises(AssertionError):
        assert_in_step(copy, sent[scores_at])
    with pytest.raises(OutOfStep, match="checksum"):
        _follow(Replica(_walker_story().layout), sent, without=scores_at)
    _follow(Replica(_walker_story().layout), sent)


@pytest.mark.parametrize("cell", [0, 1])
def test_the_comparison_sees_every_cell_and_rate(cell: int) -> None:
    (sent,) = broadcast(_walker_story())
    for array in ("values", "rates"):
        copy = Replica(_walker_story().layout)
        load(copy, sent[-1].keyframe)
        assert_in_step(copy, sent[-1])
        getattr(copy, array)[cell] += 1
        with pytest.raises(AssertionError):
            assert_in_step(copy, sent[-1])


def test_an_encoder_that_forgets_a_rate_is_caught() -> None:
    """The mistake that this format invites: a surprise on a gliding cell that leaves the rate as it was."""

    class Forgetful(Forecast):
        def collect_surprises(self, cells: Int32Array) -> tuple[list[int], list[int]]:
            before = self.rates.copy()
            tokens = super().collect_surprises(cells)
            self.rates[:] = before
            return tokens

    layout = _walker_story().layout
    server, copy = Forgetful(layout, 1), Replica(layout)
    copy.load_keyframe(0, *server.keyframe(0))
    tokens, _ = server.collect_surprises(np.array([[320, 0]], dtype=np.int32))
    with pytest.raises(OutOfStep, match="checksum"):
        copy.apply_delta([CHECKED_DELTA_KIND, 1, server.checksum(0), *tokens])
