"""From checkpoints and a journal with holes, damage and poison to sessions: each as far as it can be followed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from tests.server.core.toy_game import POISON, ToyGame
from tickroom.server.core import commands
from tickroom.server.core.checkpoint import Checkpoint, restore_session, take_checkpoint
from tickroom.server.core.commands import Command
from tickroom.server.core.pool import Pool
from tickroom.server.core.records import encode_record, pool_record
from tickroom.server.core.replay import Replay
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.cluster import recovery
from tickroom.server.shell.cluster.recovery import LEFT, Record, Recovered, Slices, recover, stretches

GAMES = {"toy": ToyGame()}
SETTINGS = SessionSettings("toy", auto_start=False)


class Journaled:
    """A pool of a node that is no more, and what stands in its journal."""

    def __init__(self, *codes: str) -> None:
        self.pool = Pool(GAMES["toy"], 4, 30, number=3)
        self.sessions = {code: self.pool.open(code, SETTINGS, 1, {"start": 7}) for code in codes}
        self.records: list[Record] = []
        for number, session in enumerate(self.sessions.values()):
            self.tick((session, commands.Join(number, "Ann", f"token-{number}")))

    def tick(self, *done: tuple[Session, Command]) -> None:
        output = self.pool.advance(done)
        self.records.append((len(self.records) + 1, encode_record([pool_record(self.pool, done, output)])))

    def poke(self, code: str, strength: int = 5) -> None:
        number = list(self.sessions).index(code)
        self.tick((self.sessions[code], commands.Act(number, 1, "poke", (strength,))))

    def checkpoint(self, code: str) -> Checkpoint:
        return take_checkpoint(self.sessions[code], "dead", len(self.records))


async def recovered(checkpoints: list[Checkpoint], records: list[Record]) -> Recovered:
    return await recover(GAMES, "dead", checkpoints, records)


def pokes(checkpoint: Checkpoint) -> int:
    pool: Any = Pool(GAMES["toy"], 4, 30)
    session = restore_session(pool, checkpoint)
    return int(pool.world.pokes[session.row, 0])


async def test_each_goes_on_from_its_own_checkpoint_to_the_end() -> None:
    node = Journaled("ONE", "TWO")
    first = node.checkpoint("ONE")
    node.poke("ONE")
    node.poke("TWO")
    second = node.checkpoint("TWO")
    node.poke("ONE")
    node.poke("TWO")
    living = {one.code: one for one in (await recovered([first, second], node.records)).living}
    assert {code: pokes(one) for code, one in living.items()} == {"ONE": 2, "TWO": 2}
    assert {one.tick for one in living.values()} == {node.sessions["ONE"].tick}


async def test_who_was_parted_from_is_followed_no_further() -> None:
    node = Journaled("ONE")
    parted = replace(node.checkpoint("ONE"), pool=LEFT)
    node.poke("ONE")
    (living,) = (await recovered([parted], node.records)).living
    assert living == parted


async def test_a_missing_record_stops_those_who_need_it_and_no_others(caplog: pytest.LogCaptureFixture) -> None:
    node = Journaled("ONE", "TWO")
    early = node.checkpoint("ONE")
    node.poke("ONE")
    missing = len(node.records) + 1
    node.poke("ONE")
    late = node.checkpoint("TWO")
    node.poke("ONE")
    node.poke("TWO")
    del node.records[missing - 1]
    living = {one.code: one for one in (await recovered([early, late], node.records)).living}
    assert {code: pokes(one) for code, one in living.items()} == {"ONE": 1, "TWO": 1}
    assert f"has no record {missing}: ONE stay before it" in caplog.text


async def test_a_damaged_record_stops_them_before_it(caplog: pytest.LogCaptureFixture) -> None:
    node = Journaled("ONE", "TWO")
    checkpoints = [node.checkpoint("ONE"), node.checkpoint("TWO")]
    node.poke("ONE")
    node.poke("TWO")
    sequence, blob = node.records[-1]
    node.records[-1] = (sequence, blob[:-1] + bytes([blob[-1] ^ 1]))
    living = {one.code: one for one in (await recovered(checkpoints, node.records)).living}
    assert {code: pokes(one) for code, one in living.items()} == {"ONE": 1, "TWO": 0}
    assert f"ends before record {sequence}" in caplog.text


async def test_a_session_that_ended_on_the_way_is_told_as_ended() -> None:
    node = Journaled("ONE", "TWO")
    checkpoints = [node.checkpoint("ONE"), node.checkpoint("TWO")]
    node.tick((node.sessions["ONE"], commands.End(4011)))
    node.poke("TWO", POISON)  # its game raised there, and it raises here
    found = await recovered(checkpoints, node.records)
    assert (found.living, sorted(found.ended)) == ([], ["ONE", "TWO"])


async def test_one_that_cannot_be_replayed_ends_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    node = Journaled("ONE", "TWO")
    checkpoints = [node.checkpoint("ONE"), node.checkpoint("TWO")]
    node.poke("ONE")
    node.poke("TWO")

    class Picky(Replay):
        def __init__(self, games: Any, given: Any) -> None:
            self.has_one = any(one.code == "ONE" for one in given)
            super().__init__(games, given)

        def advance(self, record_sequence: int, parts: Any) -> None:
            if self.has_one:
                raise ZeroDivisionError("a fault that nobody thought of")
            super().advance(record_sequence, parts)

    monkeypatch.setattr(recovery, "Replay", Picky)
    found = await recovered(checkpoints, node.records)
    assert found.ended == ["ONE"]
    assert [(one.code, pokes(one)) for one in found.living] == [("TWO", 1)]
    assert "session ONE cannot be replayed" in caplog.text


async def test_a_session_of_another_game_is_unreadable_and_the_rest_goes_on() -> None:
    node = Journaled("ONE", "TWO")
    other = replace(node.checkpoint("ONE"), fingerprint=1)
    found = await recovered([other, node.checkpoint("TWO")], node.records)
    assert list(found.unreadable) == ["ONE"]
    assert [one.code for one in found.living] == ["TWO"]


def test_stretches_end_at_the_first_record_that_is_missing_for_each() -> None:
    node = Journaled("ONE")
    one = node.checkpoint("ONE")

    def ends(sequences: list[int]) -> dict[int, int | None]:
        checkpoints = [replace(one, code=str(at), sequence=at) for at in (0, 3, 5, 9)]
        found = stretches(checkpoints, sequences)
        return {each.sequence: stretch.before for stretch in found for each in stretch.checkpoints}

    assert ends([1, 2, 3, 4, 5]) == {0: None, 3: None, 5: None, 9: None}
    assert ends([1, 2, 5, 6]) == {0: 3, 3: 4, 5: None, 9: None}
    assert ends([4, 5, 8]) == {0: 1, 3: 6, 5: 6, 9: None}
    assert ends([]) == {0: None, 3: None, 5: None, 9: None}


async def test_others_have_their_turn_while_it_works() -> None:
    now_s = [0.0]
    slices = Slices(0.002, lambda: now_s[0])
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await slices.turn()
    assert turns == 0, "the slice is not over"
    now_s[0] += 0.0021
    await slices.turn()
    assert turns == 1
    await slices.turn()
    assert turns == 1
    task.cancel()
