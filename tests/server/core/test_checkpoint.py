"""A session as bytes and back: all of it, or nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from tests.server.core.recording import RecordedStage, life_of, passed_on
from tests.server.core.stage import TOY_OPTIONS, Stage, closes, facts
from tests.server.core.test_bots import BotGame
from tests.server.core.toy_game import ToyGame
from tickroom.game.interface import export_row
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import Input, Welcome
from tickroom.protocol.schema import Field
from tickroom.protocol.session_tables import Status
from tickroom.server.core.checkpoint import (
    Checkpoint,
    CheckpointUnreadable,
    decode_checkpoint,
    encode_checkpoint,
    restore_session,
    take_checkpoint,
)
from tickroom.server.core.commands import (
    Act,
    Command,
    Drop,
    Join,
    Read,
    Reserve,
    Resume,
    Say,
    Type,
    Watch,
)
from tickroom.server.core.pool import Pool, PoolFull
from tickroom.server.core.records import decode_record, encode_record, pool_record
from tickroom.server.core.sealing import seal

SCRIPT: dict[int, list[Command]] = {
    1: [
        Join(1, "Ann", "a", account="ann", address="here"),
        Join(2, "Bob", "b", bot=True),
        Watch(3, "Eve", address="there"),
    ],
    2: [Act(1, 1, "add_bot", ()), Join(4, "Dan", "d", address="yonder"), Watch(5, "Guy", address="beyond")],
    3: [Act(1, 2, "silence", (2, 1)), Act(4, 3, "mute", (2, 1)), Act(1, 4, "lock", (1,)), Act(1, 5, "ban", (6,))],
    4: [Say(1, 6, 0, "hello", 17), Say(3, 7, 1, "hush", 18), Read(4, 1)],
    14: [Resume(9, "a", "a2"), Reserve(11), Drop(4), Say(9, 8, 0, "hello", 19)],
    15: [Act(9, 9, "away", (1,)), Type(9, 0, True), Type(3, 1, True)],
    16: [Act(9, 10, "poke", (5,))],
}


def rich(**settings: Any) -> RecordedStage:
    """A session in a round in which there is something of everything."""
    stage = RecordedStage(BotGame(), late_join="wait", grace_s=60, password=None, **settings)
    for tick in range(1, 18):
        if tick in (5, 13):
            stage.hold(1, tick + 1, 3)
        stage.tick(*SCRIPT.get(tick, ()))
    session = stage.session
    assert session.status is Status.ACTIVE
    assert [seat.connection for seat in session.members] == [9, 2, None, None]
    assert len(session.members[0].digests) == 2
    assert len(session.reservations) == 1
    return stage


def other_pool(game: ToyGame | None = None, rows: int = 3) -> Pool:
    """A pool in which others live, at another beat."""
    pool = Pool(game or BotGame(), 4, 10, rows, number=5)
    other = pool.open("OTHERS", Stage().settings, 3, dict(TOY_OPTIONS))
    pool.advance([(other, Join(1, "x", "x"))])
    for _ in range(3):
        pool.advance([])
    return pool


def test_all_of_a_session_comes_back() -> None:
    stage = rich()
    pool = other_pool()
    again = restore_session(pool, stage.checkpoint())
    assert (again.row, again.code, again.tick) == (1, "STAGED", stage.session.tick)
    assert life_of(again) == life_of(stage.session)
    ours, theirs = export_row(pool.world, 1), export_row(stage.pool.world, stage.session.row)
    assert all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))
    assert again.told_settings == stage.session.told_settings
    assert again.host == 1
    assert pool.wake_at[1] == stage.pool.wake_at[stage.session.row]
    assert pool.keyframe(again) == stage.pool.keyframe(stage.session)


def test_and_it_goes_on_as_if_nothing_had_happened() -> None:
    """The same commands later: answers, refusals and facts are the same, for all that they depend on is there."""
    stage = rich()
    pool = other_pool()
    again = restore_session(pool, stage.checkpoint())
    later: dict[int, list[Command]] = {
        19: [Resume(20, "d", "d2"), Say(9, 1, 0, "hello", 3), Say(9, 2, 0, "hello", 3), Say(2, 3, 0, "quiet", 3)],
        20: [Join(21, "Eve", "e", address="there"), Join(22, "New", "n", account="ann"), Act(9, 4, "lock", (0,))],
        21: [Join(23, "Guy", "g", address="beyond"), Join(24, "New", "n"), Resume(25, "a", "a3")],
        30: [Act(25, 5, "remove_bot", (4,)), Join(26, "New", "n"), Watch(27, "Zoe")],
    }
    for tick in range(18, 80):
        effects = stage.tick(*later.get(tick, ()))
        output = pool.advance([(again, command) for command in later.get(tick, ())])
        told = next((part for part in output.sessions if part.session is again), None)
        assert _shapes(told.effects if told else []) == _shapes(effects), tick
        assert (told.state if told else None) == stage.state
        assert life_of(again) == life_of(stage.session), tick
    assert stage.session.status is Status.FINISHED


def _shapes(effects: list[Any]) -> list[object]:
    return [
        (type(effect), effect.connection, effect.seat.player) if hasattr(effect, "seat") else effect
        for effect in effects
    ]


def test_before_its_first_tick_a_session_can_be_saved_as_well() -> None:
    stage = RecordedStage()
    pool = other_pool(ToyGame())
    again = restore_session(pool, stage.checkpoint())
    assert again.tick == 0
    stage.tick(Join(1, "Ann", "a"))
    pool.advance([(again, Join(1, "Ann", "a"))])
    assert life_of(again) == life_of(stage.session)


def test_inputs_that_wait_are_not_in_it() -> None:
    stage = RecordedStage()
    stage.join(1)
    before = encode_checkpoint(stage.checkpoint())
    stage.hold(0, 9, 5)
    assert encode_checkpoint(stage.checkpoint()) == before


def test_no_token_and_no_password_can_be_read_from_it() -> None:
    stage = RecordedStage(password="sesame")
    digest = stage.session.password.digest("sesame")
    stage.tick(Join(1, "Ann", "token-of-ann", password=digest))
    blob = encode_checkpoint(stage.checkpoint())
    assert b"sesame" not in blob
    assert b"token-of-ann" not in blob
    again = restore_session(other_pool(ToyGame()), decode_checkpoint(blob))
    assert again.password.is_set
    effects = again.pool.advance([(again, Join(2, "Bob", "t")), (again, Join(3, "Bob", "t", password=digest))])
    told = next(part.effects for part in effects.sessions if part.session is again)
    assert closes(told) == [(2, CloseCode.WRONG_PASSWORD)]
    assert len(facts(told, Welcome)) == 1


def test_reservations_are_kept() -> None:
    stage = RecordedStage(seats=1)
    stage.tick(Reserve(1))
    again = restore_session(other_pool(ToyGame()), stage.checkpoint())
    output = again.pool.advance([(again, Join(2, "Bob", "b")), (again, Join(1, "Ann", "a"))])
    told = next(part.effects for part in output.sessions if part.session is again)
    assert closes(told) == [(2, CloseCode.SESSION_FULL)]
    assert [seat.nickname for seat in again.members] == ["Ann"]


def test_chat_goes_on_with_the_next_number() -> None:
    stage = rich()
    again = restore_session(other_pool(), stage.checkpoint())
    again.pool.advance([(again, Say(3, 1, 0, "new", 9))])
    assert [(line.id, line.text) for line in again.conversation.chat.save().lines][-2:] == [(3, "hello"), (4, "new")]


# --- what is refused -------------------------------------------------------------------------------------------------


def test_damage_and_other_formats_are_refused() -> None:
    blob = encode_checkpoint(rich().checkpoint())
    for place in range(0, len(blob), 7):
        broken = bytearray(blob)
        broken[place] ^= 0x55
        with pytest.raises(CheckpointUnreadable):
            decode_checkpoint(bytes(broken))
    for bad in (b"", blob[:-1], blob + b"\0", b"\x02" + blob[1:], seal(b""), seal(b"\xc1"), seal(b"\x93\x01\x02\x03")):
        with pytest.raises(CheckpointUnreadable):
            decode_checkpoint(bad)


def test_fields_that_this_version_does_not_know_are_refused() -> None:
    fields = msgspec.msgpack.decode(encode_checkpoint(rich().checkpoint())[5:])
    with pytest.raises(CheckpointUnreadable):
        decode_checkpoint(seal(msgspec.msgpack.encode([*fields, 1])))
    with pytest.raises(CheckpointUnreadable):
        decode_checkpoint(seal(msgspec.msgpack.encode(fields[:-1])))


def _no_such_seat(one: Checkpoint) -> Checkpoint:
    seats = one.session.seats
    return replace(one, session=replace(one.session, seats=[*seats[:-1], replace(seats[-1], index=7)]))


def _one_seat_twice(one: Checkpoint) -> Checkpoint:
    seats = one.session.seats
    return replace(one, session=replace(one.session, seats=[*seats, seats[-1]]))


def _one_person_twice(one: Checkpoint) -> Checkpoint:
    watchers = one.session.watchers
    return replace(one, session=replace(one.session, watchers=[*watchers, watchers[0]._replace(connection=77)]))


def _one_connection_twice(one: Checkpoint) -> Checkpoint:
    watchers = one.session.watchers
    return replace(one, session=replace(one.session, watchers=[*watchers[:-1], watchers[-1]._replace(connection=9)]))


def _another_player(one: Checkpoint) -> Checkpoint:
    seats = one.session.seats
    return replace(one, session=replace(one.session, seats=seats[:-1]))


def _fewer_ids(one: Checkpoint) -> Checkpoint:
    return replace(one, session=replace(one.session, people_met=2))


BROKEN: list[Callable[[Checkpoint], Checkpoint]] = [
    _no_such_seat,
    _one_seat_twice,
    _one_person_twice,
    _one_connection_twice,
    _another_player,
    _fewer_ids,
    lambda one: replace(one, game="chess"),
    lambda one: replace(one, fingerprint=one.fingerprint ^ 1),
    lambda one: replace(one, seat_rows=8),
    lambda one: replace(one, tick=-1),
    lambda one: replace(one, tick=2**40),
    lambda one: replace(one, settings=replace(one.settings, tick_hz=20)),
    lambda one: replace(one, settings=replace(one.settings, seats=5)),
    lambda one: replace(one, arrays=replace(one.arrays, cells=one.arrays.cells[:-4])),
    lambda one: replace(one, arrays=replace(one.arrays, cells=one.arrays.cells + b"\0")),
    lambda one: replace(one, arrays=replace(one.arrays, rates=one.arrays.rates[4:])),
    lambda one: replace(one, arrays=replace(one.arrays, layout=one.arrays.layout.replace("i4", "i8"))),
    lambda one: replace(one, arrays=replace(one.arrays, hidden=one.arrays.hidden[:-1])),
    lambda one: replace(one, arrays=replace(one.arrays, hidden=[b"", *one.arrays.hidden[1:]])),
]


@pytest.mark.parametrize("broken", BROKEN)
def test_what_cannot_be_is_refused_and_leaves_no_trace(broken: Callable[[Checkpoint], Checkpoint]) -> None:
    checkpoint = broken(rich().checkpoint())
    pool = other_pool()
    cells = pool.tables.cells.copy()
    with pytest.raises(CheckpointUnreadable):
        restore_session(pool, checkpoint)
    assert list(pool.sessions) == [0]
    assert np.array_equal(pool.tables.cells, cells)
    fresh, untouched = pool, other_pool()
    lives = []
    for one in (fresh, untouched):
        session = one.open("FRESH1", Stage().settings, 8, dict(TOY_OPTIONS))
        assert session.row == 1
        one.advance([(session, Join(1, "Ann", "a")), (session, Act(1, 1, "add_bot", ()))])
        seat = session.members[0]
        assert one.receive_input(seat, Input(2, (1,))) is None
        for _ in range(20):
            output = one.advance([])
            assert not output.failures
        lives.append(life_of(session))
    assert lives[0] == lives[1], "the row was as good as new"


def test_a_hidden_array_of_another_shape_is_refused() -> None:
    class Longer(BotGame):
        def allocate(self, tables: Any, seats: int, tick_hz: int) -> Any:
            world = super().allocate(tables, seats, tick_hz)
            world.moves = np.zeros((tables.cells.shape[0], seats + 1), dtype=np.int32)
            return world

    with pytest.raises(CheckpointUnreadable, match="laid out"):
        restore_session(Pool(Longer(), 4, 10, 2), rich().checkpoint())


def test_a_game_with_another_schema_is_refused() -> None:
    class Newer(BotGame):
        schema = dataclasses.replace(BotGame.schema, settings=(*BotGame.schema.settings, Field("end", 0, 1)))

    with pytest.raises(CheckpointUnreadable, match="fingerprint"):
        restore_session(Pool(Newer(), 4, 10, 2), rich().checkpoint())


def test_a_full_pool_is_said_to_be_full() -> None:
    with pytest.raises(PoolFull):
        restore_session(other_pool(rows=1), rich().checkpoint())


def test_a_restored_session_is_saved_and_recorded_like_any_other() -> None:
    pool = other_pool()
    again = restore_session(pool, rich().checkpoint())
    saved = passed_on(take_checkpoint(again, "two", 40))
    assert (saved.incarnation, saved.pool, saved.row, saved.sequence, saved.beat) == ("two", 5, 1, 40, pool.beat)
    output = pool.advance([])
    (part,) = decode_record(encode_record([pool_record(pool, [], output)]))
    assert part.newcomers == [(1, "STAGED")]
