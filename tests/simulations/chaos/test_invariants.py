"""The judge of a chaos run, with records made up to break each rule: none of them passes by."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest

from tickroom.simulations.chaos.invariants import KEPT_LINES, SKEW_S, Rule, from_memory, judge
from tickroom.simulations.chaos.records import (
    Answer,
    Line,
    PlayerRecord,
    Records,
    SessionRecord,
    Stay,
    decode_records,
    encode_records,
)

CODE = "K7P2QX"
HELLO = (1, "hello")


@dataclass
class MadeUpLife:
    checksums: dict[int, int] = field(default_factory=lambda: {tick: 100 + tick for tick in range(1, 41)})
    replies: Counter[tuple[int, int]] = field(default_factory=lambda: Counter({(5, 1): 1}))
    missing: tuple[range, ...] = ()
    owners: tuple[str, ...] = ("n1-a", "n2-b")


def stay(node: str, ticks: tuple[int, int], times_s: tuple[float, float], history: list[tuple[int, str]]) -> Stay:
    return Stay(
        node=node,
        player=1,
        seat=0,
        welcomed_s=times_s[0],
        history=history,
        first_tick=ticks[0],
        first_state_s=times_s[0],
        last_tick=ticks[1],
        last_state_s=times_s[1],
        ended_s=times_s[1],
    )


def records() -> Records:
    """A run in which all went well: one bot, one line, one node that died at tick 20 and another from 21 on."""
    player = PlayerRecord(
        7,
        CODE,
        stays=[stay("one", (1, 20), (10.0, 11.0), []), stay("two", (21, 40), (13.0, 14.0), [HELLO])],
        lines=[Line("hello", 10.4, 10.5, 0), Line("perhaps", 10.9)],
        answers=[Answer(5, 1, "say")],
        heard=[HELLO],
    )
    states = {tick: 100 + tick for tick in range(1, 41)}
    session = SessionRecord(CODE, states, is_alive=True, looked_s=15.0, history=[HELLO])
    return Records([player], [session])


def broken(made_up: Records, life: MadeUpLife | None = None) -> set[Rule]:
    return {violation.rule for violation in judge(made_up, {CODE: life or MadeUpLife()})}


def test_a_good_run_breaks_no_rule() -> None:
    assert judge(records(), {CODE: MadeUpLife()}) == []
    assert judge(records(), {}) == [], "nor one that was not replayed"


def test_records_cross_a_pipe() -> None:
    assert decode_records(encode_records(records())) == records()


def test_a_session_that_is_gone() -> None:
    made_up = records()
    made_up.sessions[0].is_alive = False
    assert broken(made_up) == {Rule.SESSION_LOST}


def test_a_bot_that_gave_up_or_never_came() -> None:
    made_up = records()
    made_up.players[0].gave_up = "closed with 4001"
    assert broken(made_up) == {Rule.BOT_LOST}
    made_up = records()
    made_up.players.append(PlayerRecord(8, CODE))
    assert broken(made_up) == {Rule.BOT_LOST}


@pytest.mark.parametrize("what", ["player", "seat"])
def test_a_bot_in_anothers_seat(what: str) -> None:
    made_up = records()
    setattr(made_up.players[0].stays[1], what, 3)
    assert broken(made_up) == {Rule.SEAT_CHANGED}


def test_an_acknowledged_line_that_the_successor_does_not_know() -> None:
    made_up = records()
    made_up.players[0].stays[1].history = []
    assert broken(made_up) == {Rule.ACK_LOST}
    made_up = records()
    made_up.sessions[0].history = []
    assert broken(made_up) == {Rule.ACK_LOST}


def test_an_acknowledged_line_that_nobody_ever_heard() -> None:
    made_up = records()
    made_up.players[0].lines[1].code, made_up.players[0].lines[1].answered_s = 0, 10.9
    assert broken(made_up) == {Rule.ACK_LOST}


def test_a_line_that_fell_out_of_a_full_history_is_not_lost() -> None:
    made_up = records()
    newer = [(number, f"line {number}") for number in range(2, KEPT_LINES + 2)]
    made_up.players[0].stays[1].history = newer
    made_up.sessions[0].history = newer
    assert broken(made_up) == set()


def test_who_came_at_the_same_moment_need_not_have_it() -> None:
    made_up = records()
    made_up.players[0].stays[1].history = []
    made_up.players[0].lines[0].answered_s = made_up.players[0].stays[1].welcomed_s - SKEW_S / 2
    assert broken(made_up) == set()


def test_what_was_said_after_the_last_look_need_not_be_in_it() -> None:
    made_up = records()
    made_up.players[0].lines.append(Line("bye", 15.1, 15.2, 0))
    made_up.players[0].heard.append((2, "bye"))
    assert broken(made_up) == set()


def test_a_line_that_was_applied_twice() -> None:
    made_up = records()
    made_up.sessions[0].history = [HELLO, (2, "hello")]
    assert broken(made_up) == {Rule.APPLIED_TWICE}


def test_a_line_that_became_another() -> None:
    made_up = records()
    made_up.players[0].heard.append((2, "of one owner"))
    made_up.sessions[0].history.append((2, "of another"))
    assert broken(made_up) == {Rule.LINE_CHANGED}


def test_a_successor_that_begins_before_what_was_told() -> None:
    made_up = records()
    made_up.players[0].stays[1].first_tick = 19
    assert broken(made_up) == {Rule.TICK_UNDONE}
    made_up = records()
    other = PlayerRecord(8, CODE, stays=[stay("two", (18, 40), (12.0, 14.0), [HELLO])])
    made_up.players.append(other)
    assert broken(made_up) == {Rule.TICK_UNDONE}, "also where another bot was told"


def test_two_states_of_one_tick() -> None:
    made_up = records()
    made_up.sessions[0].see(30, 130)
    assert broken(made_up) == set()
    made_up.sessions[0].see(30, 999)
    assert broken(made_up) == {Rule.FORK}


def test_a_state_that_the_uninterrupted_run_has_not() -> None:
    life = MadeUpLife()
    life.checksums[33] = 1
    assert broken(records(), life) == {Rule.NOT_REPLAYED}
    life = MadeUpLife()
    del life.checksums[33]
    assert broken(records(), life) == {Rule.NOT_REPLAYED}, "told, and in no journal"


def test_ticks_that_went_on_from_memory_are_another_matter() -> None:
    life = MadeUpLife(missing=(range(33, 34),))
    del life.checksums[33]
    assert broken(records(), life) == set()
    lives = {CODE: life}
    assert [violation.rule for violation in from_memory(lives, lambda _: False)] == [Rule.NOT_JOURNALED]
    assert [violation.rule for violation in from_memory(lives, lambda owner: owner == "n3-c")] == [Rule.NOT_JOURNALED]
    assert list(from_memory(lives, lambda owner: owner == "n2-b")) == []
    assert list(from_memory({CODE: MadeUpLife()}, lambda _: False)) == []


def test_an_acknowledgement_of_nobody_who_had_the_session() -> None:
    assert broken(records(), MadeUpLife(replies=Counter())) == {Rule.STALE_ACK}
    twice = records()
    twice.players[0].answers.append(Answer(5, 1, "say"))
    assert broken(twice) == {Rule.STALE_ACK}, "one answer in the journals, two that were told"
