"""Random lives of a session: whatever people do, the host, the ready ones, the seats and the spectators make sense."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.core.stage import Stage, facts
from tickroom.protocol.messages import Reply
from tickroom.protocol.session_tables import Presence, Status
from tickroom.server.core.commands import Act, Command, Drop, Join, Leave, Resume, Watch

SPECTATORS = 2
connections = st.integers(1, 4)  # few, so that most commands are somebody's
acts = st.one_of(
    st.tuples(st.just("start"), st.just(())),
    st.tuples(st.just("ready"), st.tuples(st.just(1))),
    st.tuples(st.just("ready"), st.tuples(st.integers(0, 1))),
    st.tuples(st.just("kick"), st.tuples(st.integers(1, 9))),
    st.tuples(st.just("configure"), st.tuples(st.just(0), st.integers(-101, 101))),
    st.tuples(st.just("poke"), st.tuples(st.integers(0, 8))),
)
lives: st.SearchStrategy[Command] = st.one_of(
    st.builds(lambda number, bot: Join(number, "Ann", f"t{number}", bot), connections, st.booleans()),
    st.builds(Watch, connections),
    st.builds(lambda number, old: Resume(number, f"t{old}", f"t{number}"), connections, connections),
    st.builds(Drop, connections),
    st.builds(Leave, connections),
    st.builds(lambda number, act: Act(number, 5, *act), connections, acts),
)


@given(st.lists(st.lists(lives, min_size=1, max_size=4), min_size=3, max_size=40), st.booleans())
@settings(max_examples=400)
def test_host_ready_seats_and_spectators_make_sense_after_every_tick(ticks: list[list[Command]], auto: bool) -> None:
    stage = Stage(auto_start=auto, countdown_s=1, round_s=5, rematch_after_s=1, grace_s=1, spectators=SPECTATORS)
    for commands in ticks:
        host = stage.session.host
        round_before = int(stage.pool.rounds[0])
        effects = stage.tick(*commands)
        asked = sum(isinstance(command, Act) for command in commands)
        left = any(
            isinstance(command, Leave | Drop | Resume) or getattr(command, "action", "") == "kick"
            for command in commands
        )
        replies = len(facts(effects, Reply))
        assert replies <= asked
        assert left or replies == asked, "every request is answered, unless who asked it is gone in the same tick"
        check(stage, host, started=int(stage.pool.rounds[0]) > round_before)


def check(stage: Stage, earlier_host: int, *, started: bool) -> None:
    session, row = stage.session, stage.session.row
    members = {seat.player: seat for seat in session.members}
    assert (session.host in members) if members else (session.host == 0)
    people = {player for player, seat in members.items() if not seat.bot}
    if people:
        assert session.host in people
        if earlier_host in people:
            assert session.host == earlier_host, "nobody takes it from a person who is there"
    for index, ready in enumerate(stage.pool.ready[row].tolist()):
        assert ready in (0, 1)
        assert not ready or session.seats[index] is not None
        assert (stage.pool.presence[row, index] == Presence.EMPTY) == (stage.pool.players[row, index] == 0)
    if started:
        assert not stage.pool.ready[row].any()
    elif session.status is not Status.ACTIVE and not session.is_counting_down:
        here = [seat.index for seat in session.members if not seat.bot and seat.connection is not None]
        assert not here or not stage.pool.ready[row, here].all(), "all are ready, and nothing starts"
    assert 0 <= session.spectators <= SPECTATORS
