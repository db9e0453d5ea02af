"""What checkpoints, records and their replay cost beside the ticks that they are of: fifty sessions of the arena.

.venv/bin/pytest tests/server/core/test_checkpoint_cost.py -m benchmark -s
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from statistics import median
from typing import TypeVar

import pytest

from tests.server.core.recording import life_of
from tickroom.game.registry import GAMES
from tickroom.protocol.messages import Input
from tickroom.server.core.checkpoint import decode_checkpoint, encode_checkpoint, restore_session, take_checkpoint
from tickroom.server.core.commands import Command, Join, Say
from tickroom.server.core.pool import Pool
from tickroom.server.core.records import decode_record, encode_record, pool_record
from tickroom.server.core.replay import Replay
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings, game_options

Result = TypeVar("Result")

ARENA = GAMES["arena"]
SESSIONS, TICKS, SAVED_AT = 50, 300, 100
CHECKPOINT_MOST_US = 150  # of four seats: a node with 500 sessions takes a hundred a second, in the middle of its ticks
REPLAY_MOST = 1.5  # times a tick


class Lap:
    """Microseconds of each turn."""

    def __init__(self) -> None:
        self.turns: list[float] = []

    def time(self, act: Callable[[], Result]) -> Result:
        began = time.perf_counter()
        result = act()
        self.turns.append((time.perf_counter() - began) * 1e6)
        return result

    @property
    def us(self) -> float:
        return median(self.turns)


class Node:
    """A pool full of players who turn often and talk now and then."""

    def __init__(self, seats: int) -> None:
        self.chance = random.Random(seats)
        self.pool = Pool(ARENA, seats, 30, SESSIONS, number=1)
        chosen = SessionSettings(seats=seats, countdown_s=0)
        options = game_options(ARENA.schema, {})
        self.sessions = [self.pool.open(f"CODE{number:02}", chosen, number, options) for number in range(SESSIONS)]
        self.advancing, self.recording = Lap(), Lap()
        self.records: list[bytes] = []

    def tick(self, tick: int) -> None:
        commands: list[tuple[Session, Command]] = []
        for number, session in enumerate(self.sessions):
            first = 100 * number
            for seat in session.members:
                self.play(session, seat.index)
            if tick == 1:
                commands += [
                    (session, Join(first + seat, f"Player {seat}", f"token-{seat}" * 3, address="ab" * 32))
                    for seat in range(session.settings.seats)
                ]
            elif tick % 30 == number % 30:
                commands.append((session, Say(first, tick, 0, f"the line of tick {tick}", 0)))
        output = self.advancing.time(lambda: self.pool.advance(commands))
        self.records.append(self.recording.time(lambda: encode_record([pool_record(self.pool, commands, output)])))

    def play(self, session: Session, seat: int) -> None:
        taken = session.seats[seat]
        if taken is not None and self.chance.random() < 0.3:
            held = (self.chance.randint(-127, 127), self.chance.randint(-127, 127), 0)
            self.pool.receive_input(taken, Input(session.tick + 2, held))


@pytest.mark.benchmark
@pytest.mark.parametrize("seats", [4, 16])
def test_what_a_checkpoint_a_record_and_a_replay_cost(seats: int) -> None:
    node = Node(seats)
    saving, reading, restoring, replaying = Lap(), Lap(), Lap(), Lap()
    saved: list[bytes] = []
    for tick in range(1, TICKS + 1):
        node.tick(tick)
        if tick == SAVED_AT:
            saved = [
                saving.time(lambda session=session: encode_checkpoint(take_checkpoint(session, "one", SAVED_AT)))  # type: ignore[misc]
                for session in node.sessions
            ]
    checkpoints = [reading.time(lambda blob=blob: decode_checkpoint(blob)) for blob in saved]  # type: ignore[misc]
    scratch = Pool(ARENA, seats, 30, SESSIONS)
    for checkpoint in checkpoints:
        restoring.time(lambda checkpoint=checkpoint: restore_session(scratch, checkpoint))  # type: ignore[misc]
    replay = Replay(GAMES, checkpoints)
    replay.advance(SAVED_AT + 1, decode_record(node.records[SAVED_AT]))
    for sequence in range(SAVED_AT + 2, TICKS + 1):
        record = node.records[sequence - 1]
        replaying.time(lambda sequence=sequence, record=record: replay.advance(sequence, decode_record(record)))  # type: ignore[misc]
    again = {session.code: session for session in replay.finish()}
    assert all(life_of(again[session.code]) == life_of(session) for session in node.sessions)
    one = f"checkpoint taken and encoded {saving.us:.1f} us, {len(saved[0])} bytes"
    back = f"decoded {reading.us:.1f} us, restored {restoring.us:.1f} us"
    written = f"its record {node.recording.us:.1f} us, {median(map(len, node.records)):.0f} bytes"
    many = f"tick {node.advancing.us:.0f} us, {written}, replayed {replaying.us:.0f} us"
    print(f"\n{seats} seats: {one}, {back}; {SESSIONS} sessions: {many}")
    assert saving.us < CHECKPOINT_MOST_US * seats / 4
    assert replaying.us < REPLAY_MOST * node.advancing.us
