"""The journal of a node that is no more: each of its sessions is brought from its checkpoint to the end, and no other's
commands are done to it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.server.core.recording import RecordedStage, life_of, passed_on, replay_all
from tests.server.core.stage import TOY_OPTIONS, Stage
from tests.server.core.test_bots import BotGame
from tests.server.core.toy_game import POISON, ToyGame
from tickroom.game.interface import Game
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import Input
from tickroom.server.core.checkpoint import Checkpoint, take_checkpoint
from tickroom.server.core.commands import Act, Command, Drop, End, Join, Resume, Say
from tickroom.server.core.pool import Pool
from tickroom.server.core.records import (
    PackedIntegers,
    PoolRecord,
    RecordUnreadable,
    decode_record,
    encode_record,
    pool_record,
)
from tickroom.server.core.replay import Replay
from tickroom.server.core.session import Session

SETTINGS = Stage().settings
NONE = PackedIntegers(1, b"")


class Journal:
    """Pools of a node and the records of their ticks; a record has one part for each pool that ticked."""

    def __init__(self, *pools: Pool) -> None:
        self.pools = pools
        self.records: list[bytes] = []
        self.queued: list[tuple[Session, Command]] = []

    def open(self, code: str, pool: int = 0) -> Session:
        return self.pools[pool].open(code, SETTINGS, len(code), dict(TOY_OPTIONS))

    def queue(self, session: Session, *commands: Command) -> None:
        self.queued += [(session, command) for command in commands]

    def hold(self, session: Session, seat: int, x: int) -> None:
        taken = session.seats[seat]
        assert taken is not None
        assert session.pool.receive_input(taken, Input(session.tick + 1, (x,))) is None

    def tick(self, *pools: int) -> None:
        """The pools with these places, or all."""
        parts = []
        for place in pools or range(len(self.pools)):
            pool = self.pools[place]
            commands = [(session, command) for session, command in self.queued if session.pool is pool]
            self.queued = [one for one in self.queued if one not in commands]
            parts.append(pool_record(pool, commands, pool.advance(commands)))
        self.records.append(encode_record(parts))

    def ticks(self, count: int) -> None:
        for _ in range(count):
            self.tick()

    def checkpoint(self, session: Session) -> Checkpoint:
        return passed_on(take_checkpoint(session, "one", len(self.records)))

    def replay(self, *checkpoints: Checkpoint) -> Replay:
        return replay_all(self.pools[0].game, checkpoints, self.records)


def journal(game: Game[Any] | None = None) -> Journal:
    return Journal(Pool(game or ToyGame(), 4, 10, 4, number=3))


def by_code(sessions: list[Session]) -> dict[str, Session]:
    return {session.code: session for session in sessions}


def test_sessions_of_several_pools_and_of_different_checkpoints() -> None:
    node = Journal(Pool(ToyGame(), 4, 10, 4, number=3), Pool(ToyGame(), 4, 10, 4, number=8))
    sessions = [node.open(f"CODE{number}", number % 2) for number in range(5)]
    checkpoints = []
    for tick in range(1, 41):
        ticking = ((0,), (1,), (0, 1))[tick % 3]
        for number, session in enumerate(sessions):
            if number % 2 not in ticking:
                continue
            if not session.members:
                node.queue(session, Join(number, "Ann", "a"), Join(50 + number, "Bob", "b"))
            else:
                node.hold(session, tick % 2, (tick * number) % 11 - 5)
                if (tick + number) % 9 == 0:
                    node.queue(session, Say(number, tick, 0, f"line {tick}", 0), Act(number, 1, "poke", (tick % 7,)))
        if tick == 20:
            node.queue(sessions[2], Drop(2))
        node.tick(*ticking)
        if tick % 8 == 0:
            checkpoints.append(node.checkpoint(sessions[tick // 8 - 1]))
    replay = node.replay(*checkpoints)
    again = by_code(replay.finish())
    assert sorted(again) == sorted(session.code for session in sessions)
    for session in sessions:
        assert life_of(again[session.code]) == life_of(session), session.code
    assert (replay.ended, replay.unreadable) == ([], {})


def test_records_that_a_checkpoint_has_already_do_not_touch_it() -> None:
    node = journal()
    session = node.open("CODE11")
    node.queue(session, Join(1, "Ann", "a"))
    node.tick()
    late = node.checkpoint(session)
    (again,) = node.replay(late).finish()
    assert life_of(again) == life_of(session)
    assert again.tick == 1


def test_what_lived_in_a_row_before_does_not_come_back() -> None:
    """The first session of the row ends, and was not taken off the list; another is opened there."""
    node = journal()
    first = node.open("FIRST1")
    node.queue(first, Join(1, "Ann", "a"))
    node.tick()
    stale = node.checkpoint(first)
    node.queue(first, End(CloseCode.SHUTTING_DOWN))
    node.tick()
    second = node.open("SECOND")
    assert second.row == stale.row
    fresh = node.checkpoint(second)
    node.queue(second, Join(1, "Bob", "b"), Join(2, "Eve", "e"))
    node.ticks(3)
    node.hold(second, 1, 4)
    node.ticks(3)
    replay = node.replay(fresh, stale)
    (again,) = replay.finish()
    assert life_of(again) == life_of(second)
    assert replay.ended == ["FIRST1"]


@pytest.mark.parametrize("ticks_between", [0, 2])
@pytest.mark.parametrize("both", [True, False])
def test_a_session_that_went_elsewhere_gets_nothing_of_the_next_one_in_its_row(ticks_between: int, both: bool) -> None:
    """Nothing in the journal says that it went, but whoever comes after it is named."""
    node = journal()
    first = node.open("FIRST1")
    node.queue(first, Join(1, "Ann", "a"))
    node.ticks(2)
    gone = node.checkpoint(first)
    node.pools[0].close(first)
    node.ticks(ticks_between)
    second = node.open("SECOND")
    assert second.row == gone.row
    came = node.checkpoint(second)
    node.queue(second, Join(1, "Bob", "b"), Join(2, "Eve", "e"))
    node.ticks(3)
    again = by_code(node.replay(gone, *([came] if both else [])).finish())
    assert again.keys() == ({"FIRST1", "SECOND"} if both else {"FIRST1"})
    assert [seat.nickname for seat in again["FIRST1"].members] == ["Ann"]
    assert again["FIRST1"].tick == 2 + ticks_between
    if both:
        assert life_of(again["SECOND"]) == life_of(second)


def test_a_session_that_ends_on_the_way_is_named_and_left_out() -> None:
    node = journal()
    one, two = node.open("CODE11"), node.open("CODE22")
    node.queue(two, Join(1, "Ann", "a"))
    node.tick()
    checkpoints = [node.checkpoint(one), node.checkpoint(two)]
    node.queue(one, End(CloseCode.SHUTTING_DOWN))
    node.ticks(4)
    replay = node.replay(*checkpoints)
    assert [session.code for session in replay.finish()] == ["CODE22"]
    assert replay.ended == ["CODE11"]


def test_a_game_that_raised_raises_again_and_ends_that_session_alone() -> None:
    node = journal()
    bad, good = node.open("BAD111"), node.open("GOOD11")
    for session in (bad, good):
        node.queue(session, Join(1, "Ann", "a"))
    node.tick()
    checkpoints = [node.checkpoint(bad), node.checkpoint(good)]
    node.queue(bad, Act(1, 1, "poke", (POISON,)))
    node.queue(good, Act(1, 1, "poke", (4,)))
    node.hold(good, 0, 2)
    node.ticks(3)
    assert bad.ended
    replay = node.replay(*checkpoints)
    (again,) = replay.finish()
    assert life_of(again) == life_of(good)
    assert replay.ended == ["BAD111"]
    assert [(code, str(error)) for code, error in replay.failures] == [("BAD111", "poisoned")]


def test_bots_and_resumes_are_replayed() -> None:
    node = journal(BotGame())
    session = node.open("CODE11")
    node.queue(session, Join(1, "Ann", "a"), Act(1, 1, "add_bot", ()))
    node.ticks(5)
    checkpoint = node.checkpoint(session)
    node.hold(session, 0, 3)
    node.tick()
    node.queue(session, Drop(1))
    node.tick()
    node.queue(session, Resume(2, "a", "a2"))
    node.ticks(2)
    node.hold(session, 0, -2)
    node.ticks(2)
    (again,) = node.replay(checkpoint).finish()
    assert life_of(again) == life_of(session)
    assert again.members[0].opens_with("a2")


def test_an_input_in_the_tick_in_which_its_seat_changes_hands() -> None:
    """What waits for a seat is void when its player goes: neither node applies it."""
    node = journal()
    session = node.open("CODE11")
    node.queue(session, Join(1, "Ann", "a"), Join(2, "Bob", "b"))
    node.tick()
    checkpoint = node.checkpoint(session)
    node.hold(session, 0, 5)
    node.hold(session, 1, 4)
    node.queue(session, Drop(1))
    node.ticks(3)
    (again,) = node.replay(checkpoint).finish()
    assert life_of(again) == life_of(session)


# --- what is refused -------------------------------------------------------------------------------------------------


def two_ticks() -> tuple[Journal, Session, Checkpoint]:
    node = journal()
    session = node.open("CODE11")
    node.queue(session, Join(1, "Ann", "a"))
    node.tick()
    checkpoint = node.checkpoint(session)
    node.ticks(4)
    return node, session, checkpoint


def test_a_record_that_is_missing_is_noticed() -> None:
    node, _, checkpoint = two_ticks()
    replay = Replay({"toy": ToyGame()}, [checkpoint])
    replay.advance(2, decode_record(node.records[1]))
    with pytest.raises(RecordUnreadable, match="record 4 after 2"):
        replay.advance(4, decode_record(node.records[3]))


def test_a_record_that_comes_again_is_noticed() -> None:
    node, _, checkpoint = two_ticks()
    replay = Replay({"toy": ToyGame()}, [checkpoint])
    replay.advance(2, decode_record(node.records[1]))
    with pytest.raises(RecordUnreadable, match="record 2 after 2"):
        replay.advance(2, decode_record(node.records[1]))


def test_a_beat_that_is_missing_is_noticed_whatever_the_sequence_says() -> None:
    node, _, checkpoint = two_ticks()
    replay = Replay({"toy": ToyGame()}, [checkpoint])
    replay.advance(2, decode_record(node.records[1]))
    with pytest.raises(RecordUnreadable, match="beat 4 after 2"):
        replay.advance(3, decode_record(node.records[3]))
    first = Replay({"toy": ToyGame()}, [checkpoint])
    with pytest.raises(RecordUnreadable, match="beat 3 after a checkpoint of 1"):
        first.advance(2, decode_record(node.records[2]))
    for stopped, tick in ((replay, 2), (first, 1)):
        assert [session.tick for session in stopped.finish()] == [tick], "it stays where it was"


def test_a_gap_before_all_checkpoints_is_none() -> None:
    """After a failover that lost records all sessions are checkpointed anew."""
    node, session, _ = two_ticks()
    checkpoint = replace(node.checkpoint(session), sequence=50)
    node.ticks(2)
    replay = Replay({"toy": ToyGame()}, [checkpoint])
    replay.advance(2, decode_record(node.records[1]))
    replay.advance(51, decode_record(node.records[5]))
    replay.advance(52, decode_record(node.records[6]))
    (again,) = replay.finish()
    assert life_of(again) == life_of(session)


@pytest.mark.parametrize(
    ("places", "inputs"),
    [
        (PackedIntegers(1, b"\x02"), PackedIntegers(1, b"\x00\x01")),  # a seat that nobody has
        (PackedIntegers(1, b"\x00"), PackedIntegers(1, b"\x9c\x01")),  # long before the first tick
        (PackedIntegers(1, b"\x00"), PackedIntegers(1, b"\x00")),
    ],
)
def test_inputs_of_other_sessions_are_noticed(places: PackedIntegers, inputs: PackedIntegers) -> None:
    _, _, checkpoint = two_ticks()
    replay = Replay({"toy": ToyGame()}, [checkpoint])
    with pytest.raises(RecordUnreadable):
        replay.advance(2, [PoolRecord(3, 2, [], places, inputs, [])])


def test_what_is_for_other_rows_and_pools_is_passed_over() -> None:
    node, session, checkpoint = two_ticks()
    replay = Replay({"toy": ToyGame()}, [checkpoint])
    places, inputs = PackedIntegers(2, b"\x07\x00\x00\x01\xff\xff"), PackedIntegers(1, b"\x00\x01" * 3)
    for sequence in range(2, 6):
        (part,) = decode_record(node.records[sequence - 1])
        other = PoolRecord(77, 1, [(0, End(1000))], NONE, NONE, [])
        strange = replace(part, commands=[*part.commands, (9, End(1000))], places=places, inputs=inputs)
        replay.advance(sequence, [other, strange])
    (again,) = replay.finish()
    assert life_of(again) == life_of(session)


def test_a_checkpoint_that_cannot_be_restored_costs_no_other() -> None:
    node = journal()
    sessions = [node.open(f"CODE{number}") for number in range(4)]
    for session in sessions:
        node.queue(session, Join(1, "Ann", "a"))
    node.tick()
    good, strange, other_game, other_rate = [node.checkpoint(session) for session in sessions]
    node.ticks(2)
    replay = node.replay(
        good,
        replace(strange, arrays=replace(strange.arrays, cells=b"")),
        replace(other_game, game="chess", pool=6),
        replace(other_rate, settings=replace(other_rate.settings, tick_hz=11)),
    )
    (again,) = replay.finish()
    assert life_of(again) == life_of(sessions[0])
    assert sorted(replay.unreadable) == ["CODE1", "CODE2", "CODE3"]


def test_the_sessions_on_the_way_can_be_looked_at() -> None:
    stage = RecordedStage()
    checkpoint = stage.checkpoint()
    stage.join(1)
    replay = Replay({"toy": ToyGame()}, [checkpoint])
    assert replay.sessions == []
    replay.advance(1, decode_record(stage.records[0]))
    (session,) = replay.sessions
    assert session.tick == 1
