"""A tick of many sessions: what is sent, when, and that a client which applies it holds the state."""

import msgpack
from hypothesis import given
from hypothesis import strategies as st

from tests.server.core.stage import Stage
from tickroom.protocol.replica import Replica
from tickroom.server.core.commands import Act, Join
from tickroom.server.core.pool import Pool


def test_a_player_who_walks_straight_costs_no_frame_but_the_heartbeat() -> None:
    stage = Stage(tick_hz=20, round_s=100)
    stage.join(1)
    stage.hold(0, 3, 2)
    stage.ticks(25)
    sent = []
    for _ in range(200):
        stage.tick()
        if stage.state is not None:
            sent.append(stage.state)
    assert stage.x(0) > 400
    frames = [msgpack.unpackb(state) for state in sent]
    assert all(len(frame) == (3 if frame[0] == 3 else 2) for frame in frames), "no tokens: nothing was a surprise"
    assert [frame[0] for frame in frames].count(3) == 10, "one checksum a second"
    assert len(frames) == 40, "and a heartbeat every quarter of a second"


def follow(pool: Pool, stage: Stage, ticks: int) -> Replica:
    """A client that got one keyframe and then every frame; raises OutOfStep if any checksum is wrong."""
    replica = Replica(pool.layout)
    _, tick, values, rates = msgpack.unpackb(pool.keyframe(stage.session))
    replica.load_keyframe(tick, values, rates)
    for _ in range(ticks):
        stage.tick()
        if stage.state is None:
            continue
        kind, short, *rest = msgpack.unpackb(stage.state)
        replica.advance_to(short)
        replica.apply_tokens(rest[1:] if kind == 3 else rest)
        assert kind == 2 or replica.checksum() == rest[0]
    return replica


def test_a_client_that_follows_holds_the_state() -> None:
    stage = Stage()
    stage.join(1)
    stage.join(2)
    stage.hold(0, 5, 3)
    stage.hold(1, 9, -2)
    replica = follow(stage.pool, stage, 70)
    while replica.tick < stage.session.tick:
        replica.advance_to((replica.tick + 1) & 127)
    assert (replica.values == stage.pool.tables.cells[0]).all()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(-5, 5), st.integers(0, 8)), max_size=60))
def test_a_pool_of_many_gives_what_pools_of_one_give(moves: list[tuple[int, int, int, int]]) -> None:
    shared, alone = Stage(), [Stage() for _ in range(4)]
    sessions = [shared.session, *(shared.open(f"CODE{number}") for number in range(3))]
    everyone = [Join(seat, f"p{seat}", f"t{seat}") for seat in range(4)]
    shared.pool.advance([(session, join) for session in sessions for join in everyone])
    for stage in alone:
        stage.tick(*everyone)
    for number, seat, x, poke in moves:
        tick = alone[0].session.tick + 2
        command = Act(seat, tick, "poke", (poke,))
        taken = sessions[number].seats[seat]
        assert taken is not None
        alone[number].hold(seat, tick, x)
        shared.session = sessions[number]
        shared.hold(seat, tick, x)
        output = shared.pool.advance([(sessions[number], command)])
        states = {part.session: (part.state, len(part.effects)) for part in output.sessions}
        for index, stage in enumerate(alone):
            effects = stage.tick(*([command] if index == number else []))
            expected = (stage.state, len(effects)) if stage.state is not None or effects else None
            assert states.get(sessions[index]) == expected
    for session, stage in zip(sessions, alone, strict=True):
        assert shared.pool.keyframe(session) == stage.pool.keyframe(stage.session)
