"""The same commands at the same ticks give the same session, bit for bit, in another pool and another row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.server.core.stage import Stage
from tests.server.core.test_bots import BotGame
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import Welcome
from tickroom.server.core.commands import (
    Act,
    Command,
    Confirm,
    Drop,
    End,
    Hold,
    Join,
    Leave,
    LoggedCommand,
    Read,
    Reserve,
    Resume,
    Revise,
    Say,
    Type,
    Watch,
)
from tickroom.server.core.effects import Effect, Seated, Tell
from tickroom.server.core.replay import advance_logged

connections = st.integers(1, 6)
lives: st.SearchStrategy[Command] = st.one_of(
    st.builds(Join, connections, st.just("Ann"), st.sampled_from(["a", "b"])),
    st.builds(Resume, connections, st.sampled_from(["a", "b"]), st.sampled_from(["a", "b"])),
    st.builds(Watch, connections),
    st.builds(Reserve, connections),
    st.builds(
        Act, connections, st.integers(0, 99), st.sampled_from(["sit", "stand", "add_bot"]), st.just(()), st.just("b")
    ),
    st.builds(
        Act,
        connections,
        st.integers(0, 99),
        st.sampled_from(["ban", "kick", "hand_over", "remove_bot", "lock", "away"]),
        st.tuples(st.integers(0, 6)),
    ),
    st.builds(Say, connections, st.just(7), st.integers(0, 1), st.text("ab", max_size=2), st.just(0)),
    st.builds(Revise, connections, st.just(8), st.integers(1, 4), st.none() | st.just("c"), st.just(0)),
    st.builds(Type, connections, st.integers(0, 1), st.booleans()),
    st.builds(Read, connections, st.integers(1, 4)),
    st.builds(Drop, connections),
    st.builds(Confirm, connections),
    st.builds(Leave, connections),
    st.builds(Act, connections, st.integers(0, 99), st.sampled_from(["poke", "fly"]), st.just((3,))),
    st.builds(Act, connections, st.integers(0, 99), st.just("start"), st.just(())),
    st.builds(Act, connections, st.integers(0, 99), st.just("ready"), st.tuples(st.integers(0, 1))),
    st.builds(Act, connections, st.integers(0, 99), st.just("kick"), st.tuples(st.integers(1, 6))),
    st.builds(Act, connections, st.integers(0, 99), st.just("configure"), st.tuples(st.just(0), st.integers(-9, 9))),
    st.builds(Act, connections, st.integers(0, 99), st.just("configure"), st.tuples(st.just(1000), st.integers(5, 6))),
)


def shape(effect: Effect) -> object:
    """The effect, but for what names the session itself."""
    if isinstance(effect, Seated):
        return Seated, effect.connection, effect.seat.index, effect.seat.player
    if isinstance(effect, Tell) and isinstance(effect.fact, Welcome):
        return effect.connection, replace(effect.fact, code="")
    return effect


@given(
    st.lists(st.tuples(st.lists(lives, max_size=3), st.integers(0, 3), st.integers(0, 6), st.integers(-5, 5))),
    st.booleans(),
)
def test_a_replay_has_the_checksum_of_every_tick(ticks: list[tuple[list[Command], int, int, int]], auto: bool) -> None:
    stage = Stage(
        BotGame(),
        keep_log=True,
        late_join="wait" if auto else "play",
        round_s=5,
        countdown_s=0,
        rematch_after_s=int(auto),
        auto_start=auto,
    )
    log: list[list[LoggedCommand]] = []
    checksums = []
    told: list[list[object]] = []
    for commands, seat, ahead, x in ticks:
        if stage.session.seats[seat] is not None:
            stage.hold(seat, stage.session.tick + ahead, x)
        stage.tick(*commands)
        log.append(stage.output.log.get(stage.session, []))
        checksums.append(stage.pool.checksum(stage.session))
        told.append([shape(effect) for effect in stage.effects])

    other = Stage(
        BotGame(),
        late_join="wait" if auto else "play",
        round_s=5,
        countdown_s=0,
        rematch_after_s=int(auto),
        auto_start=auto,
    )
    replayed = other.open("REPLAY")  # another row, beside another session
    for commands_and_inputs, checksum, effects in zip(log, checksums, told, strict=True):
        output = advance_logged(other.pool, {replayed: commands_and_inputs})
        assert other.pool.checksum(replayed) == checksum
        again = next((part.effects for part in output.sessions if part.session is replayed), [])
        assert [shape(effect) for effect in again] == effects
    assert replayed.told_settings == stage.session.told_settings


def test_a_log_of_another_session_is_noticed() -> None:
    stage = Stage()
    with pytest.raises(ValueError, match="seat 2, which is free"):
        advance_logged(stage.pool, {stage.session: [Hold(2, 1, (1,))]})


def test_a_changed_log_gives_another_checksum() -> None:
    def checksum_with(x: int) -> int:
        stage = Stage()
        stage.join(1)
        advance_logged(stage.pool, {stage.session: [Hold(0, 2, (x,))]})
        return stage.pool.checksum(stage.session)

    assert checksum_with(1) == checksum_with(1)
    assert checksum_with(1) != checksum_with(2)


def test_nothing_is_applied_to_a_session_that_ended() -> None:
    stage = Stage()
    stage.tick(End(CloseCode.SHUTTING_DOWN), Join(1, "Ann", "t"))
    assert stage.session.members == []


def test_a_replay_follows_a_host_through_settings_kicks_and_rounds() -> None:
    """What the random lives above seldom come to, all in one."""
    script: dict[int, list[Command]] = {
        1: [Join(1, "Ann", "a"), Join(2, "Bob", "b"), Join(3, "Eve", "c")],
        3: [Act(1, 1, "configure", (0, 42))],
        6: [Act(1, 2, "configure", (1000, 5))],
        8: [Act(1, 3, "kick", (3,)), Act(2, 4, "ready", (1,))],
        9: [Act(1, 5, "ready", (1,))],
        70: [Act(1, 6, "configure", (0, -3)), Leave(1)],
    }
    stage, other = Stage(keep_log=True, auto_start=False), Stage(auto_start=False)
    replayed = other.open("REPLAY")
    for number in range(1, 90):
        stage.tick(*script.get(number, ()))
        advance_logged(other.pool, {replayed: stage.output.log.get(stage.session, [])})
        assert other.pool.checksum(replayed) == stage.pool.checksum(stage.session)
    assert replayed.told_settings == stage.session.told_settings
    assert (replayed.told_settings["start"], replayed.told_settings["round_s"], replayed.host) == (-3, 5, 2)
    assert int(other.pool.rounds[replayed.row]) == 1
