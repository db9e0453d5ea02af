"""Random games of the arena through the whole core: the same every time, and the same at the other end of the wire."""

from __future__ import annotations

import random

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickroom.game.registry import GAMES
from tickroom.protocol.errors import OutOfStep
from tickroom.protocol.messages import Input
from tickroom.protocol.replica import Replica
from tickroom.server.core.commands import Act, Command, Drop, Join, Leave, Resume, Watch
from tickroom.server.core.pool import Pool
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings, game_options

ARENA = GAMES["arena"]


class RandomGame:
    """A session whose players do everything at random, but the same for the same seed."""

    def __init__(self, seed: int, tick_hz: int = 20, neighbours: int = 0) -> None:
        self.chance = random.Random(seed)
        options = game_options(ARENA.schema, {"map": seed % 3})
        alone = bool(seed % 2)  # whether rounds start by themselves; settings can be changed only where they do not
        chosen = SessionSettings(
            seats=4,
            tick_hz=tick_hz,
            countdown_s=0,
            round_s=5,
            rematch_after_s=int(alone),
            grace_s=1,
            auto_start=alone,
        )
        self.pool = Pool(ARENA, 4, tick_hz)
        others = [self.pool.open(f"OTHER{number}", chosen, number, options) for number in range(neighbours)]
        self.pool.advance([(other, Join(900 + seat, "x", "x")) for other in others for seat in range(4)])
        self.session: Session = self.pool.open("RANDOM", chosen, seed, options)
        self.states: list[bytes | None] = []
        self.checksums: list[int] = []

    def tick(self) -> bytes | None:
        """One tick of random commands and inputs; the state frame."""
        chance, tick = self.chance, self.session.tick
        for seat in self.session.members:
            if chance.random() < 0.3:
                held = (chance.randint(-127, 127), chance.randint(-127, 127), int(chance.random() < 0.3))
                self.pool.receive_input(seat, Input(max(1, tick + chance.randint(-2, 4)), held))
        commands = self._commands() if chance.random() < 0.15 else []
        output = self.pool.advance([(self.session, command) for command in commands])
        assert not output.failures
        state = next((part.state for part in output.sessions if part.session is self.session), None)
        self.states.append(state)
        self.checksums.append(self.pool.checksum(self.session))
        return state

    def _commands(self) -> list[Command]:
        if not self.session.members:
            return [Join(90, "Ann", "token90")]  # else it would end, and leave nothing to compare
        connection = self.chance.randrange(1, 8)
        return [
            self.chance.choice(
                (
                    Join(connection, "Ann", f"token{connection}"),
                    Join(connection, "Bob", f"token{connection}"),
                    Drop(connection),
                    Watch(connection),
                    Resume(connection, f"token{self.chance.randrange(1, 8)}", f"token{connection}"),
                    Act(connection, 1, "collect", (self.chance.randrange(0, 40),)),
                    Act(connection, 2, "start", ()),
                    Act(connection, 3, "ready", (1,)),
                    Act(connection, 4, "kick", (self.chance.randrange(1, 9),)),
                    Act(connection, 5, "configure", (self.chance.randrange(2), self.chance.randrange(3))),
                    Leave(connection) if self.chance.random() < 0.3 else Drop(connection),
                )
            )
        ]


def take(replica: Replica, state: bytes) -> None:
    """Apply a state frame as a client does. Raises OutOfStep when it does not fit or the checksum differs."""
    kind, short, *rest = msgpack.unpackb(state)
    replica.advance_to(short)
    replica.apply_tokens(rest[1:] if kind == 3 else rest)
    if kind == 3 and replica.checksum() != rest[0]:
        raise OutOfStep("checksum")


def take_all(replica: Replica, states: list[bytes]) -> None:
    for state in states:
        take(replica, state)


def fresh_replica(game: RandomGame) -> Replica:
    replica = Replica(game.pool.layout)
    _, tick, values, rates = msgpack.unpackb(game.pool.keyframe(game.session))
    replica.load_keyframe(tick, values, rates)
    return replica


def forecast_to(replica: Replica, tick: int) -> None:
    while replica.tick < tick:
        replica.advance_to((replica.tick + 1) & 127)


@given(seed=st.integers(0, 2**32 - 1), tick_hz=st.sampled_from([10, 20, 30, 60]))
@settings(max_examples=25)
def test_the_same_commands_and_seed_give_the_same_checksums_alone_or_among_others(seed: int, tick_hz: int) -> None:
    alone, again, among = RandomGame(seed, tick_hz), RandomGame(seed, tick_hz), RandomGame(seed, tick_hz, neighbours=3)
    for _ in range(150):
        assert alone.tick() == again.tick() == among.tick()
    assert alone.checksums == again.checksums == among.checksums


def test_another_seed_gives_other_checksums() -> None:
    one, other = RandomGame(3), RandomGame(6)  # the same map
    for _ in range(20):
        one.tick()
        other.tick()
    assert one.checksums != other.checksums


@given(seed=st.integers(0, 2**32 - 1), start=st.integers(1, 100), tick_hz=st.sampled_from([10, 20, 60]))
@settings(max_examples=40)
def test_a_client_that_applied_every_delta_holds_exactly_the_keyframe(seed: int, start: int, tick_hz: int) -> None:
    game = RandomGame(seed, tick_hz)
    for _ in range(start):
        game.tick()
    replica = fresh_replica(game)
    for _ in range(200):
        state = game.tick()
        if state is not None:
            take(replica, state)
    forecast_to(replica, game.session.tick)
    whole = fresh_replica(game)
    assert (replica.values == whole.values).all()
    assert (replica.rates == whole.rates).all()
    assert (whole.values == game.pool.tables.cells[game.session.row]).all(), "the state on the wire is the state"


@given(seed=st.integers(0, 2**32 - 1), damage=st.sampled_from(["lost", "altered"]))
@settings(max_examples=40)
def test_a_lost_or_altered_delta_is_noticed_within_a_second_and_healed(seed: int, damage: str) -> None:
    game = RandomGame(seed)
    game.pool.advance([(game.session, Join(50 + seat, "Ann", f"t{seat}")) for seat in range(3)])
    for _ in range(30):
        game.tick()
    replica = fresh_replica(game)
    damaged_at = noticed_at = None
    for _ in range(200):
        state = game.tick()
        if state is None:
            continue
        if damaged_at is None and state[1] == 2 and len(msgpack.unpackb(state)) > 3:
            damaged_at = game.session.tick
            if damage == "lost":
                continue
            message = msgpack.unpackb(state)
            message[-1] += 1  # the last token is always a difference
            state = msgpack.packb(message)
        try:
            take(replica, state)
        except OutOfStep:
            noticed_at = game.session.tick
            break
    assert damaged_at is not None
    assert noticed_at is not None
    assert noticed_at - damaged_at <= game.pool.tick_hz
    replica = fresh_replica(game)
    for _ in range(60):
        if (state := game.tick()) is not None:
            take(replica, state)


def test_the_checker_can_fail() -> None:
    game = RandomGame(1)
    for _ in range(40):
        game.tick()
    replica = fresh_replica(game)
    replica.values[0] += 1
    states = [state for _ in range(30) if (state := game.tick()) is not None]
    with pytest.raises(OutOfStep):
        take_all(replica, states)
